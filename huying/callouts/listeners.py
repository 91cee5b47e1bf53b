"""What call-outs do when something happened elsewhere, apart from whoever made it happen."""

from huying.callouts.actions.parting import forget_person
from huying.kernel.models import Event
from huying.kernel.readers import reader
from huying.people import events as people


@reader("callouts.forget", kinds=(people.PERSON_ERASED,))
def forget_with_the_login(event: Event) -> None:
    """Whoever's login was erased is forgotten as a volunteer too."""
    forget_person(event.subject_id)
