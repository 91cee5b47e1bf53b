"""The evening of 23 June at 人民大厦小区: people wanted at six, assigned by what they can do, there, counted, certified."""

import json
import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.journey

SECRETARY, WORKER = "c2-2-shuji", "c2-shegong"
# Three volunteers of the compound who may be asked at any hour.
PEOPLE = """
import datetime as dt, json, secrets
from django.utils import timezone
from huying.callouts import rules_volunteers as numbers
from huying.callouts.models import Volunteer
from huying.people.models import Person
from huying.places.models import Place
home = Place.objects.get(name='人民大厦小区', kind='compound')
secretary = Person.objects.get(username='c2-2-shuji')
made = []
for name, skills in (('夏志愿者', ['computer']), ('秋志愿者', []), ('冬志愿者', [])):
    person = Person.objects.create_user('eve' + secrets.token_hex(4), PASSWORD, name=name)
    Volunteer.objects.create(
        person=person, number=numbers.number_of(secrets.randbits(5 * numbers.OF_VOLUNTEER), numbers.OF_VOLUNTEER),
        place=home, path=home.path, born=dt.date(1990, 5, 1), skills=skills, calendar_key=secrets.token_hex(16),
        night_calls=True, asks_a_week=20, valid_from=timezone.localdate() - dt.timedelta(days=9),
        confirmed_at=timezone.now(), confirmed_by=secretary, made_up=True)
    made.append([person.pk, person.username])
print(json.dumps(made))
"""
LINKS = """
import json, time
from huying.callouts.models import Asked
for _try in range(120):
    found = [Asked.objects.filter(callout_id=CALLOUT, person_id=pk).first() for pk in PEOPLE]
    if all(found):
        break
    time.sleep(0.5)
print(json.dumps([one.secret for one in found if one]))
"""
# The clock goes on by so many hours: everything of the call-out lies that much earlier.
LATER = """
import datetime as dt
from django.db import connection
with connection.cursor() as cursor:
    by = dt.timedelta(hours=HOURS)
    cursor.execute('ALTER TABLE callouts_signup DISABLE TRIGGER USER')
    cursor.execute('UPDATE callouts_callout SET starts_at = starts_at - %s, ends_at = ends_at - %s, closes_at = closes_at - %s WHERE id = %s', [by, by, by, CALLOUT])
    cursor.execute('UPDATE callouts_shift SET starts_at = starts_at - %s, ends_at = ends_at - %s WHERE callout_id = %s', [by, by, CALLOUT])
    cursor.execute('UPDATE callouts_signup u SET period = tstzrange(lower(period) - %s, upper(period) - %s), guarded = tstzrange(lower(guarded) - %s, upper(guarded) - %s) FROM callouts_shift s WHERE s.id = u.shift_id AND s.callout_id = %s', [by, by, by, by, CALLOUT])
    cursor.execute('UPDATE callouts_attendance a SET in_at = in_at - %s FROM callouts_signup u, callouts_shift s WHERE u.id = a.signup_id AND s.id = u.shift_id AND s.callout_id = %s', [by, CALLOUT])
    cursor.execute('ALTER TABLE callouts_signup ENABLE TRIGGER USER')
"""
COUNT = """
import datetime as dt
from django.utils import timezone
from huying.callouts.actions.hours import count_due
print(count_due(at=timezone.now() + dt.timedelta(days=14)))
"""


def told(town, code: str, **given) -> str:
    """What a piece of code printed last, run inside the demo with some names given."""
    head = "".join(f"{name} = {value!r}\n" for name, value in given.items())
    return town.system.python(head + code).strip().splitlines()[-1]


def later(town, callout: int, hours: float) -> None:
    """Let the clock go on."""
    town.system.python(f"CALLOUT, HOURS = {callout}, {hours}\n" + LATER)


