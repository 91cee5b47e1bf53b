"""Every write of people."""

from huying.people.actions.erasure import erase, erase_what_is_due
from huying.people.actions.identities import (
    consent,
    erase_by,
    hold_identity,
    unseal,
    withdraw_consent,
)
from huying.people.actions.logins import add_person, change_own, log_out_everywhere, reset_login, sign_up, welcome
from huying.people.actions.posts import appoint, appoint_newcomer, end_post, leave

__all__ = [
    "add_person",
    "appoint",
    "appoint_newcomer",
    "change_own",
    "consent",
    "end_post",
    "erase",
    "erase_by",
    "erase_what_is_due",
    "hold_identity",
    "leave",
    "log_out_everywhere",
    "reset_login",
    "sign_up",
    "unseal",
    "welcome",
    "withdraw_consent",
]
