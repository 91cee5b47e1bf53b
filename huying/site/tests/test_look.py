"""The look: choices are kept, colours can be read, components say what they must, and nothing breaks the page's policy."""

import datetime as dt
import gzip
import re
from pathlib import Path

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from huying.site import gallery, nav
from huying.site.context import look
from huying.site.stylesheet import FOLDER, bundle

SITE = Path(__file__).resolve().parents[1]
TEMPLATES = sorted(SITE.parent.glob("*/templates/**/*.html"))
HOUR = dt.timedelta(hours=1)


def render(text: str, **context) -> str:
    return Template("{% load look blocks %}" + text).render(Context(context))


@pytest.fixture
def open_gallery(client, settings):
    settings.DEBUG = True
    return lambda shell: client.get(f"/look/gallery/{shell}/")


def test_a_choice_of_letters_and_colours_is_kept_and_leads_back(client):
    answer = client.post("/look/", {"elder": "1", "theme": "dark", "next": "/?q=x"})
    assert (answer.status_code, answer["Location"]) == (302, "/?q=x")
    page = client.get("/").content.decode()
    assert 'data-theme="dark" data-elder' in page
    client.post("/look/", {"elder": "0", "next": "/"})
    assert "data-elder" not in client.get("/").content.decode()


def test_the_language_is_kept_in_djangos_own_cookie(client):
    client.post("/look/", {"language": "en", "next": "/"})
    assert '<html lang="en"' in client.get("/").content.decode()


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_a_choice_never_leads_to_another_host(client, back):
    assert client.post("/look/", {"theme": "dark", "next": back})["Location"] == "/"


def test_nonsense_is_not_kept(client):
    answer = client.post("/look/", {"elder": "yes", "theme": "pink\x00", "language": "tlh", "next": "/"})
    assert not answer.cookies
    assert client.get("/look/").status_code == 405


def test_nonsense_in_a_cookie_is_the_default(rf):
    request = rf.get("/")
    request.COOKIES |= {"theme": "<script>", "elder": "9"}
    shown = look(request)["look"]
    assert (shown.theme, shown.elder) == ("auto", False)


def test_the_style_sheet_is_one_file_that_may_be_kept_for_good(client):
    digest, text, _packed = bundle()
    answer = client.get(f"/look/style-{digest}.css", headers={"accept-encoding": "gzip"})
    assert gzip.decompress(answer.content) == text
    assert "immutable" in answer["Cache-Control"]
    assert client.get(f"/look/style-{digest}.css").content == text
    assert text.startswith(b"@layer reset, tokens")


def luminance(colour: str) -> float:
    colour = colour.lstrip("#")
    colour = "".join(c * 2 for c in colour) if len(colour) == 3 else colour
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    parts = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colours(name: str) -> dict[str, str]:
    css = (FOLDER / name).read_text()
    return dict(
        re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6});", css.split("data-elder] {")[0] if name != "dark.css" else css)
    )


DAY = colours("tokens.css")
NIGHT = DAY | colours("dark.css")
PAIRS = [(ink, ground) for ink in ("ink", "ink-soft", "link") for ground in ("paper", "surface", "sunken")]
PAIRS += [(f"{tone}-ink", f"{tone}-soft") for tone in ("call", "answer", "warn", "info", "quiet")]
PAIRS += [(f"{tone}-ink", ground) for tone in ("call", "answer", "warn", "info") for ground in ("paper", "surface")]
PAIRS += [("on-fill", f"{tone}-fill{end}") for tone in ("call", "answer") for end in ("", "-hover")]
PAIRS += [("ink", f"{tone}-soft") for tone in ("call", "answer", "warn", "info", "quiet")]
PAIRS += [("ink-soft", f"{tone}-soft") for tone in ("call", "answer", "quiet")]


