"""Made-up report-in for the demo: the three lists, and who reported in."""

from collections.abc import Callable

from huying.people.models import Person
from huying.places.models import Place
from huying.reportin.demo import lists, reports

# Makes somebody with a login, by username and what they are called by, or finds them.
PersonOf = Callable[[str, str], Person]


def load(communities: dict[str, Place], person_of: PersonOf) -> None:
    """Load it into communities by name, the first of them the heart of the story; what is there stays as it is."""
    lists.load_units()
    reports.load(communities, person_of)
    # Members are there by now, and are asked about what fits them.
    lists.load()
