"""What the pages of the three lists share: who gives for whom, what is found, and refusals on the form."""

import functools

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from huying.directory.models import Unit
from huying.directory.queries import giving_units, membership_of
from huying.kernel.models import Event
from huying.kernel.scopes import Actor
from huying.places.models import Place
from huying.reportin import rules_lists as rules
from huying.reportin.forms.lists import ListForm
from huying.reportin.models import Need, Project, Resource
from huying.reportin.workflow_lists import holder


def private(view):
    """Keep a page that differs from reader to reader out of shared caches."""

    @functools.wraps(view)
    def guarded(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_cache=True)
        return response

    return guarded


def shell(request: HttpRequest) -> str:
    """The frame of a page that everybody may read."""
    return "staff.html" if request.actor.is_person else "public.html"


def find_need(request, pk: int) -> Need:
    """The need, or 404 when it is not the actor's to see."""
    return get_object_or_404(Need.objects.visible_to(request.actor).select_related("place", "posted_by"), pk=pk)


def find_project(request, pk: int) -> Project:
    """The project, or 404 when it is not the actor's to see."""
    seen = Project.objects.visible_to(request.actor)
    return get_object_or_404(seen.select_related("need__place", "need__posted_by", "unit", "person"), pk=pk)


def find_resource(request, pk: int) -> Resource:
    """The resource, or 404 when it is not the actor's to see."""
    return get_object_or_404(
        Resource.objects.visible_to(request.actor).select_related("place", "unit", "person"), pk=pk
    )


def find_place(slug: str) -> Place:
    """A current place by the code on its posters or its division code; 404 when there is none, or it is a household."""
    found = Place.objects.current().public().filter(tag=slug).first()
    found = found or Place.objects.current().public().filter(code=slug).first()
    if found is None:
        raise Http404
    return found


def just_did(subject: str, pk: int, kind: str, actor: Actor) -> bool:
    """Whether the last that happened to a row is this actor's own step: the same tap, sent twice."""
    last = Event.objects.filter(subject_type=subject, subject_id=pk).order_by("-id").first()
    return last is not None and last.kind == kind and actor.id is not None and last.actor_id == actor.id


def on_behalf(actor: Actor) -> list[tuple[str, str]]:
    """For whom the actor may give, as choices: each of their verified units, and themselves."""
    chosen = [(str(unit.pk), unit.name) for unit in giving_units(actor)]
    if actor.posts or membership_of(actor) is not None or not chosen:
        chosen.append(("", _("我自己")))
    return chosen


def chosen_unit(form: ListForm) -> Unit | None:
    """The unit that was chosen; None for oneself."""
    pk = form.cleaned_data.get("unit") or ""
    return Unit.objects.filter(pk=int(pk)).first() if pk.isdigit() else None


def is_named(actor: Actor, need: Need, project: Project | None = None) -> bool:
    """Whether the actor reads who it is: staff of the place, and whoever works on it. Everybody else reads 'a neighbour'."""
    return actor.holds(rules.POSTERS, need.path) or (project is not None and holder(actor, project))
