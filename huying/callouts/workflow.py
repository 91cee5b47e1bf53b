"""The ways of a call-out and of a sign-up as two tables of steps (domain.md, 'Call-outs and the two modes')."""

from django.utils.translation import gettext_lazy as _

from huying.callouts import events, rules
from huying.callouts.choices import CalloutState as C
from huying.callouts.choices import SignupState as S
from huying.callouts.queries import is_own, organises
from huying.callouts.workflow_sites import QUEUE, SLIP
from huying.kernel.scopes import Actor
from huying.kernel.workflow import Step, Workflow

# Drawn in docs/workflows.md with those below.
__all__ = ["CALLOUT", "QUEUE", "SIGNUP", "SLIP"]


def organiser(actor: Actor, callout) -> bool:
    """Whoever may post call-outs at the place or above it."""
    return organises(actor, callout)


def system(actor: Actor, row) -> bool:
    """The system's own timers."""
    return actor.kind == "system"


def organiser_or_system(actor: Actor, callout) -> bool:
    """The organiser, or the timer at the time that was set."""
    return system(actor, callout) or organises(actor, callout)


def own(actor: Actor, signup) -> bool:
    """Whose sign-up it is; nobody accepts in another's name."""
    return is_own(actor, signup)


def own_or_organiser(actor: Actor, signup) -> bool:
    """Whose sign-up it is, or the organiser to whom they said it."""
    return is_own(actor, signup) or organises(actor, signup.shift.callout)


def somebody(actor: Actor, signup) -> bool:
    """A known person; whether they take part in the same roster is asked by the action."""
    return actor.is_person


def organiser_of(actor: Actor, signup) -> bool:
    """The organiser, or the system for the waiting list."""
    return system(actor, signup) or organises(actor, signup.shift.callout)


def _reason(callout) -> str:
    return "" if callout.called_off_reason.strip() else _("请写明为什么取消，报了名的人会看到。")


CALLOUT = Workflow(
    Step("change", rules.LIVE, None, events.CHANGED, organiser, label=_("修改")),
    Step("close", (C.OPEN,), C.CLOSED, events.CLOSED, organiser_or_system, label=_("停止报名")),
    Step("reopen", (C.CLOSED,), C.OPEN, events.REOPENED, organiser, label=_("重新开放报名")),
    Step("call_off", rules.LIVE, C.CALLED_OFF, events.CALLED_OFF, organiser, _reason, label=_("取消召集")),
    Step("finish", rules.LIVE, C.FINISHED, events.FINISHED, organiser_or_system, label=_("结束")),
    # Telling people is nothing that others decide on.
    Step("ask", (C.OPEN,), None, events.ASKED, organiser_or_system, label=_("再问一些人"), quiet=True),
    Step("publish", rules.LIVE, None, events.PUBLISHED, organiser, label=_("公布分工")),
)

SIGNUP = Workflow(
    Step("offer", (S.WAITING,), S.OFFERED, events.OFFERED, organiser_of, label=_("给出空位")),
    Step("accept", (S.OFFERED,), S.CONFIRMED, events.ACCEPTED, own, label=_("我来")),
    Step("decline", (S.OFFERED,), S.DECLINED, events.DECLINED, own_or_organiser, label=_("这次不行")),
    Step("lapse", (S.OFFERED,), S.LAPSED, events.LAPSED, system, label=_("过时")),
    Step(
        "withdraw",
        (S.WAITING, S.CONFIRMED),
        S.WITHDRAWN,
        events.WITHDRAWN,
        own_or_organiser,
        label=_("退出"),
    ),
    Step("swap", (S.CONFIRMED,), S.WITHDRAWN, events.SWAPPED, somebody, label=_("换班")),
    Step("cancel", rules.STANDING, S.CANCELLED, events.CANCELLED, organiser_of, label=_("取消")),
)
