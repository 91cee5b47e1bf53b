"""What the pages of wishes share: who may come in, how a wish looks in a list."""

from dataclasses import dataclass, field

from django.views.decorators.cache import cache_control

from huying.directory.queries import may_give
from huying.kernel.scopes import Actor
from huying.people.private_words import mask
from huying.wishes import rules
from huying.wishes.models import Claim, Wish
from huying.wishes.queries import shown_names, where_shown

# Staff pages show what only staff may see.
private = cache_control(private=True, no_store=True)
LOOKS = {
    "collected": ("plus", "call"),
    "verified": ("check", "info"),
    "published": ("leaf", "answer"),
    "claimed": ("hand", "info"),
    "contact": ("phone", "info"),
    "fulfilled": ("check", "warn"),
    "confirmed": ("face-good", "answer"),
    "closed": ("check", "quiet"),
    "withdrawn": ("return", "quiet"),
    "declined": ("return", "quiet"),
    "moved": ("call", "quiet"),
}
KIND_ICONS = {"thing": "tag", "service": "hand", "companionship": "people", "skill": "edit"}


def staff(request) -> bool:
    """Whoever collects and looks after wishes."""
    return any(post.role in rules.COLLECTORS or post.role == "street_staff" for post in request.actor.posts)


def collector(request) -> bool:
    """Whoever writes wishes down."""
    return any(post.role in rules.COLLECTORS for post in request.actor.posts)


def keeps_somewhere(request) -> bool:
    """Whoever hangs wishes on a tree."""
    return any(post.role in rules.KEEPERS for post in request.actor.posts)


def gives(actor: Actor) -> bool:
    """Whoever has to do with giving: they may give, or hold a claim still."""
    return may_give(actor) or (actor.id is not None and Claim.objects.held_by(actor).exists())


@dataclass
class Row:
    """A wish in a list."""

    wish: Wish
    href: str
    words: str
    where: str = ""
    chips: list[tuple] = field(default_factory=list)

    @property
    def look(self) -> tuple[str, str]:
        """Icon and tone of its state."""
        return LOOKS[self.wish.state]

    @property
    def kind_icon(self) -> str:
        """The icon of its kind."""
        return KIND_ICONS.get(self.wish.kind, "leaf")


def rows(wishes, href, chips=lambda wish: []) -> list[Row]:
    """Wishes as lines of a list: one query for the names of their places. Before they hang on the tree their words are masked."""
    wishes = list(wishes)
    names = shown_names([wish.path for wish in wishes])
    return [
        Row(
            wish,
            href(wish),
            wish.public_text or mask(" ".join(wish.text.split()))[:80],
            where_shown(wish.path, names),
            chips(wish),
        )
        for wish in wishes
    ]
