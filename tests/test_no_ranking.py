"""No page, list, table, export or API puts people in an order by a figure, and none can be asked to.

People get figures: calls taken on, wishes fulfilled, needs turned into projects. Every address of the system is opened; then the
figures are swapped among the people and every address is opened again. Wherever the order of the people changed, it followed a
figure. What everybody did first and last stands at fixed moments, so that lists by date stay as they are.
"""

import datetime as dt
import re
import secrets
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

import huying
from huying.appraisals import record, rules
from huying.boards import cases
from huying.calls import actions as calls
from huying.directory.models import Member, Seat, Unit
from huying.kernel.log import record as write
from huying.kernel.models import Event
from huying.kernel.scopes import link_holder
from huying.notify.actions import write_messages
from huying.people.models import Person, Post
from huying.people.queries import actor_for
from huying.people.tokens import create_token
from huying.reportin.actions import needs, projects
from huying.site.api import api
from huying.wishes import actions as wishes
from huying.wishes.actions import Intake

from .orders import Orders, orders, parts_of
from .test_access import PARTS, TABLE, filled

ROOT = Path(__file__).resolve().parents[1]
# In no order that a figure could be mistaken for.
NAMES = ["雷同志", "柴同志", "荆同志", "贝同志"]
FIGURES, SWAPPED = (2, 3, 4, 6), (6, 4, 3, 2)
VIEWERS = ("gao", "bai", "qu", "operator", "p1", "anonymous")
ASKING = "sort=count&sort=-count&order=desc&order_by=-total&ordering=-figure&o=-1&rank=1&top=3&by=count"
FORBIDDEN = re.compile(
    r"排行|排名|名次|第\s*[0-9一二三四五六七八九十]+\s*名|积分|得分|评分|打分|活跃度|龙虎榜|光荣榜|先进榜"
    r"|leader ?board|\branking\b|\brank(?:s|ed)?\b|\bscores?\b|\btop (?:ten|\d+)\b",
    re.IGNORECASE,
)
# Where the system says that it does not do it.
DENIED = re.compile(
    r"不打分|不排名次|不排名|不是排名|不分先后"
    r"|[Nn]o rankings?|[Nn]ot a ranking|[Nn]obody is ranked|[Nn]ot ranked|[Nn]o marks, no order of merit"
)


@pytest.fixture
def town(stage, raise_one):
    """The scene of the access table, and four people of a school who can take on anything in the community."""
    found = {}
    for part in PARTS:
        found.update(part.scene(stage, raise_one))
    stage.scene = dict(sorted(found.items(), key=lambda item: "/" not in item[0].strip("/")))
    since, community = timezone.localdate() - dt.timedelta(days=900), stage.place("community")
    long_ago = timezone.now() - dt.timedelta(days=900)
    stage.school = Unit.objects.create(
        name="西一路小学", kind="school", place=community, verified_at=long_ago, verified_by=stage.persons["gao"],
        created_at=long_ago,
    )  # fmt: skip
    stage.persons["bai"] = Person.objects.create_user("bai", "huying-test-pw", name="白校长")
    Seat.objects.create(person=stage.persons["bai"], unit=stage.school, valid_from=since)
    stage.team = []
    for n, name in enumerate(NAMES):
        person = stage.persons[f"p{n}"] = Person.objects.create_user(f"p{n}", "huying-test-pw", name=name)
        Post.objects.create(person=person, role="community_worker", place=community, valid_from=since)
        member = Member.objects.create(person=person, place=community, unit=stage.school, valid_from=since)
        with transaction.atomic():
            facts = {"person": person.pk, "unit": stage.school.pk}
            write("reportin.member_registered", member, by=actor_for(person), place=community.pk, at=long_ago, **facts)
        stage.team.append(person)
    stage.token = create_token(stage.persons["gao"], ["calls:read", "calls:write", "calls:act"], "test")
    return stage


def moments(counts: tuple[int, ...]) -> list[tuple[dt.datetime, int]]:
    """When who does something, oldest first: first and last at fixed moments, the rest of each in between."""
    now = timezone.now()
    first = timezone.make_aware(dt.datetime.combine(rules.quarter_of(timezone.localdate()).first, dt.time()))
    span = min(now - first, dt.timedelta(days=5)) * 0.98
    at = lambda share: now - span + span * share  # noqa: E731
    found = []
    for who, count in enumerate(counts):
        found += [(at(0.05 + who / 100), who), (at(0.9 + who / 100), who)]
        found += [(at(0.3 + who / 100 + n / 20), who) for n in range(count - 2)]
    return sorted(found)


def live(town, counts: tuple[int, ...]) -> None:
    """Everybody takes on, does and is thanked for as many calls, wishes and needs as the figures say."""
    before = Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    actors = [actor_for(person) for person in town.team]
    for at, who in moments(counts):
        step = dt.timedelta(milliseconds=5)
        one = actors[who]
        kept, sent = _raise(town, at), _raise(town, at)
        for call in (kept, sent):
            calls.accept(call, "lighting", by=one, public_text="楼道灯不亮", public=True, at=at + step)
        calls.assign(sent, town.school, by=one, at=at + step * 2)
        _wish(town, one, at, step)
        _need(town, one, at, step)
    new = list(Event.objects.filter(id__gt=before).order_by("id"))
    record.make(record.threads_of(event for event in Event.objects.filter(kind__in=record.KINDS)))
    cases.make(event.subject_id for event in new if event.subject_type == "call")
    write_messages(new)


