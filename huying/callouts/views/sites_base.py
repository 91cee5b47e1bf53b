"""What the pages of sites share: who may come in, where one plans, an outcome in words and pictures."""

import datetime as dt

from django.db.models import Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from huying.callouts import site_pictures, site_rules
from huying.callouts.actions.site_plans import KINDS
from huying.callouts.models import SitePlan
from huying.callouts.site_catalogue import Template
from huying.kernel.scopes import Actor, covers
from huying.places.models import Place

# Staff pages show what only staff may see.
private = cache_control(private=True, no_store=True)
MOST_PLACES = 60


def plans(request: HttpRequest) -> bool:
    """Whoever plans sites somewhere."""
    return any(post.role in site_rules.PLANNERS for post in request.actor.posts)


def keeps(request: HttpRequest) -> bool:
    """Whoever opens queues somewhere."""
    return any(post.role in site_rules.KEEPERS for post in request.actor.posts)


def own_places(actor: Actor, roles, wanted: str = "") -> list[Place]:
    """The communities and compounds below the actor's posts, the nearest first; with them the one that is wanted."""
    paths = actor.paths(roles)
    usual = Q(kind__in=("community", "compound"))
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 15:
        usual |= Q(pk=int(wanted), kind__in=KINDS)
    found = list(Place.objects.current().filter(usual, path__within_any=paths).order_by("path")[:MOST_PLACES])
    return [place for place in found if any(covers(path, place.path) for path in paths)]


def chosen(places: list[Place], pk: str | None) -> Place | None:
    """The place with this id among those that may be chosen."""
    return next((place for place in places if str(place.pk) == pk), None)


def callout_url(plan: SitePlan) -> str:
    """Where a call-out is made from the plan: its form reads the posts from it."""
    try:
        return f"{reverse('callout-new')}?plan={plan.pk}"
    except NoReverseMatch:
        return ""


def honest(outcome: dict) -> tuple[str, str]:
    """(tone, words): how far the formula can be believed here."""
    return {
        "steady": ("answer", _("各时段都办得过来，公式站得住：它和模拟应该相近，可以互相印证。")),
        "tight": (
            "info",
            _("有的半小时快满了。公式当作会一直这么满下去，算出来偏长；半小时里到不了那一步，以模拟为准。"),
        ),
        "overload": (
            "warn",
            _(
                "有的半小时来的人比办得了的多，排队公式在那里不成立（它会算出无穷大）。"
                "那些时段改成像水池一样算：进多少、出多少、剩多少。以模拟为准。"
            ),
        ),
        "draining": ("warn", _("前面积下的队还没走完的时段，排队公式不成立，改成像水池一样算。以模拟为准。")),
    }[outcome["formula"]["honest"]]


HOLDS = {"steady": "", "tight": "≈", "overload": "~", "draining": "~"}


def shown(template: Template | None, lanes: int, opens: dt.time, outcome: dict) -> dict:
    """What the outcome's part of a page needs."""
    posts = [
        {"name": one.name, "per": one.per, "each": one.count, "count": one.needed(lanes)}
        for one in (template.posts if template else ())
    ]
    advice = outcome["advice"]
    return {
        "outcome": outcome,
        "lanes": lanes,
        "halves": [
            half
            | {
                "at": site_pictures.clock(opens, half["from"]),
                "to": site_pictures.clock(opens, half["until"]),
                "percent": round(half["use"] * 100),
                "beyond": half["holds"] in ("overload", "draining"),
            }
            for half in outcome["halves"]
        ],
        "worst": site_pictures.clock(opens, outcome["halves"][outcome["worst"]]["from"]),
        "last": site_pictures.clock(opens, outcome["last"]),
        "late": round(max(0, outcome["last"] - outcome["halves"][-1]["until"])),
        "within": round(outcome["within"] * 100),
        "enough": outcome["within"] >= advice["share"],
        "of_ten": round(advice["share"] * 10),
        "ladder": [
            rung | {"percent": round(rung["within"] * 100), "enough": rung["within"] >= advice["share"]}
            for rung in advice["ladder"]
        ],
        "honest": honest(outcome),
        "queue_picture": site_pictures.queue_picture(outcome, opens),
        "waits_picture": site_pictures.waits_picture(outcome, opens),
        "posts": posts,
        "helpers": sum(one["count"] for one in posts),
        "busy": [
            {"name": station.name, "percent": round(busy * 100)}
            for station, busy in zip(template.stations if template else (), outcome["busy"], strict=False)
        ],
    }
