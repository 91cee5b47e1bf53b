"""The tables of call-outs, one module for each half."""

from huying.callouts.models.attendance import Attendance, Correction, Question
from huying.callouts.models.callouts import Callout, Shift
from huying.callouts.models.certificates import Certificate, Issuer
from huying.callouts.models.plans import Placing, Proposal
from huying.callouts.models.signups import Asked, Signup, Swap
from huying.callouts.models.sites import SitePlan, SiteQueue, Slip
from huying.callouts.models.volunteers import Companion, Proof, Volunteer

__all__ = [
    "Asked",
    "Attendance",
    "Callout",
    "Certificate",
    "Companion",
    "Correction",
    "Issuer",
    "Placing",
    "Proof",
    "Proposal",
    "Question",
    "Shift",
    "Signup",
    "SitePlan",
    "SiteQueue",
    "Slip",
    "Swap",
    "Volunteer",
]
