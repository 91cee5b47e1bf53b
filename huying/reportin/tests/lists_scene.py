"""What the tests of the three lists begin with: a need, somebody who reported in, a verified unit, a project on its way."""

import datetime as dt
import secrets

from django.utils import timezone

from huying.directory.models import Member, Unit
from huying.reportin.actions import needs, projects, resources


def verify(stage) -> Unit:
    """The unit of the stage, verified by the street."""
    stage.unit.verified_at, stage.unit.verified_by = timezone.now(), stage.persons["jie"]
    stage.unit.save(update_fields=["verified_at", "verified_by"])
    return stage.unit


def unverified(stage) -> Unit:
    """The unit of the stage, before anybody has looked at it."""
    stage.unit.verified_at = stage.unit.verified_by = None
    stage.unit.save(update_fields=["verified_at", "verified_by"])
    return stage.unit


def report_in(stage, who="wu", **more) -> Member:
    """Somebody of the cast reports in with the community."""
    given = {"skills": ["repair"], "services": ["elderly"]} | more
    return Member.objects.create(person=stage.persons[who], place=stage.place("community"), **given)


def post(stage, text="周六给楼里的老人理发，请两位会理发的", by="lu", at="building", **more):
    """A need of the building."""
    given = {"services": ["elderly"], "skills": ["haircut"], "people": 2, "key": secrets.token_hex(8)} | more
    return needs.post_need(stage.place(at), text, by=stage.actor(by), **given)


def offer(stage, text="会理发，周六有空", by="tian", at="compound", **more):
    """A resource of the unit, or of whoever offers it."""
    given = {"services": ["elderly"], "skills": ["haircut"], "slots": ["6m", "6a"], "key": secrets.token_hex(8)} | more
    return resources.post_resource(stage.place(at), text, by=stage.actor(by), **given)


def claimed(stage, by="tian", **more):
    """A need that was taken on, as its project."""
    verify(stage)
    return needs.claim(post(stage, **more), by=stage.actor(by))


def underway(stage, by="tian", plan=(("借场地", None), ("理发", None)), **more):
    """A project with steps."""
    due = timezone.localdate() + dt.timedelta(days=6)
    return projects.start(claimed(stage, by=by, **more), due, plan, by=stage.actor(by))


def done(stage, **more):
    """A project of which those it served have not spoken yet."""
    return projects.finish(underway(stage, **more), "给十二位老人理了发", by=stage.actor("tian"))
