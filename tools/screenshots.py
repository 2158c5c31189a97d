"""Take the pictures of docs/images anew: pages of the demo in a real browser, without a head.

It needs playwright, a chromium, and the embedded model: ``pip install playwright``.

    python tools/screenshots.py
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
PICTURES = {
    "evaluate": ("evaluate", 1000, 700, "light"),
    "compare": ("compare", 1000, 900, "light"),
    "compare-phone": ("compare", 390, 720, "dark"),
    "filter": ("filter", 1000, 900, "light"),
    "tune": ("tune", 1000, 900, "light"),
}
"""Name of the picture: page, width and height in CSS pixels, and colour scheme."""
FROM = {"compare-phone": "All numbers", "filter": "Why rows were rejected"}
"""The heading at a picture's top, where that is not the page's."""
COMMANDS = (
    "filter more.jsonl --against test.jsonl --html filter.html -o good.jsonl",
    "compare mixed.jsonl --html compare.html -o findings.jsonl",
    "tune labelled.jsonl --pool pool.jsonl --classifier tfidf --html tune.html -o tuned.jsonl",
)


def made(folder: Path) -> Path:
    """Run the demo and what makes the other pages, and return the folder with them."""
    home = folder / "demo"
    dataaug = [sys.executable, "-m", "dataaug"]
    subprocess.run([*dataaug, "demo", "-o", str(home)], check=True, stdout=subprocess.DEVNULL)
    for command in COMMANDS:
        subprocess.run([*dataaug, *command.split()], check=True, cwd=home)
    return home


def take(browser: Browser, home: Path, name: str, images: Path) -> None:
    """Take one picture."""
    page_name, width, height, scheme = PICTURES[name]
    page = opened(browser, (home / f"{page_name}.html").as_uri(), width, height, scheme)
    if name in FROM:
        top = page.get_by_role("heading", name=FROM[name], exact=True).bounding_box()
        page.evaluate(f"window.scrollTo(0, {top['y'] - 16 if top else 0})")
    page.screenshot(path=images / f"{name}.png")
    page.context.close()


REVIEWS = {
    "spotcheck-web": ("spotcheck mixed.jsonl --embedder auto", 900, 720, "light", ""),
    "spotcheck-phone": ("spotcheck mixed.jsonl", 390, 780, "dark", "n"),
    "spotcheck-end": ("spotcheck mixed.jsonl -n 3 --suspicious 0", 900, 620, "light", "yyy"),
    "label-web": ("label pool.jsonl --train labelled.jsonl --ask 9", 900, 620, "light", ""),
}
"""Name of the picture: the review, width, height, colour scheme, and the keys pressed before."""


@contextmanager
def reviewed(command: str, home: Path) -> Iterator[str]:
    """Run a review in the browser and give its address."""
    with tempfile.TemporaryDirectory() as folder:
        words = [*command.split(), "--review", "web", "--verdicts", "verdicts.jsonl"]
        running = subprocess.Popen(
            [sys.executable, "-m", "dataaug", *words], cwd=home, stderr=subprocess.PIPE, text=True,
            stdout=subprocess.DEVNULL, env={**os.environ, "HOME": folder},
        )  # fmt: skip
        try:
            said = (line.split() for line in running.stderr or ())
            yield next(words[-1] for words in said if words[:2] == ["review", "at"])
        finally:
            running.terminate()
            running.communicate()
            (home / "verdicts.jsonl").unlink(missing_ok=True)


def take_review(browser: Browser, home: Path, name: str, images: Path) -> None:
    """Take the picture of a review that goes on."""
    command, width, height, scheme, keys = REVIEWS[name]
    with reviewed(command, home) as address:
        page = opened(browser, address, width, height, scheme)
        page.locator("#question").wait_for()
        for key in keys:
            page.wait_for_timeout(300)
            page.keyboard.press(key)
        page.wait_for_timeout(300)
        page.screenshot(path=images / f"{name}.png")
        page.context.close()


def opened(browser: Browser, address: str, width: int, height: int, scheme: str) -> Page:
    """Open a page in a window of its own."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(address)
    return page


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="a folder of pages that is there already")
    parser.add_argument("--images", type=Path, default=IMAGES)
    parser.add_argument("--only", nargs="*", help="names of pictures; all without it")
    given = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        home = given.home or made(Path(folder))
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in PICTURES.keys() | REVIEWS.keys():
            if given.only is None or name in given.only:
                (take if name in PICTURES else take_review)(browser, home, name, given.images)
        browser.close()


if __name__ == "__main__":
    main()
