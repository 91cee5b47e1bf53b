"""The modules in a real browser: each does what docs/look.md says, and the page works without them."""

import hashlib
import io

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

pytestmark = pytest.mark.journey


def jpeg(width: int, height: int, noise: bool = False) -> bytes:
    """A picture of that size; noise makes it large."""
    picture = (
        Image.effect_noise((width, height), 90).convert("RGB") if noise else Image.new("RGB", (width, height), "red")
    )
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def until(page, expression: str):
    """Wait until something is true; the page's policy forbids Playwright's own way, which evaluates text inside it."""
    for _ in range(160):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {expression}")


def opened(page, url):
    page.goto(url)
    page.wait_for_load_state("networkidle")
    return page


def test_a_double_tap_is_one_submit(page, gallery_url):
    opened(page, f"{gallery_url}/resident/")
    page.evaluate(
        """() => {
            window.went = 0;
            document.querySelector("form[data-module~=once]").noValidate = true;
            addEventListener("submit", (event) => { window.went += !event.defaultPrevented; event.preventDefault(); });
        }"""
    )
    button = page.locator("form[data-module~=once] .button-call")
    button.evaluate("button => { button.click(); button.click(); button.click(); }")
    page.wait_for_timeout(300)
    assert page.evaluate("window.went") == 1
    assert button.get_attribute("aria-busy") == "true"
    page.evaluate("dispatchEvent(new Event('pageshow'))")
    assert button.get_attribute("aria-busy") is None


def test_what_was_typed_is_kept_on_the_device_until_it_was_received(page, gallery_url):
    opened(page, f"{gallery_url}/resident/")
    page.evaluate(
        "document.querySelector('.errors').remove(); document.querySelectorAll('[aria-invalid]').forEach(e => e.removeAttribute('aria-invalid'))"
    )
    page.fill("#plain_words", "楼道灯坏了")
    page.check("[name=where][value='2']")
    page.wait_for_timeout(400)
    kept = page.evaluate("JSON.parse(localStorage.getItem('huying:draft:gallery')).values")
    assert kept["words"] == ["楼道灯坏了"]
    assert kept["where"] == ["2"]
    assert "csrfmiddlewaretoken" not in kept

    page.evaluate(
        """async () => {
            const form = document.querySelector("form[data-keep]").cloneNode(true);
            form.reset();
            form.querySelector("textarea").value = "";
            document.querySelector("form[data-keep]").replaceWith(form);
            (await import("/static/js/modules/keep.js")).mount(form);
        }"""
    )
    assert page.input_value("#plain_words") == "楼道灯坏了"
    assert page.is_checked("[name=where][value='2']")

    page.evaluate(
        """async () => {
            const received = document.createElement("p");
            received.dataset.keptReceived = "gallery";
            (await import("/static/js/modules/keep.js")).mount(received);
        }"""
    )
    assert page.evaluate("localStorage.length") == 0