def test_people_are_wanted_at_six(visit, town):
    people = json.loads(told(town, PEOPLE, PASSWORD=town.password))
    # In the evening: a template, one look, sent.
    desk = visit(SECRETARY, phone=False)
    desk.goto(town.url("/callouts/new/"))
    desk.get_by_role("link", name="核酸检测点").click()
    desk.locator("input[name=title]").fill("明早六点，检测点要人")
    desk.locator("input[name=emergency]").check()
    for box in desk.locator("input[name$=-insured]").all():
        if box.is_visible():
            box.check()
    desk.get_by_role("button", name="发出去").last.click()
    expect(desk.locator("h1")).to_have_text("明早六点，检测点要人")
    callout = int(re.search(r"/callouts/(\d+)/", desk.url)[1])

    # On three phones: whoever can comes with one tap; one cannot.
    links = json.loads(told(town, LINKS, CALLOUT=callout, PEOPLE=[pk for pk, _name in people]))
    assert len(links) == 3
    phones = [visit() for _link in links]
    for phone, secret in zip(phones, links, strict=True):
        phone.goto(town.url(f"/o/{secret}/"))
        expect(phone.locator("h1")).to_have_text("明早六点，检测点要人")
    for phone in phones[:2]:
        phone.get_by_role("button", name="能来，全程，岗位听安排").click()
        expect(phone.locator("main")).to_contain_text("您说能来")
    phones[2].get_by_role("button", name="这次来不了").click()
    expect(phones[2].locator("main")).to_contain_text("没关系")

    # The first assignment: proposed with reasons, moved by hand, taken back, published.
    desk.goto(town.url(f"/callouts/{callout}/assign/"))
    desk.get_by_role("button", name="请系统提一份分工").click()
    expect(desk.locator(".assign-card[draggable]").first).to_be_visible()
    cards = desk.locator(".assign-post:not(.assign-without) .assign-card[draggable]")
    before = cards.count()
    assert {"夏志愿者", "秋志愿者"} >= set(desk.locator(".assign-card[draggable] strong").all_inner_texts())
    mine = cards.filter(has_text="夏志愿者").first
    mine.locator("select").select_option("0")
    mine.get_by_role("button", name="移过去").click()
    expect(cards).to_have_count(before - 1)
    desk.get_by_role("button", name="撤销上一步").click()
    expect(cards).to_have_count(before)
    desk.get_by_role("button", name="公布分工").click()
    expect(desk.locator("main")).to_contain_text("已经公布了这份分工")
    phones[0].reload()
    expect(phones[0].locator(".post-mine").first).to_contain_text("已确认")

    # At six: the code on the screen, one tap on the phone; one community worker guides from the board.
    begins = "import json\nfrom django.utils import timezone\nfrom huying.callouts.models import Signup\n"
    begins += "own = Signup.objects.filter(shift__callout_id=CALLOUT, person_id=WHO, state='confirmed').order_by('period').first()\n"
    begins += "print(json.dumps((own.period.lower - timezone.now()).total_seconds() / 3600))"
    wait = json.loads(told(town, begins, CALLOUT=callout, WHO=people[0][0]))
    later(town, callout, wait + 0.1)
    screen = visit(SECRETARY, phone=False)
    screen.goto(town.url(f"/callouts/{callout}/code/"))
    expect(screen.locator(".code-picture svg path")).to_have_count(2)
    digits = screen.locator(".code-digits").inner_text().replace(" ", "")
    phones[0].goto(town.url(f"/in/{callout}/{digits}/"))
    phones[0].get_by_role("button", name="我到了，签到").first.click()
    expect(phones[0].locator("main")).to_contain_text("签到好了")
    guide = visit(WORKER)
    guide.goto(town.url(f"/callouts/{callout}/here/"))
    expect(guide.locator(".roll-sums")).to_contain_text("在岗")
    expect(guide.locator("main")).to_contain_text("夏志愿者")

    # Hours later: out, shown, counted.
    later(town, callout, 3.5)
    phones[0].goto(town.url(f"/in/{callout}/"))
    phones[0].get_by_role("button", name="我走了，签退").first.click()
    expect(phones[0].locator("main")).to_contain_text("签退好了")
    later(town, callout, 20)
    desk.goto(town.url(f"/callouts/{callout}/hours/"))
    expect(desk.locator("main table")).to_contain_text("夏志愿者")
    desk.get_by_role("button", name=re.compile("都按.+确认")).click()
    expect(desk.get_by_role("button", name="撤回刚才的确认")).to_be_visible()
    assert int(told(town, COUNT)) >= 1

    # A paper that anybody can check.
    own = visit(people[0][1])
    own.goto(town.url("/me/service/"))
    expect(own.locator("main")).to_contain_text("明早六点，检测点要人")
    own.get_by_role("link", name="开一张服务证明").click()
    own.locator("input[name=name]").fill("夏小荷")
    own.get_by_role("button", name="开出来").click()
    number = own.locator(".paper-number").inner_text()
    stranger = visit()
    stranger.goto(town.url(f"/verify/{number}/"))
    expect(stranger.locator("main [role=status]")).to_contain_text("是真的")
    expect(stranger.locator("main")).to_contain_text("夏*")
