"""The ways of needs, resources and projects as tables of steps: legality, permission, buttons, event names.

No step gives anything to anybody: whoever takes something on is the one who acts.
"""

from django.utils.translation import gettext_lazy as _

from huying.directory.queries import may_give, may_keep, unit_ids_of
from huying.kernel.scopes import Actor
from huying.kernel.workflow import Step, Workflow
from huying.reportin import events, rules_lists
from huying.reportin.choices_lists import NeedState as N
from huying.reportin.choices_lists import ProjectState as P
from huying.reportin.choices_lists import ResourceState as R
from huying.reportin.models.lists import NEED_LINK

# --- needs ------------------------------------------------------------------------------------------------------


def system(actor: Actor, row) -> bool:
    """The system's own timers."""
    return actor.kind == "system"


def dispatcher(actor: Actor, need) -> bool:
    """A community worker or anybody above the place."""
    return actor.holds(rules_lists.DISPATCHERS, need.path)


def poster(actor: Actor, need) -> bool:
    """Whoever posted it."""
    return actor.id is not None and actor.id == need.posted_by_id


def poster_or_dispatcher(actor: Actor, need) -> bool:
    """Whoever posted it, or whoever dispatches there."""
    return poster(actor, need) or dispatcher(actor, need)


def giver(actor: Actor, need) -> bool:
    """Anybody who may give, for themselves or their unit; not the one who wants it."""
    return not poster(actor, need) and may_give(actor)


def _running(need):
    return need.projects.running().first()


def its_holder(actor: Actor, need) -> bool:
    """Whoever took it on, or the community when they fell silent."""
    project = _running(need)
    return project is not None and (holder(actor, project) or dispatcher(actor, need))


def _place_needs(need) -> str:
    return "" if need.place.is_current() else _("这个地点已经停用，这件需求接不了了。")


NEED = Workflow(
    Step("dispatch", (N.POSTED, N.DISPATCHED), N.DISPATCHED, events.NEED_DISPATCHED, dispatcher, label=_("派单")),
    Step("claim", (N.POSTED, N.DISPATCHED), N.CLAIMED, events.NEED_CLAIMED, giver, _place_needs, label=_("接单")),
    Step("release", (N.CLAIMED,), N.POSTED, events.NEED_RELEASED, its_holder, label=_("放下，请别人接")),
    Step(
        "withdraw",
        (N.POSTED, N.DISPATCHED, N.CLAIMED),
        N.WITHDRAWN,
        events.NEED_WITHDRAWN,
        poster_or_dispatcher,
        label=_("撤回"),
    ),
    Step("remind", (N.POSTED,), None, events.NEED_REMINDED, system, label=_("提醒派单"), quiet=True),
)

# --- resources --------------------------------------------------------------------------------------------------


def offerer(actor: Actor, resource) -> bool:
    """Whoever offers it, anybody of its unit, or the community that keeps the list."""
    own = actor.id is not None and actor.id == resource.person_id
    return own or resource.unit_id in unit_ids_of(actor) or may_keep(actor, resource.place)


RESOURCE = Workflow(
    Step("close", (R.OPEN,), R.CLOSED, events.RESOURCE_CLOSED, offerer, label=_("收起")),
    Step("reopen", (R.CLOSED,), R.OPEN, events.RESOURCE_POSTED, offerer, label=_("重新放出来")),
)

# --- projects ---------------------------------------------------------------------------------------------------


def holder(actor: Actor, project) -> bool:
    """Whoever took it on, or anybody of the unit that did."""
    own = actor.id is not None and actor.id == project.person_id
    return own or (project.unit_id is not None and project.unit_id in unit_ids_of(actor))


def helping(actor: Actor, project) -> bool:
    """Whoever signed up for it."""
    return actor.id is not None and project.helpers.filter(person_id=actor.id, left_at=None).exists()


def joiner(actor: Actor, project) -> bool:
    """Anybody who may give and is not in it yet; for themselves only."""
    return may_give(actor) and actor.id != project.person_id and not helping(actor, project)


def holder_or_dispatcher(actor: Actor, project) -> bool:
    """Whoever has it, or the community."""
    return holder(actor, project) or dispatcher(actor, project.need)


def served(actor: Actor, project) -> bool:
    """Those it served: the holder of the residents' link, and whoever writes their word down; never one who did the work."""
    if actor.opens(NEED_LINK, project.need_id):
        return True
    near = poster(actor, project.need) or actor.holds(rules_lists.POSTERS, project.need.path)
    return near and not holder(actor, project) and not helping(actor, project)


def _start_needs(project) -> str:
    if project.due_on is None:
        return _("请定一个做完的日子。")
    return ""


def _outcome_needs(project) -> str:
    return "" if project.outcome.strip() else _("请写下做了什么。")


PROJECT = Workflow(
    Step("start", (P.PLANNED,), P.UNDERWAY, events.PROJECT_STARTED, holder, _start_needs, label=_("定好步骤，开始")),
    Step("replan", (P.UNDERWAY,), None, events.PROJECT_REPLANNED, holder, _start_needs, label=_("改步骤和日子")),
    Step("tick", (P.UNDERWAY,), None, events.PROJECT_STEP_DONE, holder, label=_("做完这一步")),
    Step("finish", (P.UNDERWAY,), P.DONE, events.PROJECT_DONE, holder, _outcome_needs, label=_("都做完了")),
    Step("cross_off", (P.DONE,), P.CROSSED_OFF, events.PROJECT_CROSSED_OFF, served, label=_("服务到了，销号")),
    Step("reopen", (P.DONE,), P.UNDERWAY, events.PROJECT_REOPENED, served, label=_("还没到，接着做")),
    Step("stop", (P.UNDERWAY,), P.STOPPED, events.PROJECT_STOPPED, holder_or_dispatcher, label=_("放下，请别人接")),
    Step("join", (P.PLANNED, P.UNDERWAY), None, events.HELPER_JOINED, joiner, label=_("我也来帮忙"), quiet=True),
    Step("leave", (P.PLANNED, P.UNDERWAY), None, events.HELPER_LEFT, helping, label=_("不参加了"), quiet=True),
    Step("remind", (P.PLANNED, P.UNDERWAY), None, events.PROJECT_DUE_SOON, system, label=_("提醒"), quiet=True),
    Step("ask", (P.DONE,), None, events.PROJECT_ASKED, system, label=_("再问一次"), quiet=True),
)