def test_photos_are_shown_made_smaller_and_at_most_six(page, gallery_url):
    opened(page, f"{gallery_url}/resident/")
    large = jpeg(3200, 2400, noise=True)
    page.set_input_files("#plain_photos", [{"name": "大.jpg", "mimeType": "image/jpeg", "buffer": large}])
    page.wait_for_selector(".photo-previews li")
    size = page.evaluate("document.querySelector('#plain_photos').files[0].size")
    assert size < len(large)
    width = page.evaluate(
        "createImageBitmap(document.querySelector('#plain_photos').files[0]).then(b => [b.width, b.height])"
    )
    assert width == [2048, 1536]

    small = jpeg(40, 30)
    page.set_input_files(
        "#plain_photos", [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": small} for n in range(8)]
    )
    until(page, "document.querySelectorAll('.photo-previews li').length === 6")
    assert page.evaluate("document.querySelector('#plain_photos').files.length") == 6
    assert "最多 6 张" in page.inner_text("[data-say]")

    page.click(".photo-previews li:first-child button")
    assert page.locator(".photo-previews li").count() == 5
    assert page.evaluate("document.querySelector('#plain_photos').files.length") == 5


def test_a_form_waits_for_photos_that_are_being_made_smaller(page, gallery_url):
    opened(page, f"{gallery_url}/resident/")
    page.evaluate(
        """() => { window.sizes = null; document.querySelector("form[data-module~=once]").noValidate = true;
        addEventListener("submit", (event) => {
            event.preventDefault();
            window.sizes = [...document.querySelector("#plain_photos").files].map((file) => file.size);
        }); }"""
    )
    large = jpeg(3000, 2000, noise=True)
    page.set_input_files("#plain_photos", [{"name": "大.jpg", "mimeType": "image/jpeg", "buffer": large}])
    page.evaluate("document.querySelector('form[data-module~=once] .button-call').click()")
    until(page, "window.sizes")
    assert page.evaluate("window.sizes[0]") < len(large)


def test_characters_are_counted_as_the_server_counts_them(page, gallery_url):
    opened(page, f"{gallery_url}/")
    page.fill("#kept_words", "灯😀" * 5)
    assert page.inner_text("#kept_words_count") == "还可以写 20 个字"
    page.fill("#kept_words", "灯" * 31)
    assert page.inner_text("#kept_words_count") == "多了 1 个字"


def test_letters_and_colours_change_at_once_and_stay(page, gallery_url):
    opened(page, f"{gallery_url}/resident/")
    page.evaluate("window.same = true")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    with page.expect_response("**/look/"):
        page.click("button[name=elder]:visible")
    with page.expect_response("**/look/"):
        page.click("button[name=theme]:visible")
    with page.expect_response("**/look/"):
        page.click("button[name=theme]:visible")
    assert page.evaluate("window.same && getComputedStyle(document.documentElement).fontSize") == "24px"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != paper
    page.reload()
    assert page.evaluate("[document.documentElement.dataset.theme, 'elder' in document.documentElement.dataset]") == [
        "dark",
        True,
    ]


def test_everything_in_the_list_is_reached_by_keyboard(chrome, gallery_url):
    page = chrome.new_page(viewport={"width": 1440, "height": 900})
    opened(page, f"{gallery_url}/staff/")
    focused = "document.activeElement.textContent"
    page.evaluate("document.querySelector('.row-title[aria-current]').removeAttribute('aria-current')")
    page.keyboard.press("j")
    first = page.evaluate(focused)
    page.keyboard.press("j")
    assert page.evaluate(focused) != first
    page.keyboard.press("k")
    assert page.evaluate(focused) == first
    page.keyboard.press("/")
    page.keyboard.type("jk?")
    assert page.input_value("input[type=search]") == "jk?"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.evaluate("document.querySelector('[data-keys-help]').open")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.querySelector('[data-keys-help]').open")
    page.keyboard.press("Escape")
    assert page.evaluate("document.querySelector('.desk-side').childElementCount") == 0
    page.close()


@pytest.mark.parametrize("bits", [0, 8, 14])
def test_a_proof_of_work_is_found_and_true(page, gallery_url, bits):
    opened(page, f"{gallery_url}/resident/")
    page.evaluate(
        """async (bits) => {
            const form = document.createElement("form");
            form.innerHTML = `<div data-challenge="呼应-7" data-bits="${bits}"><input type="hidden" name="proof"></div><button>发</button>`;
            document.querySelector("main").append(form);
            window.proofs = [];
            form.addEventListener("submit", (event) => { event.preventDefault(); window.proofs.push(form.elements.proof.value); });
            (await import("/static/js/modules/pow.js")).mount(form.firstElementChild);
            form.querySelector("button").click();
        }""",
        bits,
    )
    until(page, "window.proofs.length === 1")
    found = page.evaluate("window.proofs[0]")
    digest = hashlib.sha256(f"呼应-7:{found}".encode()).digest()
    assert int.from_bytes(digest) >> (256 - bits) == 0


def test_a_live_part_is_refreshed_by_the_stream_and_by_asking_when_the_stream_fails(page, gallery_url):
    opened(page, f"{gallery_url}/resident/")
    page.evaluate(
        """async () => {
            window.refreshed = 0;
            window.streams = [];
            window.EventSource = class { static CLOSED = 2; constructor(url) { this.url = url; window.streams.push(this); } close() { this.closed = true; } };
            const part = document.createElement("div");
            part.dataset.liveUrl = "/live/7";
            document.querySelector("main").append(part);
            part.addEventListener("live", () => { window.refreshed += 1; });
            window.ticks = [];
            window.setInterval = (work) => window.ticks.push(work);
            (await import("/static/js/modules/live.js")).mount(part);
        }"""
    )
    assert page.evaluate("window.streams.map(s => s.url)") == ["/live/7"]
    page.evaluate("for (let n = 0; n < 5; n++) window.streams[0].onmessage({data: '{}'})")
    page.wait_for_timeout(1300)
    assert page.evaluate("window.refreshed") == 1
    page.evaluate("window.streams[0].readyState = 2; window.streams[0].onerror(); window.ticks[0]()")
    page.wait_for_timeout(1300)
    assert page.evaluate("[window.streams[0].closed, window.refreshed]") == [True, 2]


def test_one_stream_serves_several_parts_and_a_part_that_waits_for_one_row(page, gallery_url):
    opened(page, f"{gallery_url}/resident/")
    page.evaluate(
        """async () => {
            window.heard = [];
            window.EventSource = class { static CLOSED = 2; constructor() { window.stream = this; } close() {} };
            const part = (mark, only) => {
                const one = document.createElement("div");
                one.className = "fresh";
                if (only) one.dataset.liveOnly = only;
                one.addEventListener("live", () => window.heard.push(mark));
                document.querySelector("main").append(one);
                return one;
            };
            part("list");
            part("call", "call:12");
            const source = document.createElement("div");
            Object.assign(source.dataset, { liveUrl: "/live/7", liveTarget: ".fresh" });
            document.querySelector("main").append(source);
            (await import("/static/js/modules/live.js")).mount(source);
        }"""
    )
    for data, heard in (
        ('{"changed":[["call",7,"calls.noted"]]}', ["list"]),
        ('{"changed":[["call",12,"calls.noted"]]}', ["list", "list", "call"]),
        # Too much to be named: everybody looks.
        ("{}", ["list", "list", "call", "list", "call"]),
    ):
        page.evaluate("(data) => window.stream.onmessage({ data })", data)
        page.wait_for_timeout(1300)
        assert page.evaluate("window.heard") == heard


def test_a_chart_is_drawn_within_the_policy(page, gallery_url):
    opened(page, f"{gallery_url}/")
    page.wait_for_selector(".chart canvas")
    page.hover(".chart canvas")
    page.wait_for_timeout(200)
    assert page.locator(".chart + .table-frame td").count() == 12


def test_without_scripts_the_page_still_offers_everything(chrome, gallery_url):
    context = chrome.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{gallery_url}/resident/")
    assert page.locator("#plain_photos").is_visible()
    assert not page.locator(".photo-drop .icon").is_visible()
    page.click("button[name=elder]:visible")
    assert page.url.endswith("/look/gallery/resident/")
    assert page.locator("html[data-elder]").count() == 1
    context.close()


@pytest.mark.parametrize("elder", ["0", "1"])
@pytest.mark.parametrize("shell", ["public", "resident", "staff"])
@pytest.mark.parametrize("width", [360, 820, 1440])
def test_nothing_sticks_out_and_targets_are_large_enough(chrome, gallery_url, shell, width, elder):
    context = chrome.new_context(viewport={"width": width, "height": 844})
    context.add_cookies([{"name": "elder", "value": elder, "url": gallery_url}])
    page = context.new_page()
    opened(page, f"{gallery_url}/{shell}/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        """(main) => [...document.querySelectorAll(".button, .switch, .input, .tabs a, .rail-items a, .choice, .check, summary, .page-nav a")]
            .filter((one) => one.offsetParent && one.type !== "file")
            .filter((one) => {
                const box = one.getBoundingClientRect();
                const least = main && one.matches(".button-call, .button-answer, .choice") && !one.matches(".button-small") ? 60 : 44;
                return box.height < least - 0.5 || box.width < 44 - 0.5;
            })
            .map((one) => one.className + " " + one.textContent.trim().slice(0, 20))""",
        elder == "1",
    )
    assert small == []
    if elder == "1":
        tiny = page.evaluate(
            """() => { const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT); const found = [];
            while (walker.nextNode()) { const one = walker.currentNode.parentElement;
                if (walker.currentNode.textContent.trim() && one.offsetParent && !one.closest("svg, script, .sr")
                    && parseFloat(getComputedStyle(one).fontSize) < 24) found.push(one.className + one.textContent.trim().slice(0, 12)); }
            return found; }"""
        )
        assert tiny == []
    context.close()


# Pages that ask the database, the log-in among them, are looked at in tests/journeys/test_axe.py.
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["public/", "resident/", "staff/", "../../", "../../nowhere/"])
def test_axe_finds_nothing(chrome, gallery_url, path, scheme):
    context = chrome.new_context(
        viewport={"width": 1280, "height": 900}, locale="zh-CN", color_scheme=scheme, reduced_motion="reduce"
    )
    page = context.new_page()
    opened(page, f"{gallery_url}/{path}")
    found = Axe().run(page).response["violations"]
    context.close()
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found] == []
