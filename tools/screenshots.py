"""Take the pictures of docs/images anew: pages of the demo in a real browser, without a head.

It needs playwright, a chromium, and the embedded model: ``pip install playwright``.

    python tools/screenshots.py
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs" / "images"
PICTURES = {
    "evaluate": ("evaluate", 1000, 700, "light"),
    "compare": ("compare", 1000, 900, "light"),
    "compare-phone": ("compare", 390, 720, "dark"),
    "filter": ("filter", 1000, 900, "light"),
}
"""Name of the picture: page, width and height in CSS pixels, and colour scheme."""
FROM = {"compare-phone": "All numbers", "filter": "Why rows were rejected"}
"""The heading at a picture's top, where that is not the page's."""
COMMANDS = (
    "filter more.jsonl --against test.jsonl --html filter.html -o good.jsonl",
    "compare mixed.jsonl --html compare.html -o findings.jsonl",
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
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto((home / f"{page_name}.html").as_uri())
    if name in FROM:
        top = page.get_by_role("heading", name=FROM[name], exact=True).bounding_box()
        page.evaluate(f"window.scrollTo(0, {top['y'] - 16 if top else 0})")
    page.screenshot(path=images / f"{name}.png")
    context.close()


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, help="a folder of pages that is there already")
    parser.add_argument("--images", type=Path, default=IMAGES)
    given = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        home = given.home or made(Path(folder))
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name in PICTURES:
            take(browser, home, name, given.images)
        browser.close()


if __name__ == "__main__":
    main()
