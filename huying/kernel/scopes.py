"""Who acts, and where: an actor holds posts at places, and sees the subtree below them. No Django."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Post:
    """A role held at a place; `path` is the place's ltree path ('61.6101.610102')."""

    role: str
    path: str
    place_id: int


def covers(above: str, below: str) -> bool:
    """Whether the path `above` is `below` or one of its ancestors."""
    return below == above or below.startswith(above + ".")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Actor:
    """Somebody (or something) that acts: a person with posts, the holder of a secret link, a token, or the system.

    `subject` is what a link opens, such as ("call", 12); an anonymous actor and a link holder have no id.
    """

    id: int | None = None
    kind: str = "anonymous"  # person | link | token | system | anonymous
    posts: tuple[Post, ...] = ()
    subject: tuple[str, int] | None = None
    name: str = ""

    @property
    def is_person(self) -> bool:
        """Whether a known person stands behind the action, with a session or with a token."""
        return self.id is not None

    def holds(self, roles: Iterable[str], path: str) -> bool:
        """Whether one of `roles` is held at `path` or above it."""
        return any(post.role in roles and covers(post.path, path) for post in self.posts)

    def paths(self, roles: Iterable[str] | None = None) -> tuple[str, ...]:
        """The topmost paths where a post (of `roles`) is held; nested ones are left out."""
        wanted = {post.path for post in self.posts if roles is None or post.role in roles}
        return tuple(sorted(p for p in wanted if not any(q != p and covers(q, p) for q in wanted)))

    def opens(self, kind: str, pk: int) -> bool:
        """Whether this is the holder of the secret link to that subject."""
        return self.subject == (kind, pk)


ANONYMOUS = Actor()
SYSTEM = Actor(kind="system")


def link_holder(kind: str, pk: int) -> Actor:
    """The actor behind a secret link."""
    return Actor(kind="link", subject=(kind, pk))