def _wish(town, one, at, step) -> None:
    gao = town.actor("gao")
    given = {"channel": "head", "key": secrets.token_urlsafe(12), "through_writer": True, "at": at}
    wish = wishes.collect(Intake(place=town.place("entrance"), text="想要一个风扇", **given), by=town.actor("lu"))[0]
    wishes.verify(wish, "想要一个风扇", "一位奶奶", "thing", by=gao, value=200, at=at)
    wishes.publish(wish, by=gao, at=at)
    wishes.claim(wish, by=one, at=at + step)
    wishes.contact(wish, by=one, at=at + step)
    wishes.fulfil(wish, by=one, at=at + step * 2)
    wishes.confirm(wish, "satisfied", by=link_holder("wish", wish.pk), at=at + step * 3)


def _need(town, one, at, step) -> None:
    given = {"services": ["elderly"], "skills": ["haircut"], "people": 2, "key": secrets.token_hex(8), "at": at}
    need = needs.post_need(town.place("building"), "给楼里的老人理发", by=town.actor("lu"), **given)
    project = needs.claim(need, by=one, at=at + step)
    due = timezone.localdate() + dt.timedelta(days=6)
    projects.start(project, due, (("理发", None),), by=one, at=at + step)
    projects.finish(project, "理了发", by=one, at=at + step * 2)
    projects.answer(project, True, by=town.actor("lu"), key=secrets.token_hex(8), at=at + step * 3)


def addresses(town) -> list[str]:
    """Every address of the access table, and those that it leaves out or that need a date of this year."""
    now = rules.quarter_of(timezone.localdate())
    place, year = f"place-{town.place('community').pk}", timezone.localdate().year
    own = [f"/appraisals/unit/{town.school.pk}/{period}/{end}"
           for period in (now.code, str(year)) for end in ("", "table.xlsx", "list/wish-done/", "list/need-taken/")]  # fmt: skip
    own += [f"/appraisals/by/{place}/{y}/?of={of}" for y in (year - 1, year) for of in ("units", "members")]
    own += [f"/appraisals/by/unit-{town.school.pk}/{y}/" for y in (year - 1, year)]
    own += [f"/directory/{town.school.pk}/", f"/people/place/{town.place('community').pk}/"]
    own += ["/calls/export.csv", "/calls/export.xlsx"]
    own += [f"/api/v1{path.removeprefix('/api/v1')}" for path in _api_lists()]
    return [*dict.fromkeys(["/" + filled(route, town.scene).lstrip("/") for route in TABLE] + own)]


def _api_lists() -> list[str]:
    paths = api.get_openapi_schema()["paths"]
    return [path for path, ways in paths.items() if "get" in ways and "{" not in path]


def walk(client, town, query: str = "") -> dict[str, Orders]:
    """The orders of people on every address that opens, and the words that nobody may find there."""
    cache.clear()
    found: dict[str, Orders] = {}
    for address in addresses(town):
        to = address + (("&" if "?" in address else "?") + query if query else "")
        more = {"headers": {"Authorization": f"Bearer {town.token}"}} if address.startswith("/api/") else {}
        response = client.get(to, **more)
        if response.status_code != 200:
            continue
        found[address] = orders(response, NAMES)
    return found


def twice(clients: dict, town, first=FIGURES, second=SWAPPED) -> list[dict[str, Orders]]:
    """The orders with the figures one way and the other, for all who look; what was done in between is undone."""
    seen = []
    for counts in (first, second):
        with transaction.atomic():
            live(town, counts)
            found = {who: walk(client, town) for who, client in clients.items()}
            seen.append({f"{who} {address}": lists for who, own in found.items() for address, lists in own.items()})
            transaction.set_rollback(True)
    return seen


def changed(one: dict[str, Orders], other: dict[str, Orders]) -> list[str]:
    """Where the order of people is not the same."""
    return [
        f"{address} {key}: {one[address].get(key)} became {other.get(address, {}).get(key)}"
        for address in one
        for key in {*one[address], *other.get(address, {})}
        if one[address].get(key) != other.get(address, {}).get(key)
    ]


def entered(town, who: str) -> Client:
    """A browser of one of the viewers."""
    client = Client()
    if who != "anonymous":
        client.force_login(town.persons[who])
    return client


def _raise(town, at):
    from huying.calls.intake import Intake as Call
    from huying.calls.intake import raise_call
    from huying.kernel.scopes import ANONYMOUS

    intake = Call(
        place=town.place("entrance"), text="楼道灯不亮", key=secrets.token_hex(16), channel="import", raised_at=at
    )
    return raise_call(intake, by=ANONYMOUS)[0]


