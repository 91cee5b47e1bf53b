"""Who somebody is to the rest of the system."""

from huying.kernel import scopes
from huying.kernel.scopes import ANONYMOUS, Actor
from huying.people.models import Person, Post

# Nobody holds so many; a bound keeps one query one query.
MOST_POSTS = 200


def actor_for(person: Person, *, kind: str = "person") -> Actor:
    """The actor that a person is today, with their posts in term at places that stand: one query.

    A post at a place that has ended gives no rights; whoever ends a place appoints anew at its successor.
    """
    if not person.is_active:
        return ANONYMOUS
    rows = (
        Post.objects.current()
        .filter(person_id=person.pk)
        .order_by("id")
        .values_list("role", "place__path", "place_id")[:MOST_POSTS]
    )
    posts = tuple(scopes.Post(role=role, path=path, place_id=place_id) for role, path, place_id in rows)
    return Actor(id=person.pk, kind=kind, posts=posts, name=person.name)
