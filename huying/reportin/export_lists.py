"""The three lists of a place as a workbook of three sheets: matters and units, never the name of a person."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from huying.kernel.sheets import workbook
from huying.places.models import Place
from huying.reportin.queries_board import needs_of, projects_of, resources_of
from huying.reportin.telling_lists import codes_of, offered_by, week_words, when_of, who_of

MOST = 20_000


def as_xlsx(place: Place) -> bytes:
    """The workbook; what an empty cell means stands in the heads."""
    needs, resources, projects = needs_of(place), resources_of(place), projects_of(place)
    return workbook(
        [
            (pgettext("list", "需求"), [_need_head(), *map(_need, needs.order_by("-id")[:MOST])]),
            (pgettext("list", "资源"), [_resource_head(), *map(_resource, resources[:MOST])]),
            (pgettext("list", "项目"), [_project_head(), *map(_project, projects.order_by("-id")[:MOST])]),
        ]
    )


def _need_head() -> list[str]:
    return [_("编号"), _("状态"), _("需要什么"), _("服务和本领"), _("在哪里"), _("什么时候"), _("要几个人"), _("发出"), _("派单期限"), _("派单")]  # fmt: skip


def _need(need) -> list:
    return [
        need.number,
        str(need.get_state_display()),
        need.text,
        _("、").join(codes_of(need)),
        str(need.place),
        when_of(need),
        need.people,
        _moment(need.posted_at),
        _moment(need.dispatch_by),
        _moment(need.dispatched_at),
    ]


def _resource_head() -> list[str]:
    return [_("编号"), _("谁提供"), _("能提供什么"), _("服务和本领"), _("在哪里"), _("什么时候"), _("发出")]


def _resource(one) -> list:
    when = week_words(one.slots)
    return [
        str(one),
        offered_by(one),
        one.text,
        _("、").join(codes_of(one)),
        str(one.place),
        when,
        _moment(one.posted_at),
    ]


def _project_head() -> list[str]:
    return [_("编号"), _("状态"), _("为哪件需求"), _("谁接的"), _("在哪里"), _("接单"), _("哪天做完"), _("做完几步"), _("共几步"), _("做了什么"), _("销号")]  # fmt: skip


def _project(project) -> list:
    steps = list(project.steps.all())
    return [
        str(project),
        str(project.get_state_display()),
        project.need.text,
        who_of(project),
        str(project.need.place),
        _moment(project.claimed_at),
        project.due_on.isoformat() if project.due_on else "",
        sum(step.done_at is not None for step in steps),
        len(steps),
        project.outcome,
        _moment(project.ended_at),
    ]


def _moment(moment) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""
