"""The review page in a real browser: keys, fingers, crashes, two tabs, rows that mean harm."""

import re
import shutil
import signal
import subprocess
import sys

import pytest
from patience import PATIENCE
from seat import SITTINGS
from sittings import BESIDE, hostile_items
from test_review_http import Guest, free_port

from dataaug.review.ledger import Ledger

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome is installed"
)
playwright.expect.set_options(timeout=1000 * PATIENCE)
PAUSE = 150
"""Milliseconds between keys: the same key sooner than that is a key held down."""
PHONE = {"viewport": {"width": 390, "height": 780}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as play:
        found = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield found
        found.close()


class Office:
    """A review server in a process of its own, and the pages that are open on it."""

    def __init__(self, browser, path):
        self.browser = browser
        self.path = path
        self.port = free_port()
        self.program = None
        self.complaints = []
        self.foreign = []

    def start(self, rows="6", *options):
        command = [sys.executable, str(SITTINGS), "web", str(self.path), rows,
                   f"port={self.port}", *options]  # fmt: skip
        self.program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.address = self.program.stderr.readline().decode().split()[-1]
        self.guest = Guest(self.address)

    def page(self, context=None, **options):
        context = context or self.browser.new_context(**options)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        page.on("request", self._asked)
        page.set_default_timeout(1000 * PATIENCE)
        page.goto(self.address)
        expect(page.locator("#text, #end-title").first).not_to_be_empty()
        return page

    def _asked(self, request):
        if not request.url.startswith(f"http://127.0.0.1:{self.port}/"):
            self.foreign.append(request.url)

    def stop(self, number=signal.SIGKILL):
        self.program.send_signal(number)
        self.program.communicate()


def expect(locator):
    return playwright.expect(locator)


def press(page, key, place):
    """Press a key and wait for the row that follows."""
    page.wait_for_timeout(PAUSE)
    page.keyboard.press(key)
    expect(page.locator("#count")).to_have_text(place)
    expect(page.locator("#status")).to_have_class("saved")


@pytest.fixture
def office(browser, tmp_path):
    found = Office(browser, tmp_path / "verdicts.jsonl")
    yield found
    for context in browser.contexts:
        context.close()
    if found.program:
        found.stop()
    assert found.complaints == []
    assert found.foreign == []


@pytest.fixture
def page(office):
    office.start()
    return office.page()


def said(office):
    verdicts = Ledger.read(str(office.path)).of("tester")
    return {
        key: tuple(filter(None, (v.verdict, v.reason, v.label, v.note)))
        for key, v in verdicts.items()
    }


def test_one_key_a_row_to_the_end_without_a_mouse(office, page):
    for there in ("#label", "#method", "#text", "#parent-text", "#near-list"):
        expect(page.locator(there)).to_be_visible()
    expect(page.locator("#text ins")).to_have_text(["purchase", "#1"])
    expect(page.locator("#parent-text del")).to_have_text("buy")
    expect(page.locator("#about-title")).to_have_text(" · ".join(BESIDE.facts))
    page.locator("#about-title").click()
    expect(page.locator("#command")).to_have_text(BESIDE.command)
    expect(page.locator("#about .steps li")).to_have_count(2)
    press(page, "y", "2 of 6")
    press(page, "3", "3 of 6")
    page.keyboard.press("n")
    expect(page.locator("#status")).to_have_text("Why is it bad?")
    press(page, "2", "4 of 6")
    page.keyboard.press("n")
    press(page, "Enter", "5 of 6")
    press(page, "s", "6 of 6")
    page.keyboard.press("y")
    expect(page.locator("#end-title")).to_have_text("Every row has a verdict.")
    expect(page.locator("#next code")).to_have_text(BESIDE.steps[0].command)
    page.keyboard.press("Enter")
    expect(page.locator("#end-hint")).to_have_text("You can close this page.")
    assert office.program.wait(PATIENCE) == 0
    assert list(said(office).values()) == [
        ("ok",), ("bad", "nonsense"), ("bad", "meaning"), ("bad",), ("skip",), ("ok",),
    ]  # fmt: skip


def test_undo_relabel_note_and_help_by_keys(office, page):
    press(page, "y", "2 of 6")
    press(page, "u", "1 of 6")
    page.keyboard.press("l")
    expect(page.locator("#label-input")).to_be_focused()
    page.keyboard.type("fe")
    expect(page.locator("#label-list [aria-selected=true]")).to_have_text("fees")
    press(page, "Enter", "2 of 6")
    page.keyboard.press("t")
    page.keyboard.type("yes, no, quit?")  # letters in a field are no keys
    page.keyboard.press("Enter")
    expect(page.locator("#note")).to_have_text("Note: yes, no, quit?")
    press(page, "y", "3 of 6")
    expect(page.locator("#note")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.locator("#help-dialog")).to_be_visible()
    page.keyboard.press("y")
    page.keyboard.press("Escape")
    expect(page.locator("#help-dialog")).to_be_hidden()
    page.keyboard.press("n")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+y")
    expect(page.locator("#count")).to_have_text("3 of 6")
    assert said(office) == {
        "k0": ("bad", "wrong_label", "fees"),
        "k1": ("ok", "yes, no, quit?"),
    }


def test_a_row_whose_label_is_asked_for_has_the_likeliest_ones_on_keys(office):
    office.start("asked")
    page = office.page()
    expect(page.locator("#choices button")).to_have_count(3)
    expect(page.locator("#label-caption")).to_have_text("likely label")
    expect(page.locator("#made-by")).to_be_hidden()
    expect(page.locator("#bad")).to_have_text("n No label fits")
    expect(page.locator("#reasons")).to_be_hidden()
    press(page, "2", "2 of 3")
    press(page, "1", "3 of 3")
    page.wait_for_timeout(PAUSE)
    page.keyboard.press("n")
    expect(page.locator("#end-title")).to_be_visible()
    expect(page.locator("#choices")).to_be_hidden()
    verdicts = Ledger.read(str(office.path)).of("tester")
    assert [(verdicts[key].verdict, verdicts[key].label) for key in ("k0", "k1", "k2")] == [
        ("bad", "refund"), ("ok", None), ("bad", None)]  # fmt: skip


def test_a_reload_goes_on_where_it_was(page):
    press(page, "y", "2 of 6")
    press(page, "1", "3 of 6")
    page.reload()
    expect(page.locator("#count")).to_have_text("3 of 6")
    expect(page.locator("#status")).to_have_text("Going on after 2 rows.")
    press(page, "u", "2 of 6")


def test_kill_9_in_the_middle_loses_nothing(office, page):
    press(page, "y", "2 of 6")
    office.stop(signal.SIGKILL)
    page.keyboard.press("2")
    expect(page.locator("#trouble")).to_contain_text("Your last key is not saved yet.")
    expect(page.locator("#count")).to_have_text("2 of 6")
    expect(page.locator("#status")).not_to_have_class("saved")
    page.keyboard.press("y")  # while one is under way, no other is taken
    assert list(said(office).values()) == [("ok",)]
    office.start()
    expect(page.locator("#count")).to_have_text("3 of 6")
    expect(page.locator("#status")).to_have_class("saved")
    expect(page.locator("#trouble")).to_be_hidden()
    assert list(said(office).values()) == [("ok",), ("bad", "meaning")]
    press(page, "u", "2 of 6")


def test_two_tabs_overwrite_nothing(office, page):
    other = office.page(page.context)
    press(page, "y", "2 of 6")
    other.keyboard.press("1")
    expect(other.locator("#trouble")).to_contain_text("Decided meanwhile")
    expect(other.locator("#count")).to_have_text("2 of 6")
    press(other, "1", "3 of 6")
    page.wait_for_timeout(PAUSE)
    page.keyboard.press("u")  # it does not know what the last verdict is now
    expect(page.locator("#trouble")).to_contain_text("Decided meanwhile")
    assert list(said(office).values()) == [("ok",), ("bad", "wrong_label")]


def test_a_server_with_another_address_is_told_from_one_that_is_away(office, page):
    office.stop()
    office.start("5")  # other rows, so another token
    page.keyboard.press("y")
    expect(page.locator("#trouble")).to_contain_text("another address")
    assert said(office) == {}


def test_a_key_held_down_decides_one_row(office, page):
    for _ in range(6):
        page.keyboard.down("y")
    page.keyboard.up("y")
    expect(page.locator("#count")).to_have_text("2 of 6")
    page.wait_for_timeout(200)
    assert len(said(office)) == 1


def test_other_keyboards_have_the_keys_at_their_place(page):
    page.locator("body").dispatch_event("keydown", {"key": "н", "code": "KeyY"})
    expect(page.locator("#count")).to_have_text("2 of 6")


def test_the_error_rate_is_hidden_until_asked_for(page):
    press(page, "1", "2 of 6")
    assert "rows bad" not in page.locator("body").inner_text()
    page.keyboard.press("v")
    expect(page.locator("#status")).to_have_text("1 of 1 rows bad.")
    press(page, "y", "3 of 6")
    expect(page.locator("#status")).to_have_text("Saved: ok · 1 of 2 rows bad.")


def test_a_narrow_window_cuts_no_reason(page):
    page.set_viewport_size({"width": 390, "height": 780})
    page.keyboard.press("n")
    expect(page.locator("#reasons")).to_have_class("asked")
    for button in page.locator("#reasons button").all():
        box = button.bounding_box()
        assert box["x"] + box["width"] <= 390


def test_a_phone_has_large_buttons_and_takes_swipes(office):
    office.start()
    page = office.page(**PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in page.locator("footer button:visible").all():
        assert button.bounding_box()["height"] >= 44
    swipe(page, 60, 330)
    expect(page.locator("#count")).to_have_text("2 of 6")
    swipe(page, 330, 60)
    expect(page.locator("#reasons")).to_have_class("asked")
    page.locator("#reasons button", has_text="not natural").tap()
    expect(page.locator("#count")).to_have_text("3 of 6")
    swipe(page, 200, 240)  # too short for a verdict
    page.locator("#ok").tap()
    expect(page.locator("#count")).to_have_text("4 of 6")
    page.locator("#undo").tap()
    expect(page.locator("#count")).to_have_text("3 of 6")
    assert list(said(office).values()) == [("ok",), ("bad", "unnatural")]


def swipe(page, start, end):
    line = page.context.new_cdp_session(page)

    def send(kind, *points):
        line.send("Input.dispatchTouchEvent",
                  {"type": kind, "touchPoints": [{"x": x, "y": 200} for x in points]})  # fmt: skip

    send("touchStart", start)
    for step in range(1, 6):
        send("touchMove", start + (end - start) * step / 5)
    send("touchEnd")


@pytest.mark.parametrize("options", [{}, PHONE], ids=["window", "phone"])
def test_rows_that_mean_harm_are_text(office, options):
    office.start("hostile")
    page = office.page(**options)
    total = len(hostile_items())
    seen = ""
    for number in range(1, total + 1):
        expect(page.locator("#count")).to_have_text(f"{number} of {total}")
        if page.locator("#more").is_visible():
            page.keyboard.press("m")
            expect(page.locator("#more")).to_be_hidden()
        assert page.locator("main script, main img, main a, main iframe, main style").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert re.fullmatch(r"\d+/\d+ · dataaug spotcheck", page.title())
        seen += page.locator("#text").inner_text()[:3000]
        page.wait_for_timeout(PAUSE)
        page.keyboard.press("s")
    expect(page.locator("#end-title")).to_be_visible()
    for there in (
        "</script><script",
        "onerror=",
        "[link=",
        "[/]",
        "\\u{1b}",
        "\\u{202e}",
        "\\u{200b}",
    ):
        assert there in seen


def test_a_row_of_100_kb_shows_its_change_first(office):
    office.start("hostile")
    page = office.page()
    total = len(hostile_items())
    for number in range(2, total - 2):
        press(page, "s", f"{number} of {total}")
    expect(page.locator("#text ins")).to_contain_text("CHANGED")
    expect(page.locator("#text ins")).to_be_in_viewport()
    assert len(page.locator("#text").inner_text()) < 2000
    page.keyboard.press("m")
    expect(page.locator("#more")).to_be_hidden()
    assert len(page.locator("#text").inner_text()) > 90_000


@pytest.mark.parametrize(("scheme", "ground"), [("light", "246, 247, 248"), ("dark", "20, 23, 27")])
def test_light_and_dark_follow_the_system(office, scheme, ground):
    office.start()
    page = office.page(color_scheme=scheme)
    expect(page.locator("body")).to_have_css("background-color", f"rgb({ground})")


def test_everything_has_a_name_and_news_are_announced(page):
    for button in page.locator("button:visible, input:visible").all():
        assert button.get_attribute("aria-label") or button.inner_text().strip()
    tree = page.locator("body").aria_snapshot()
    for there in ("main", "status", "progressbar", 'group "Verdict"', 'button "y OK"'):
        assert there in tree, tree
    press(page, "y", "2 of 6")
    expect(page.locator("#spoken")).to_contain_text("Row 2 of 6. Label delivery. My package")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_browser_keeps_the_address_to_itself(page):
    cached = page.evaluate("caches.keys()")
    assert cached == []
    assert page.evaluate("document.referrer") == ""
    assert page.evaluate("document.cookie + localStorage.length + sessionStorage.length") == "00"