@pytest.mark.slow
def test_the_order_of_people_follows_no_figure(town):
    one, other = twice({who: entered(town, who) for who in VIEWERS}, town)
    assert changed(one, other) == []
    # The walk must have met people in an order, or it would prove nothing.
    met = {at for at, lists in one.items() if any(len(order) > 2 for some in lists.values() for order in some)}
    members = f"/appraisals/by/place-{town.place('community').pk}/{timezone.localdate().year}/?of=members"
    assert {f"gao {members}", "gao /calls/", "bai /today/"} <= met
    assert any(at.startswith("bai") and at.endswith("table.xlsx") for at in met) and len(met) >= 20, met


@pytest.mark.slow
def test_nobody_can_ask_for_another_order(town):
    client = entered(town, "gao")
    live(town, FIGURES)
    assert changed(walk(client, town), walk(client, town, ASKING)) == []


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_speaks_of_ranks_points_or_scores(town, language):
    client = entered(town, "gao")
    client.cookies["django_language"] = client.cookies["language"] = language
    live(town, FIGURES)
    guilty = []
    for address in addresses(town):
        more = {"headers": {"Authorization": f"Bearer {town.token}"}} if address.startswith("/api/") else {}
        response = client.get(address, **more)
        if response.status_code == 200:
            words = DENIED.sub("", parts_of(response)[1])
            guilty += [
                f"{address}: …{words[max(0, m.start() - 20) : m.end() + 20]}…" for m in FORBIDDEN.finditer(words)
            ]
    assert guilty == []


def test_the_api_offers_no_order():
    for path, ways in api.get_openapi_schema()["paths"].items():
        for way in ways.values():
            names = {parameter["name"] for parameter in way.get("parameters", ())}
            assert not names & {"sort", "order", "order_by", "ordering", "rank", "top"}, path


def test_no_template_offers_to_sort_and_no_query_sorts_people_by_a_sum():
    offers = re.compile(
        r"[?&](?:sort|order|order_by|ordering|rank|top)=|data-sort|aria-sort|name=\"(?:sort|order|ordering)\""
    )
    sums = re.compile(
        r"order_by\([^)]*[\"']-?(?:count|counts|total|totals|hours|done|figure|sum|n|taken|wishes|deeds)[\"']"
    )
    for path in Path(huying.__path__[0]).rglob("*"):
        if path.suffix in (".html", ".py", ".js") and not {"tests", "migrations"} & set(path.parts):
            text = path.read_text(encoding="utf-8")
            found = (offers if path.suffix != ".py" else sums).search(text)
            assert not found, f"{path}: {found and found[0]}"


@pytest.mark.parametrize("name", ["docs/never.md", "docs/adr/0015-append-only-appraisals.md"])
def test_the_docs_say_so(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "tests/test_no_ranking.py" in text and "order" in text


# --- the twins: pages that would be found out -------------------------------------------------------------------


class Culprit:
    """A client whose one page does what must not be done."""

    def __init__(self, page):
        self.page = page

    def get(self, address, **_more):
        """The culprit's page for one address, nothing for the others."""
        return self.page(address) if address.startswith("/people/place/") else HttpResponse(status=404)


def _by_figure() -> list[str]:
    from collections import Counter

    from huying.appraisals.models import Deed

    count = Counter(Deed.objects.filter(stage="done", person__name__in=NAMES).values_list("person__name", flat=True))
    return [name for name, _n in count.most_common()]


def _table(_address) -> HttpResponse:
    rows = "".join(f"<tr><td>{name}</td></tr>" for name in _by_figure())
    return HttpResponse(f"<main><p>{''.join(NAMES)}</p><table class=x><tbody>{rows}</tbody></table></main>")


def _file(_address) -> HttpResponse:
    return HttpResponse("\n".join(_by_figure()), content_type="text/csv; charset=utf-8")


def _best_two(_address) -> HttpResponse:
    return HttpResponse(f"<ul>{''.join(f'<li>{name}' for name in sorted(_by_figure()[:2]))}</ul>")


def _chart(_address) -> HttpResponse:
    import json

    return HttpResponse(
        f"<main><script type='application/json'>{json.dumps(_by_figure(), ensure_ascii=False)}</script></main>"
    )


def _honest(_address) -> HttpResponse:
    return HttpResponse("<ul>" + "".join(f"<li>{name}" for name in sorted(NAMES)) + "</ul>")


def test_a_page_that_sorts_by_a_figure_is_found_out(town):
    """The twins: a table, a file, a chart sorted by a figure, the two with the most by name; and one that sorts by name."""
    pages = (_table, _file, _best_two, _chart, _honest)
    one, other = twice({page.__name__: Culprit(page) for page in pages}, town)
    caught = {words.partition(" ")[0] for words in changed(one, other)}
    assert caught == {"_table", "_file", "_best_two", "_chart"}
    assert any(lists for at, lists in one.items() if at.startswith("_honest"))


@pytest.mark.parametrize("words", ["本月排名", "积分 12", "第 1 名", "Leaderboard", "ranked 3rd", "your score"])
def test_the_words_are_known(words):
    assert FORBIDDEN.search(words) and not FORBIDDEN.search(DENIED.sub("", "按编号和名称排列，不排名次。不打分。"))
