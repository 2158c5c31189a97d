"""The HTML reports in a real browser, full of rows that try to break out."""

import shutil
import socket
import subprocess
import threading

import pytest
from hostile import PAGES
from patience import PATIENCE
from test_html import TAGS, Elements

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome is installed"
)


def browse(page, folder, *options):
    """Open a page without a head and return what the browser prints."""
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-proxy-server",
         f"--timeout={1000 * PATIENCE}", "--window-size=1000,1600",
         f"--user-data-dir={folder / 'profile'}",
         *options, page.as_uri()],
        capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


class Listener:
    """A server that counts who calls and says nothing."""

    def __init__(self):
        self.calls = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/x"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                caller, _ = self.socket.accept()
            except OSError:
                return
            self.calls += 1
            caller.close()


@pytest.fixture
def listener():
    found = Listener()
    yield found
    found.socket.close()


def test_the_listener_hears_a_page_that_calls(listener, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(f"<img src='{listener.url}'>", "utf-8")
    browse(page, tmp_path, "--dump-dom")
    assert listener.calls


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_browser_shows_the_page_and_nothing_of_the_rows_takes_effect(name, listener, tmp_path):
    page = tmp_path / "page.html"
    page.write_text(PAGES[name](listener.url), "utf-8")
    tree = browse(page, tmp_path, "--dump-dom")
    found = Elements(tree)
    assert found.tags <= TAGS
    assert "<title>dataaug" in tree
    assert not [key for key, _ in found.attributes if key.startswith("on") or key == "src"]
    assert not [value for key, value in found.attributes
                if key.endswith("href") and not value.startswith("#")]  # fmt: skip
    assert listener.calls == 0


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as play:
        found = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


def opened(browser, tmp_path, name, **context):
    file = tmp_path / "page.html"
    file.write_text(PAGES[name](), "utf-8")
    page = browser.new_context(**context).new_page()
    page.goto(file.as_uri())
    return page


GROUND = "getComputedStyle(document.body).backgroundColor"
FILLS = """[...document.querySelectorAll("svg text, svg rect, svg circle, svg path.band")].map(
    shape => getComputedStyle(shape).fill)"""


@pytest.mark.parametrize(("scheme", "ground", "ink"), [
    ("light", "rgb(255, 255, 255)", "rgb(29, 33, 39)"),
    ("dark", "rgb(28, 33, 39)", "rgb(233, 235, 238)"),
])  # fmt: skip
@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_page_and_its_plots_are_light_or_dark(browser, tmp_path, name, scheme, ground, ink):
    page = opened(browser, tmp_path, name, color_scheme=scheme)
    assert page.evaluate(GROUND) == ground
    fills = page.evaluate(FILLS)
    assert ink in fills
    assert "rgb(0, 0, 0)" not in fills  # what a shape without a colour of its own gets


MISPLACED = """[...document.querySelectorAll("svg")].flatMap(svg => {
    const room = svg.getBoundingClientRect(), texts = [...svg.querySelectorAll("text")];
    const boxes = texts.map(text => text.getBoundingClientRect());
    const outside = boxes.map(box => box.left < room.left - 1 || box.right > room.right + 1
        || box.top < room.top - 1 || box.bottom > room.bottom + 1);
    const covers = (one, two) =>
        Math.min(one.right, two.right) - Math.max(one.left, two.left) > 1
        && Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top) > 3;
    return texts.filter((text, n) => outside[n]
        || boxes.some((other, m) => m > n && covers(boxes[n], other)))
        .map(text => text.textContent);
})"""


@pytest.mark.parametrize("name", sorted(PAGES))
def test_texts_of_a_plot_stay_inside_and_cover_none(browser, tmp_path, name):
    page = opened(browser, tmp_path, name, viewport={"width": 1000, "height": 900})
    assert page.evaluate("document.querySelectorAll('svg text').length") > 10
    assert page.evaluate(MISPLACED) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_verdicts_are_seen_on_a_phone_without_scrolling(browser, tmp_path):
    page = opened(browser, tmp_path, "compare", viewport={"width": 390, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for said in ("verdict", "real"):
        head = page.get_by_role("columnheader", name=said, exact=True).first.bounding_box()
        assert head["x"] + head["width"] <= 390
