"""Who is where and where is nobody; appointing and ending; one's own page; the door for somebody new."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.tokens import default_token_generator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from huying.kernel import policy
from huying.kernel.errors import BadInput
from huying.kernel.gate import allow, anyone, logged_in
from huying.people import actions, queries
from huying.people.accounts import MISSING, wants_second_factor
from huying.people.forms import AppointForm, MeForm, WelcomeForm
from huying.people.models import ROLE_NAMES, Person, Post
from huying.people.rules import STAFF_ROLES
from huying.places.models import Place


def staff(request) -> bool:
    """Somebody who holds a post other than a volunteer's."""
    return any(post.role in STAFF_ROLES for post in request.actor.posts)


def _place_or_404(request, pk: int) -> Place:
    """A place at, below or right above one of the actor's posts."""
    place = get_object_or_404(Place.objects.exclude(kind="household"), pk=pk)
    if not request.actor.holds(STAFF_ROLES, place.path):
        raise Http404
    return place


def _put_errors(form, error: BadInput) -> None:
    """The words of a refused action at the fields of its form."""
    for field, words in error.fields.items():
        form.add_error(field if field in form.fields else None, words)
    if not error.fields:
        form.add_error(None, error.reason)


@allow(staff)
def mine(request):
    """The places where the reader holds a post; straight to it when there is one."""
    places = list(Place.objects.filter(pk__in={post.place_id for post in request.actor.posts}).order_by("path"))
    if len(places) == 1:
        return redirect("people:place", places[0].pk)
    return render(request, "people/mine.html", {"places": places})


def _render_place(request, place: Place, **more):
    """The page of a place; `more` may carry a bound form."""
    roles = queries.appointable(request.actor, place)
    root = queries.who_is_where(place)
    return render(
        request,
        "people/place.html",
        {
            "place": place,
            "root": root,
            "above": [p for p in place.ancestors() if request.actor.holds(STAFF_ROLES, p.path)],
            "ended": queries.ended_today(place),
            "form": AppointForm(roles=roles) if roles else None,
            "may_end": {role for role in ROLE_NAMES if queries.may_appoint(request.actor, role, place)},
        }
        | more,
    )


@allow(staff)
def place(request, pk: int):
    """Who is here, and where nobody is: gaps shown as gaps, nobody ranked."""
    return _render_place(request, _place_or_404(request, pk))


@allow(staff)
@require_POST
def appoint_page(request, pk: int):
    """Appoint somebody at this place; somebody new gets a login and a link that opens it."""
    place = _place_or_404(request, pk)
    form = AppointForm(request.POST, roles=queries.appointable(request.actor, place))
    if not form.is_valid():
        response = _render_place(request, place, form=form)
        response.status_code = 422
        return response
    given = form.cleaned_data
    try:
        if form.found is None:
            new = {"username": given["username"], "name": given["name"], "phone": given["phone"]}
            post = actions.appoint_newcomer(new, given["role"], place, by=request.actor, valid_to=given["valid_to"])
        else:
            post = actions.appoint(form.found, given["role"], place, by=request.actor, valid_to=given["valid_to"])
    except BadInput as error:
        _put_errors(form, error)
        response = _render_place(request, place, form=form)
        response.status_code = 422
        return response
    words = {"name": post.person.name, "role": post.get_role_display()}
    messages.success(request, _("%(name)s现在是这里的%(role)s。") % words)
    if not post.person.has_usable_password():
        return redirect("people:person", post.person_id)
    return redirect("people:place", place.pk)


@allow(staff)
@require_POST
def end_post_page(request, pk: int):
    """End a post today, or with `undo` appoint its person again."""
    post = get_object_or_404(Post.objects.visible_to(request.actor).select_related("place", "person"), pk=pk)
    words = {"name": post.person.name, "role": post.get_role_display()}
    if "undo" in request.POST:
        actions.appoint(post.person, post.role, post.place, by=request.actor)
        messages.success(request, _("撤销好了，%(name)s还是%(role)s。") % words)
    else:
        actions.end_post(post, by=request.actor)
        messages.success(request, _("%(name)s从今天起不再是%(role)s。") % words)
    if post.person_id == request.actor.id:
        # Whoever lays down their own post may not see its place any more.
        return redirect("people:me")
    return redirect("people:place", post.place_id)


