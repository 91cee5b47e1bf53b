"""The ways of a queue by numbers and of a slip as two tables of steps. The numbers themselves are taken by one statement."""

from django.utils.translation import gettext_lazy as _

from huying.callouts import events, site_rules
from huying.callouts.models.sites import QueueState as Q
from huying.callouts.models.sites import SlipState as S
from huying.kernel.scopes import Actor
from huying.kernel.workflow import Step, Workflow


def keeper(actor: Actor, queue) -> bool:
    """Whoever may open and close queues at the place or above it."""
    return actor.holds(site_rules.KEEPERS, queue.path)


def helper(actor: Actor, slip) -> bool:
    """Whoever holds the link of the entrance or of a lane, or keeps the queue."""
    return actor.opens("sitequeue", slip.queue_id) or keeper(actor, slip.queue)


def holder(actor: Actor, slip) -> bool:
    """Whoever holds the link of the slip, or a helper for them."""
    return actor.opens("slip", slip.pk) or helper(actor, slip)


QUEUE = Workflow(
    Step("change", (Q.OPEN,), None, events.QUEUE_CHANGED, keeper, label=_("改通道数")),
    Step("close", (Q.OPEN,), Q.CLOSED, events.QUEUE_CLOSED, keeper, label=_("收队")),
    Step("reopen", (Q.CLOSED,), Q.OPEN, events.QUEUE_REOPENED, keeper, label=_("接着叫号")),
)

SLIP = Workflow(
    Step("call", (S.WAITING,), S.CALLED, events.NUMBER_CALLED, helper, label=_("叫号")),
    Step("finish", (S.CALLED,), S.DONE, events.NUMBER_FINISHED, helper, label=_("办完了")),
    Step("miss", (S.CALLED,), S.MISSED, events.NUMBER_MISSED, helper, label=_("没来")),
    Step("back", (S.MISSED,), S.WAITING, events.NUMBER_BACK, helper, label=_("人来了")),
    Step("undo", (S.CALLED,), S.WAITING, events.NUMBER_UNDONE, helper, label=_("退回")),
    Step("resume", (S.DONE,), S.CALLED, events.NUMBER_RESUMED, helper, label=_("还在办")),
    Step("leave", (S.WAITING,), S.LEFT, events.NUMBER_LEFT, holder, label=_("不等了")),
)
