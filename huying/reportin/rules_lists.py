"""The pure rules of the three lists: which states are open, who may, when the system must look again. No Django, no clock."""

import datetime as dt
from collections.abc import Mapping

WAITING = ("posted", "dispatched")
# Whose project is a need's only one: everything but one that was put down.
RUNNING = ("planned", "underway", "done", "crossed_off")
# What everybody may read.
SHOWN = (*WAITING, "claimed", "underway", "done", "crossed_off")
# A need's state once its project is in the state on the left; a project that is put down frees its need.
NEED_OF_PROJECT = {
    "planned": "claimed",
    "underway": "underway",
    "done": "done",
    "crossed_off": "crossed_off",
    "stopped": "posted",
}

DISPATCHERS = ("community_worker", "community_secretary", "street_staff", "district_staff", "city_staff")
POSTERS = ("building_head", "compound_secretary", *DISPATCHERS)


def need_alarm(
    state: str, posted_at: dt.datetime, dispatch_by: dt.datetime, reminded: int, policy: Mapping
) -> dt.datetime | None:
    """When whoever dispatches must be told of a need that nobody has offered to anybody yet; None when it is not one."""
    if state != "posted":
        return None
    shares = policy["reminders"]
    if reminded < len(shares):
        return posted_at + (dispatch_by - posted_at) * shares[reminded]
    return dispatch_by + dt.timedelta(hours=policy["overdue_every_hours"]) * (reminded - len(shares) + 1)


def project_alarm(
    state: str,
    since: dt.datetime,
    due_at: dt.datetime | None,
    reminded: int,
    policy: Mapping,
) -> tuple[dt.datetime, str] | None:
    """When a project must be looked at next and what about: 'start', 'due', 'overdue' or 'confirm'.

    `since` is when it came into its state, `due_at` the end of the day that was named, `reminded` how often in this state.
    """
    if state == "planned":
        return since + dt.timedelta(days=policy["start_days"]) * (reminded + 1), "start"
    if state == "underway" and due_at is not None:
        if reminded == 0:
            return max(due_at - dt.timedelta(days=policy["due_before_days"]), since), "due"
        return due_at + dt.timedelta(days=policy["overdue_every_days"]) * (reminded - 1), "overdue"
    if state == "done":
        return since + dt.timedelta(days=policy["confirm_days"]) * (reminded + 1), "confirm"
    return None
