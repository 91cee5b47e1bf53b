"""The rush: 1,000 claimants at once for 100 wishes, each told at once; beside pgbench that updates the same rows."""

import secrets
import threading
import time
from statistics import quantiles

from bench.common import Context, Figure, at_most

CLAIMANTS, WISHES, AT_ONCE, ROUNDS = 1000, 100, 16, 3

BARE = """\\set wish random({first}, {last})
UPDATE wishes_wish SET version = version + 1 WHERE id = :wish;
"""


def figures(ctx: Context) -> list[Figure]:
    """How fast claims are tested and taken, how long the last loser waits, and that each wish has one claim."""
    from huying.wishes.models import Claim, Wish

    claimants, count = ctx.scaled(CLAIMANTS), ctx.scaled(WISHES)
    place, people = town(claimants)
    rates, waits, kept = [], [], True
    first = last = 0
    for _ in range(1 if ctx.quick else ROUNDS):
        wishes = hang_up(place, people[0], count)
        first, last = wishes[0], wishes[-1]
        seconds, told = rush(wishes, people)
        rates.append(claimants / seconds)
        waits.append(told)
        held = Claim.objects.filter(wish__in=wishes, ended_at=None).count()
        kept = kept and held == count == Wish.objects.filter(pk__in=wishes, state="claimed").count()
    bare = ctx.pgbench(BARE.format(first=first, last=last), clients=AT_ONCE, seconds=2 if ctx.quick else 6)
    rate = sorted(rates)[len(rates) // 2]
    slow = max(quantiles(told, n=100)[98] for told in waits)
    return [
        Figure(
            f"wishes: claims and refusals a second, {AT_ONCE} at once", rate, "/s", f"pgbench, one of the rows updated: {bare:,.0f}/s",
            rate / bare,
        ),
        at_most("wishes: 99 of 100 claimants are told within", slow * 1000, "ms", 2000),
        Figure("wishes: each of the wishes is claimed once", float(kept), "", "", None, "= 1", kept),
    ]  # fmt: skip


def town(claimants: int):
    """A community and so many volunteers of it."""
    from huying.people.models import Person, Post
    from huying.places.models import Place

    above = None
    for kind, code, name in (
        ("province", "61", "陕西省"), ("city", "6101", "西安市"), ("district", "610115", "临潼区"),
        ("street", "610115005", "斜口街道"), ("community", "610115005003", "骊山新家园社区居委会"),
    ):  # fmt: skip
        above = Place.objects.create(kind=kind, code=code, name=name, parent=above)
    people = Person.objects.bulk_create(
        [Person(username=f"v{n}", name=f"志愿者{n}", password="!") for n in range(claimants)]
    )
    Post.objects.bulk_create([Post(person=one, role="volunteer", place=above) for one in people])
    return above, people


def hang_up(place, somebody, count: int) -> list[int]:
    """So many wishes on the tree; returns their ids."""
    from django.db.models import Max
    from django.utils import timezone

    from huying.wishes.models import Wish

    now, begin = timezone.now(), Wish.objects.aggregate(top=Max("slot"))["top"] or 0
    rows = [
        Wish(
            state="published", intake_key=secrets.token_hex(8), channel="page", text="想要一个风扇", place=place, path=place.path,
            community=place, public_text="想要一个风扇", alias="一位奶奶", kind="thing", slot=begin + n + 1, verified_at=now,
            verified_by=somebody, published_at=now, published_by=somebody, offered_at=now,
        )
        for n in range(count)
    ]  # fmt: skip
    return [wish.pk for wish in Wish.objects.bulk_create(rows)]


def rush(wishes: list[int], people) -> tuple[float, list[float]]:
    """Everybody wants one at once, ten the same; returns the seconds for all and for each."""
    from django.db import connection

    from huying.people.queries import actor_for
    from huying.wishes import actions
    from huying.wishes.models import Wish

    found = Wish.objects.in_bulk(wishes)
    actors = [actor_for(person) for person in people]
    share = max(1, len(people) // len(wishes))
    told: list[float] = []
    begin = threading.Barrier(AT_ONCE + 1)

    def work(start: int) -> None:
        begin.wait()
        for number in range(start, len(actors), AT_ONCE):
            at = time.perf_counter()
            try:
                actions.claim(found[wishes[min(number // share, len(wishes) - 1)]], by=actors[number])
            except actions.Gone:
                pass
            told.append(time.perf_counter() - at)
        connection.close()

    threads = [threading.Thread(target=work, args=[start]) for start in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    begin.wait()
    at = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - at, told
