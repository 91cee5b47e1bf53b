"""The JSON API /api/v1: bearer tokens, problem+json, its OpenAPI 3.1 description at /api/v1/openapi.json."""

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from huying import __version__
from huying.calls.api import open_router, router
from huying.kernel.errors import Refusal
from huying.kernel.gate import problem
from huying.people.tokens import actor_of, token_of


class Bearer(HttpBearer):
    """`Authorization: Bearer hy_…`; sets request.token and request.actor."""

    def authenticate(self, request: HttpRequest, token: str):
        found = token_of(token)
        if found is None:
            return None
        request.token, request.actor = found, actor_of(found)
        return found


class Api(NinjaAPI):
    """NinjaAPI whose description says that refusals are problem+json."""

    def get_openapi_schema(self, **options):
        schema = super().get_openapi_schema(**options)
        for path in schema["paths"].values():
            for operation in path.values():
                for status, response in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in response.get("content", {}):
                        response["content"] = {"application/problem+json": response["content"]["application/json"]}
        return schema


api = Api(
    title="Huying 呼应",
    version=__version__,
    description="Residents call, the nearest answer, everyone sees.",
    auth=Bearer(),
    urls_namespace="api",
    docs_url=None,
)


def _problem(request, status: int, reason: str, code: str, **more) -> HttpResponse:
    refusal = Refusal(reason, code=code)
    refusal.status = status
    for name, value in more.items():
        setattr(refusal, name, value)
    return problem(refusal, instance=request.path)


@api.exception_handler(Refusal)
def refused(request, error: Refusal):
    """Our own refusals carry their words and their status."""
    return problem(error, instance=request.path)


@api.exception_handler(ValidationError)
def invalid(request, error: ValidationError):
    """What does not fit the description: 422 with each field named."""
    fields = {".".join(str(part) for part in e["loc"][1:] or e["loc"]): e["msg"] for e in error.errors}
    return _problem(request, 422, _("请求的内容不合要求。"), "invalid", fields=fields)


@api.exception_handler(AuthenticationError)
def unknown(request, error):
    """No token, or one that is not live."""
    response = _problem(request, 401, _("需要有效的令牌。"), "token")
    response["WWW-Authenticate"] = 'Bearer realm="huying"'
    return response


@api.exception_handler(Http404)
def not_found(request, error):
    """There is nothing there, or nothing that this token may see."""
    return _problem(request, 404, _("没有找到。"), "not_found")


@api.exception_handler(HttpError)
def http_error(request, error: HttpError):
    """What ninja itself refuses, such as a body that is not JSON."""
    return _problem(request, error.status_code, str(error), "http")


@api.exception_handler(PermissionDenied)
def denied(request, error):
    """Refused by Django."""
    return _problem(request, 403, _("您没有这一步的权限。"), "forbidden")


@api.exception_handler(BadRequest)
@api.exception_handler(SuspiciousOperation)
@api.exception_handler(RequestDataTooBig)
def bad(request, error):
    """A request that cannot be read."""
    return _problem(request, 400, _("请求读不出来。"), "bad_request")


api.add_router("", router)
api.add_router("", open_router)
