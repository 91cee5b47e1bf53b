"""The wish tree with 2,000 leaves: server time beside a plain list of the same rows, its size, and a browser's load event."""

import gzip
import secrets
import time
from statistics import median

from bench.common import Context, Figure, at_most
from bench.serving import free_port, served

LEAVES = 2000
REPEATS = 9
STATES = ("published", "published", "claimed", "contact", "fulfilled", "confirmed", "confirmed", "closed")
WORDS = (
    "夏天到了，我想要一个风扇",
    "想有人陪我下下棋",
    "想学会用手机视频，看看孙子",
    "阳台的灯够不着，想请人换",
    "想要一副老花镜",
)


def figures(ctx: Context) -> list[Figure]:
    """All figures of the tree."""
    from huying.site.readiness import collect_static
    from huying.site.wsgi import settle

    place = plant(ctx.scaled(LEAVES))
    collect_static(ctx.say)
    settle()
    return [*server(place), *browser(ctx, place)]


def plant(count: int):
    """A community with so many wishes on its tree."""
    from django.utils import timezone

    from huying.people.models import Person
    from huying.places.models import Place
    from huying.wishes.models import Tree, Wish

    above, place = None, None
    for kind, code, name in (
        ("province", "61", "陕西省"), ("city", "6101", "西安市"), ("district", "610115", "临潼区"),
        ("street", "610115005", "斜口街道"), ("community", "610115005003", "骊山新家园社区居委会"),
    ):  # fmt: skip
        place = above = Place.objects.create(kind=kind, code=code, name=name, parent=above)
    now, somebody = timezone.now(), Person.objects.create_user("bench", "bench-password", name="高社工")
    rows = []
    for n in range(count):
        state = STATES[n % len(STATES)]
        rows.append(
            Wish(
                state=state, intake_key=secrets.token_hex(8), channel="page", text=WORDS[n % len(WORDS)], place=place,
                path=place.path, community=place, public_text=WORDS[n % len(WORDS)], alias="一位奶奶", kind="thing",
                slot=n, verified_at=now, verified_by=somebody, published_at=now, published_by=somebody,
                claimed_at=None if state == "published" else now,
                fulfilled_at=now if state in ("fulfilled", "confirmed", "closed") else None,
                rating="satisfied" if state == "confirmed" else "", rated_at=now if state == "confirmed" else None,
            )
        )  # fmt: skip
    Wish.objects.bulk_create(rows)
    Tree.objects.create(place=place, leaves=count)
    return place


def timed(work) -> float:
    """Milliseconds of one run."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def plain_list(place) -> None:
    """The reference: the same rows read and written as a list of links by Django's templates, on the same machine, in the same run."""
    from django.template import engines

    from huying.wishes.queries import leaves

    template = engines["django"].from_string(
        '<ul>{% for leaf in leaves %}<li><a href="/wishes/leaf/{{ leaf.pk }}/">{{ leaf.words }}</a> {{ leaf.alias }}</li>{% endfor %}</ul>'
    )
    template.render({"leaves": leaves(place)})


def server(place) -> list[Figure]:
    """Server time of the whole page, drawn anew and as it is kept while nothing changes; its size on the way."""
    from django.test import Client
    from django.urls import reverse

    from huying.wishes import queries_tree
    from huying.wishes.views import tree as views

    client, path = Client(), reverse("wish-tree", args=[place.slug])

    def page():
        answer = client.get(path)
        assert answer.status_code == 200
        return answer

    def anew():
        queries_tree.drawn.cache_clear()
        views._picture.cache_clear()
        page()

    page()
    plain_list(place)
    fresh, kept, reference = [], [], []
    for _ in range(REPEATS):
        reference.append(timed(lambda: plain_list(place)))
        fresh.append(timed(anew))
        kept.append(timed(page))
    base = median(reference)
    beside = f"a plain list of the same rows: {base:,.0f} ms"
    size = len(gzip.compress(page().content, compresslevel=6)) / 1024
    return [
        Figure("tree: page of 2,000 leaves, drawn anew", median(fresh), "ms", beside, base / median(fresh), "≤ 400 ms", median(fresh) <= 400),
        Figure("tree: the same while nothing changes", median(kept), "ms", beside, base / median(kept), "≤ 100 ms", median(kept) <= 100),
        at_most("tree: the same on the way, compressed", size, "KB", 150),
    ]  # fmt: skip


def browser(ctx: Context, place) -> list[Figure]:
    """A browser's load event, on a phone's and a desk's window, with an empty cache; the home page beside it."""
    from django.urls import reverse
    from playwright.sync_api import sync_playwright

    from scripts import chromium

    found = chromium.find()
    if found is None:
        ctx.say("no Chromium here: the load event is not measured")
        return []
    port = free_port()
    path = reverse("wish-tree", args=[place.slug])
    with served("huying", "serve", "--port", str(port), port=port), sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=found, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        try:
            figures = []
            for name, width, height in (("a phone", 390, 844), ("a desk", 1440, 900)):
                size = {"width": width, "height": height}
                home = median(loaded(running, f"http://127.0.0.1:{port}/", size) for _ in range(5))
                tree = median(loaded(running, f"http://127.0.0.1:{port}{path}", size) for _ in range(5))
                beside = f"the home page: {home:,.0f} ms"
                figures.append(
                    Figure(f"tree: load event, {name}", tree, "ms", beside, home / tree, "≤ 1,000 ms", tree <= 1000)
                )
            return figures
        finally:
            running.close()


def loaded(running, address: str, size: dict) -> float:
    """Milliseconds from the click to the load event, in a context of its own."""
    context = running.new_context(viewport=size)
    try:
        page = context.new_page()
        page.goto(address)
        return page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    finally:
        context.close()
