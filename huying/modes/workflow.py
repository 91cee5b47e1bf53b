"""The way of a mode as one table of steps: who may switch what, and what an expired one refuses."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from huying.kernel.policy import load
from huying.kernel.scopes import Actor
from huying.kernel.workflow import Step, Workflow
from huying.modes import events
from huying.modes.models.modes import State as S


def switcher(actor: Actor, mode) -> bool:
    """Whoever decides on such a mode at its place: roles held there or above, as the policy names them."""
    return actor.is_person and actor.holds(load("modes")["who"][mode.kind], mode.path)


def system(actor: Actor, mode) -> bool:
    """The system's own clock."""
    return actor.kind == "system"


def switcher_or_system(actor: Actor, mode) -> bool:
    """A person who may switch; the system for the demo only."""
    return system(actor, mode) or switcher(actor, mode)


def _runs(mode) -> bool:
    """Whether its time is not over yet, whatever its row says."""
    return mode.expires_at > timezone.now()


def _is_over(mode) -> bool:
    return not _runs(mode)


def _end_needs(mode) -> str:
    return "" if mode.ended_why else _("请写明为什么现在结束。")


MODE = Workflow(
    Step("switch_on", (S.NEW,), S.ON, events.SWITCHED_ON, switcher_or_system, label=_("开启")),
    Step("change_level", (S.ON,), None, events.LEVEL_CHANGED, switcher, when=_runs, label=_("调整级别")),
    Step("extend", (S.ON,), None, events.EXTENDED, switcher, when=_runs, label=_("延长")),
    Step("end", (S.ON,), S.ENDED, events.ENDED, switcher_or_system, _end_needs, when=_runs, label=_("结束")),
    Step("expire", (S.ON,), S.EXPIRED, events.EXPIRED, system, when=_is_over, label=_("到期")),
)
