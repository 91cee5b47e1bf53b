"""Every write of people."""

from huying.people.actions.erasure import erase, erase_what_is_due
from huying.people.actions.identities import (
    consent,
    erase_by,
    hold_identity,
    prepare_identity,
    unseal,
    withdraw_consent,
)
from huying.people.actions.logins import add_person, change_own, log_out_everywhere, reset_login, welcome
from huying.people.actions.posts import appoint, end_post, leave

__all__ = [
    "add_person",
    "appoint",
    "change_own",
    "consent",
    "end_post",
    "erase",
    "erase_by",
    "erase_what_is_due",
    "hold_identity",
    "leave",
    "log_out_everywhere",
    "prepare_identity",
    "reset_login",
    "unseal",
    "welcome",
    "withdraw_consent",
]
