"""Signing up behind the link of the message. In a rush huying/site/rush.py answers at the same address, by the same rules."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from huying.callouts.actions.signup import sign_up_by_link
from huying.callouts.actions.signup_words import refused, told
from huying.callouts.views.answer import not_taken
from huying.kernel import links
from huying.kernel.gate import allow, anyone, unseen


# Exempt from the CSRF token: the authority is the secret in the address, which no other site knows.
@csrf_exempt
@unseen
@require_POST
@allow(anyone)
def sign_up(request: HttpRequest, secret: str, shift: int) -> HttpResponse:
    """Take a place or stand in the line; a form is led on to the page of the call-out, a program is told in JSON."""
    number = links.read("asked", secret)
    if number is None:
        raise Http404
    outcome = sign_up_by_link(number, shift)
    accept = request.headers.get("Accept", "")
    if "application/json" in accept and "text/html" not in accept:
        status, answer = told(outcome)
        response = JsonResponse(answer, status=status, json_dumps_params={"ensure_ascii": False})
        if status == 503:
            response["Retry-After"] = "2"
        return response
    if outcome.code == "gone":
        raise Http404
    if not outcome.stands:
        return not_taken(request, secret, refused(outcome))
    response = HttpResponseRedirect(f"/o/{secret}/#shift-{shift}")
    response.status_code = 303
    return response
