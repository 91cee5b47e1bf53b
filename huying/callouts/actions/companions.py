"""With whom somebody likes to serve: named by their number; it counts once both have named each other, and is told to nobody."""

from django.db import transaction
from django.utils.translation import gettext as _

from huying.callouts import events
from huying.callouts import rules_volunteers as numbers
from huying.callouts.actions.volunteers import own
from huying.callouts.models import Companion, Volunteer
from huying.kernel.errors import BadInput
from huying.kernel.log import record
from huying.kernel.policy import load
from huying.kernel.scopes import Actor


def name_companion(number: str, *, by: Actor) -> Volunteer:
    """'I would like to serve with this one': the other learns nothing until they say so too."""
    plain = numbers.plain(number)
    if not numbers.is_whole(plain, numbers.OF_VOLUNTEER):
        raise _wrong(_("这个编号有一处写错了，请对着再看一遍。"))
    with transaction.atomic():
        row = own(by)
        other = Volunteer.objects.current().filter(number=plain).select_related("person").first()
        if other is None:
            raise _wrong(_("没有这个编号，请再问一问。"))
        if other.pk == row.pk:
            raise _wrong(_("这是您自己的编号，请写同伴的。"))
        most = load("callouts")["volunteers"]["companions"]
        if Companion.objects.filter(volunteer=row).exclude(other=other).count() >= most:
            raise _wrong(_("最多写 %(count)d 位。先去掉一位，再写新的。") % {"count": most})
        Companion.objects.get_or_create(volunteer=row, other=other)
        # Of whom stays out of the log, which is never erased.
        record(events.CHANGED_VOLUNTEER, row, by=by, what="companions", place=row.place_id, person=row.person_id)
    return other


def drop_companion(pk: int, *, by: Actor) -> None:
    """No longer; nobody is told."""
    with transaction.atomic():
        row = own(by)
        Companion.objects.filter(volunteer=row, other_id=pk).delete()
        record(events.CHANGED_VOLUNTEER, row, by=by, what="companions", place=row.place_id, person=row.person_id)


def _wrong(words: str) -> BadInput:
    return BadInput(words, fields={"number": words})
