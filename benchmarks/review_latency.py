"""How long a reviewer waits: from a key to the next row, in the terminal and in the browser.

    python benchmarks/review_latency.py ROWS.jsonl [--browser /usr/bin/chromium]

Reviews 100 synthetic rows of a file by ``dataaug spotcheck`` on a pseudo-terminal and in a real
browser (playwright), one key a row, and prints medians and 95th percentiles in milliseconds.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from seat import Seat

PAUSE = 0.12  # seconds: the same key sooner than that is a key held down


def command(rows, kind, folder):
    return [sys.executable, "-m", "dataaug", "spotcheck", str(rows), "--review", kind,
            "--suspicious", "0", "--verdicts", str(Path(folder) / f"{kind}.jsonl"), "-o",
            str(Path(folder) / "out.jsonl")]  # fmt: skip


def at_terminal(rows, folder):
    found = []
    with Seat(command(rows, "terminal", folder), stdin=subprocess.DEVNULL) as seat:
        begun = time.perf_counter()
        seat.until("1 of 100")
        first = time.perf_counter() - begun
        for number in range(1, 101):
            seat.read(PAUSE)
            begun = time.perf_counter()
            wanted = f"{number + 1} of 100" if number < 100 else "All 100 rows"
            mark = len(seat.sent)
            seat.press("y", pause=0)
            while wanted not in seat.frame or len(seat.sent) == mark:
                seat.read(0)
            found.append(1000 * (time.perf_counter() - begun))
        seat.press("\r")
        seat.end()
    return first, found


def in_browser(rows, folder, browser):
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415 - only here

    found = []
    program = subprocess.Popen(command(rows, "web", folder), stderr=subprocess.PIPE, text=True)
    begun = time.perf_counter()
    address = program.stderr.readline().split()[-1]
    first = time.perf_counter() - begun
    with sync_playwright() as play:
        page = play.chromium.launch(executable_path=browser, args=["--no-sandbox"]).new_page()
        page.goto(address)
        expect(page.locator("#text")).not_to_be_empty()
        # The page itself takes the time: from its key event to the next row's text.
        page.evaluate("""() => {
            window.waits = [];
            const pressed = () => { window.pressed = performance.now(); };
            document.addEventListener("keydown", pressed, true);
            new MutationObserver(() => window.waits.push(performance.now() - window.pressed))
                .observe(document.getElementById("count"), {childList: true});
        }""")
        for number in range(1, 101):
            page.wait_for_timeout(1000 * PAUSE)
            page.keyboard.press("y")
            if number < 100:
                expect(page.locator("#count")).to_have_text(f"{number + 1} of 100")
        expect(page.locator("#end-title")).to_be_visible()
        found = page.evaluate("window.waits")
        page.keyboard.press("Enter")
    program.communicate()
    return first, found


def main():
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("rows", type=Path)
    given.add_argument("--browser", default="/usr/bin/chromium")
    options = given.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, (first, waits) in (
            ("terminal", at_terminal(options.rows, folder)),
            ("browser", in_browser(options.rows, folder, options.browser)),
        ):
            middle, high = statistics.median(waits), sorted(waits)[int(0.95 * len(waits))]
            print(
                f"{name}: {len(waits)} rows; first row after {first:.1f} s; key to next row "
                f"{middle:.0f} ms (95 %: {high:.0f} ms, longest {max(waits):.0f} ms)"
            )


if __name__ == "__main__":
    main()