@pytest.mark.parametrize("theme", [DAY, NIGHT], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_every_text_can_be_read_on_its_ground(theme, ink, ground):
    assert contrast(theme[ink], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", [DAY, NIGHT], ids=["light", "dark"])
@pytest.mark.parametrize("shape", ["edge", "call", "answer", "focus"])
def test_every_shape_that_means_something_stands_out(theme, shape):
    assert contrast(theme[shape], theme["paper"]) >= 3
    assert contrast(theme[shape], theme["surface"]) >= 3


@pytest.mark.parametrize("sheet", sorted(FOLDER.rglob("*.css")), ids=lambda path: path.name)
def test_a_style_sheet_stays_in_its_layer_and_uses_names_that_exist(sheet):
    css = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S)
    defined = set(re.findall(r"(--[\w-]+):", (FOLDER / "tokens.css").read_text() + css))
    assert set(re.findall(r"var\((--[\w-]+)", css)) <= defined
    if sheet.name != "error.css":
        outside = re.sub(r"@layer [\w, ]+(;|\{(?:[^{}]|\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\})*\})", "", css)
        assert not outside.strip()


def test_every_icon_that_is_asked_for_is_in_the_sprite():
    known = set(gallery._icons())
    asked = set()
    for path in [*TEMPLATES, *SITE.parent.glob("*/**/*.py")]:
        text = path.read_text()
        asked |= set(re.findall(r"""\{% icon ["']([\w-]+)["']""", text))
        asked |= {name for name in re.findall(r"""\bicon=["']([\w-]+)["']""", text) if "{" not in name}
    assert asked - known == set()


def test_every_module_that_is_asked_for_can_be_mounted():
    main = (SITE / "static/js/main.js").read_text()
    listed = dict(re.findall(r'(\w+): \(\) => import\("\./(modules/[\w-]+\.js)"\)', main))
    for path in listed.values():
        assert re.search(r"export (async )?function mount\(", (SITE / "static/js" / path).read_text()), path
    asked = set()
    for path in TEMPLATES:
        for names in re.findall(r'data-module="([\w -]+)"', path.read_text()):
            asked |= set(names.split())
    assert asked <= set(listed)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_template_breaks_the_policy(path):
    text = path.read_text()
    assert not re.search(r"\sstyle=|\son\w+=[\"']|javascript:", text)
    for script in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in script or "application/json" in script


@pytest.mark.parametrize("shell", ["public", "resident", "staff"])
def test_the_gallery_shows_everything_in_each_shell(open_gallery, shell):
    page = open_gallery(shell)
    assert page.status_code == 200
    text = page.content.decode()
    assert text.count("<main") == 1
    assert not re.search(r'\sid="([^"]+)"(?=.*\sid="\1")', text, re.S)


def test_the_gallery_is_for_operators(client, open_gallery, settings):
    assert open_gallery("nowhere").status_code == 404
    settings.DEBUG = False
    assert client.get("/look/gallery/").status_code == 302


class Paper(forms.Form):
    words = forms.CharField(label="说", help_text="平常话", max_length=9, widget=forms.Textarea)
    where = forms.ChoiceField(label="哪里", widget=forms.RadioSelect, choices=[("1", "一"), ("2", "二")])


def test_a_field_keeps_what_was_typed_and_names_its_help_and_error():
    form = Paper({"words": "这句话比九个字长得多了", "where": ""})
    shown = render("{% errors form %}{% field form.words counter=9 %}{% field form.where %}", form=form)
    assert "这句话比九个字长得多了" in shown
    assert 'aria-describedby="id_words_help id_words_error id_words_count"' in shown
    assert 'aria-invalid="true"' in shown
    assert '<a href="#id_words">说</a>' in shown
    assert '<fieldset class="field" id="id_where"' in shown
    assert 'href="#id_where"' in shown


def test_what_was_typed_is_never_markup():
    evil = "<img src=x onerror=1>"
    shown = render(
        "{% button e icon='check' title=e %}{% chip e %}{% row e e %}{{ e }}{% endrow %}{% quote by=e %}{{ e }}{% endquote %}"
        "{% card title=e %}{{ e }}{% endcard %}{% confirm e %}{{ e }}{% endconfirm %}{% stat e value=e %}{% empty e e %}",
        e=evil,
    )
    assert "<img" not in shown


NOW = dt.datetime(2026, 3, 3, 9, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("due", "done", "chinese", "english"),
    [
        (NOW + 3 * HOUR, None, "还剩 3 小时", "3 hours left"),
        (NOW + 60 * HOUR, None, "还剩 2 天", "2 days left"),
        (NOW - HOUR, None, "超期 1 小时", "1 hour overdue"),
        (NOW, NOW - HOUR, "按时", "on time"),
        (NOW - 72 * HOUR, NOW, "晚了 3 天", "3 days late"),
    ],
)
def test_a_deadline_is_said_in_words(due, done, chinese, english):
    for language, words in (("zh-hans", chinese), ("en", english)):
        with translation.override(language):
            assert words in render("{% deadline due done now=now %}", due=due, done=done, now=NOW)
    assert render("{% deadline None %}") == ""


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "今天 17:00"),
        (NOW - 24 * HOUR, "昨天 17:00"),
        (NOW + 24 * HOUR, "明天 17:00"),
        (NOW - 480 * HOUR, "2月11日 17:00"),
        (NOW - 9000 * HOUR, "2025年2月21日"),
        # Midnight in Xi'an is what parts the days, not midnight in Greenwich.
        (NOW - 16 * HOUR, "今天 01:00"),
    ],
)
def test_a_moment_is_said_as_people_say_it(moment, words):
    assert f">{words}</time>" in render("{% when moment now=now %}", moment=moment, now=NOW)


