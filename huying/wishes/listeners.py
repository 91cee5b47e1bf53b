"""What wishes do when something happened, apart from whoever made it happen."""

from collections.abc import Iterable

from huying.kernel.models import Event
from huying.kernel.readers import reader
from huying.people import events as people
from huying.people.identity import held_while
from huying.people.private_words import mask
from huying.wishes import rules
from huying.wishes.models import Wish


@held_while
def wishers_still_to_be_answered(ids: list[int]) -> Iterable[int]:
    """Whoever's wish is open can be reached, however long it takes."""
    waiting = Wish.objects.filter(identity__in=ids, state__in=rules.OPEN)
    return waiting.values_list("identity_id", flat=True)


@reader("wishes.forget", kinds=(people.IDENTITY_ERASED,), whole=True)
def forget_with_the_identity(happened: list[Event]) -> None:
    """Address, hardship and what in the wisher's own words gives them away go with their name and phone."""
    erased = [event.subject_id for event in happened]
    for wish in Wish.objects.filter(identity__in=erased).only("pk", "text"):
        Wish.objects.filter(pk=wish.pk).update(address_sealed=None, hardship_sealed=None, text=mask(wish.text))