def _person_or_404(request, pk: int) -> Person:
    """Somebody who holds, or has held, a post where the reader does, or whose login the reader may reset."""
    person = get_object_or_404(Person, pk=pk)
    known = Post.objects.filter(person=person, place__path__within_any=request.actor.paths(STAFF_ROLES)).exists()
    if not known and not queries.may_manage(request.actor, person):
        raise Http404
    return person


@allow(staff)
@never_cache
def person(request, pk: int):
    """Somebody's posts, and the link that opens their login as long as it was never used."""
    person = _person_or_404(request, pk)
    may_manage = queries.may_manage(request.actor, person)
    opens = may_manage and person.is_active and not person.has_usable_password()
    posts = Post.objects.visible_to(request.actor).filter(person=person).select_related("place").order_by("-valid_from")
    return render(
        request,
        "people/person.html",
        {
            "person": person,
            "posts": posts,
            "may_manage": may_manage,
            "link": queries.welcome_link(person) if opens else "",
            "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
        },
    )


@allow(staff)
@require_POST
def reset(request, pk: int):
    """Reset somebody's login: password and second factor go, and a new link opens it."""
    person = _person_or_404(request, pk)
    actions.reset_login(person, by=request.actor)
    messages.success(request, _("重设好了。把新的链接给%(name)s。") % {"name": person.name})
    return redirect("people:person", person.pk)


@allow(staff)
@require_POST
def leave_page(request, pk: int):
    """Somebody leaves: all posts end, the login closes."""
    person = _person_or_404(request, pk)
    actions.leave(person, by=request.actor)
    messages.success(request, _("%(name)s已停用，岗位都结束了。") % {"name": person.name})
    return redirect("people:person", person.pk)


@allow(logged_in)
@never_cache
def me(request):
    """One's own page: posts, phone, language, letters, ways to log in."""
    person = request.user
    form = MeForm(
        request.POST if request.method == "POST" else None,
        initial={"language": person.language, "elder": bool(person.elder)},
        has_phone=person.phone_sealed is not None,
    )
    if form.is_valid():
        given = form.cleaned_data
        phone = "" if given.get("remove_phone") else given["phone"].strip() or None
        try:
            actions.change_own(
                person, by=request.actor, phone=phone, language=given["language"], elder=given["elder"] or None
            )
        except BadInput as error:
            _put_errors(form, error)
        else:
            messages.success(request, _("改好了。"))
            response = redirect("people:me")
            if given["language"]:
                response.set_cookie(settings.LANGUAGE_COOKIE_NAME, given["language"], samesite="Lax", httponly=True)
            return response
    posts = Post.objects.current().filter(person=person).select_related("place").order_by("id")
    status = 422 if form.is_bound else 200
    context = {"form": form, "posts": posts, "masked": queries.masked_phone(person)}
    return render(request, "people/me.html", context, status=status)


@allow(logged_in)
@require_POST
def leave_everywhere(request):
    """End every session of one's own, this one too."""
    actions.log_out_everywhere(request.user, by=request.actor)
    logout(request)
    messages.success(request, _("所有电脑和手机上的登录都退出了。"))
    return redirect("account_login")


@allow(logged_in)
@never_cache
def second_factor(request):
    """Why a second factor is wanted, and how to set one up; may be put off unless policy requires it."""
    onward = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(onward, {request.get_host()}, require_https=request.is_secure()):
        onward = settings.LOGIN_REDIRECT_URL
    if not wants_second_factor(request.user):
        request.session.pop(MISSING, None)
        return redirect(onward)
    required = policy.load("people")["second_factor"] == "require"
    return render(request, "people/second_factor.html", {"onward": onward, "required": required})


@allow(anyone)
@never_cache
@sensitive_post_parameters("password", "again")
def welcome_page(request, pk: int, token: str):
    """The door for somebody new, or whose login was reset: choose a password, then log in with it."""
    person = Person.objects.filter(pk=pk, is_active=True).first()
    if person is None or not default_token_generator.check_token(person, token):
        return render(request, "people/welcome_spent.html", status=410)
    form = WelcomeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            actions.welcome(person, token, form.cleaned_data["password"])
        except BadInput as error:
            _put_errors(form, error)
        else:
            messages.success(request, _("密码设好了，现在用它登录。"))
            return redirect("account_login")
    return render(
        request, "people/welcome.html", {"form": form, "person": person}, status=422 if form.is_bound else 200
    )