def test_a_figure_never_stands_without_what_it_leaves_out():
    shown = render(
        "{% stat '满意率' 91 '%' n=182 low=0.861 high=0.944 excluded=out %}", out=[("没有评价", 21), ("合并", 4)]
    )
    assert "共 182 件" in shown
    assert "另有 25 件不计入" in shown
    assert "86–94%" in shown
    few = render("{% stat '满意率' n=12 low=0.5 high=0.9 %}")
    assert "50–90" in few
    assert "不足 30 件" in few


def test_the_rail_marks_the_longest_address_that_leads_here(rf, monkeypatch):
    monkeypatch.setattr(
        nav,
        "STAFF",
        [
            nav.Item("一", "home", "home"),
            nav.Item("二", "look-gallery", "list"),
            nav.Item("三", "home", "map", nav.roles("x")),
        ],
    )
    request = rf.get("/look/gallery/staff/")
    from huying.kernel.scopes import ANONYMOUS

    request.actor = ANONYMOUS
    assert [(item["label"], item["current"]) for item in nav.items(request)] == [("一", False), ("二", True)]


def test_what_does_not_fit_into_a_phones_bar_opens_from_its_last_entry(rf, monkeypatch):
    from huying.kernel.scopes import ANONYMOUS

    request = rf.get("/")
    request.actor = ANONYMOUS
    for count, later in ((5, 0), (6, 2), (9, 5)):
        monkeypatch.setattr(nav, "STAFF", [nav.Item(str(n), "look-gallery", "home") for n in range(count)])
        shown = nav.items(request)
        assert [item["label"] for item in shown if item.get("later")] == [str(n) for n in range(count - later, count)]


def test_an_unknown_address_says_what_to_do(client):
    page = client.get("/no-such-page/")
    assert page.status_code == 404
    assert "没有找到这一页" in page.content.decode()


def test_the_page_of_a_failure_needs_nothing():
    text = (SITE / "templates/500.html").read_text()
    assert "{%" not in text
    assert "{{" not in text


def test_everybody_starts_where_they_have_something_to_do(client, stage):
    from huying.directory.models import Member
    from huying.people.models import Person

    member = Person.objects.create_user("member", "huying-test-pw", name="梁老师")
    Member.objects.create(person=member, place=stage.place("community"))
    starts = {"gao": "/today/", "lu": "/today/", "tian": "/today/", "operator": "/operator/", "xu": "/wishes/open/"}
    for who, page in {**starts, "member": "/reportin/me/"}.items():
        client.force_login(stage.persons.get(who, member))
        assert client.get("/start/").url == page, who
        labels = [item["href"] for item in nav.items(client.get("/inbox/").wsgi_request)]
        assert ("/today/" in labels) == (page == "/today/"), who
