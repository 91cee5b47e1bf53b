"""The tables of report-in, one module for each half: who reported in, and the three lists."""

from huying.reportin.models.lists import (
    Helper,
    Need,
    Offer,
    Project,
    ProjectStep,
    Resource,
    Voice,
)
from huying.reportin.models.reports import (
    Exemption,
    ExemptionReason,
    MemberInvitation,
    PeopleList,
    ReportState,
    UnitInvitation,
    UnitReport,
)

__all__ = [
    "Exemption",
    "ExemptionReason",
    "Helper",
    "MemberInvitation",
    "Need",
    "Offer",
    "PeopleList",
    "Project",
    "ProjectStep",
    "ReportState",
    "Resource",
    "UnitInvitation",
    "UnitReport",
    "Voice",
]
