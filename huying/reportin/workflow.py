"""The ways of report-in as tables of steps: a unit's report; the lists have theirs beside it."""

from django.utils.translation import gettext_lazy as _

from huying.directory.queries import KEEPERS, unit_ids_of
from huying.kernel.scopes import Actor
from huying.kernel.workflow import Step, Workflow
from huying.reportin import events
from huying.reportin.models import ReportState as S
from huying.reportin.workflow_lists import NEED, PROJECT, RESOURCE


def receiver(actor: Actor, report) -> bool:
    """Whoever keeps the list of units of the community, or the system."""
    return actor.kind == "system" or actor.holds(KEEPERS, report.place.path)


def of_unit(actor: Actor, report) -> bool:
    """Somebody of the unit: who registered it, or who speaks for it."""
    return actor.id is not None and (actor.id == report.contact_id or report.unit_id in unit_ids_of(actor))


def either(actor: Actor, report) -> bool:
    """The community or the unit: neither is held against its will."""
    return receiver(actor, report) or of_unit(actor, report)


def _reason_needs(report) -> str:
    return "" if report.reason.strip() else _("请写明原因，单位会看到。")


UNIT_REPORT = Workflow(
    Step("receive", (S.ASKED,), S.RECEIVED, events.UNIT_RECEIVED, receiver, label=_("接收")),
    Step("decline", (S.ASKED,), S.DECLINED, events.UNIT_DECLINED, receiver, _reason_needs, label=_("不接收")),
    Step("end", (S.ASKED, S.RECEIVED), S.ENDED, events.UNIT_ENDED, either, label=_("结束报到")),
)

__all__ = ["NEED", "PROJECT", "RESOURCE", "UNIT_REPORT", "either", "of_unit", "receiver"]
