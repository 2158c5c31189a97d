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


@pytest.mark.parametrize(("scheme", "ground"), [(1, (246, 247, 248)), (0, (20, 23, 27))])
def test_a_page_is_drawn_in_light_and_dark(scheme, ground, tmp_path):
    from PIL import Image

    page, picture = tmp_path / "page.html", tmp_path / "page.png"
    page.write_text(PAGES["compare"](), "utf-8")
    browse(page, tmp_path, f"--screenshot={picture}",
           f"--blink-settings=preferredColorScheme={scheme}")  # fmt: skip
    with Image.open(picture) as shown:
        pixels = shown.convert("RGB")
        assert pixels.getpixel((2, 2)) == ground
        assert len(pixels.getcolors(1 << 24)) > 100  # text and plots, not one blank sheet
