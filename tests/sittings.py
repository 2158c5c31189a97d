"""A sitting over a ledger on disk, with rows of every kind; also run as a program of its own.

``python sittings.py REVIEWER LEDGER [N] [key=value…]`` reviews N rows, so that tests can kill it.
"""

import signal
import sys

from attacks import attacks
from making import made, real

from dataaug import plugins
from dataaug.cli.interrupts import Interrupted, raise_interrupted
from dataaug.errors import DataaugError
from dataaug.html.pages import NextStep
from dataaug.plugins import Spec
from dataaug.review.header import Header
from dataaug.review.items import ReviewItem
from dataaug.review.ledger import Ledger
from dataaug.review.page_facts import PageFacts
from dataaug.review.session import ReviewSession

WHO = "tester"
LONG = "lorem ipsum dolor " * 5_600
"""About 100 kB."""
BESIDE = PageFacts(
    "dataaug spotcheck '<b>made</b>.jsonl' --review web",
    ("2026-12-01 01:00 UTC", "dataaug 0.1", "<b>made</b>.jsonl: 6 rows"),
    (NextStep("Write the rows.", "dataaug spotcheck '<b>made</b>.jsonl'"), NextStep("Then rest.")),
)

TEXTS = [
    ("Where can I buy a new card?", "Where can I purchase a new card?", "card_arrival"),
    ("My parcel has still not come", "My package has still not come", "delivery"),
    ("How do I close my account?", "How may I close the account?", "close_account"),
    ("Why was I charged twice?", "Why was I billed twice?", "refund"),
    (None, "I would like to know where my money is.", "refund"),
    ("Is there a fee?", "Is there a charge?", "fees"),
]


def sitting(items, path):
    """Return a sitting of the shipped kind; the same file again goes on where it stopped."""
    ledger = Ledger.read(str(path))
    about = Header("test", len(items), 0, len(items))
    ledger.start(about)
    labels = sorted({item.record.label for item in items} - {None})

    def summary():
        said = ledger.of(WHO).values()
        bad = sum(verdict.verdict == "bad" for verdict in said)
        return f"{bad} of {len(said)} rows bad."

    return ReviewSession(items, labels, ledger, WHO, str, summary, about, beside=BESIDE)


def item(number, parent, text, label, near=()):
    """Return an item; the parent is a text or None."""
    origin = None if parent is None else real(parent, label, id=f"r{number}")
    record = made(text, label, parent=origin, name=f"m{number}", method="synonym")
    return ReviewItem(f"k{number}", record, origin, near)


def plain_items(count):
    """Return rows as a reviewer sees most of the time."""
    found = []
    for number in range(count):
        parent, text, label = TEXTS[number % len(TEXTS)]
        near = [(0.94, f"{text} Really?", "other_label")] if number % 3 == 0 else []
        found.append(item(number, parent, f"{text} #{number + 1}", label, near))
    return found


def asked_items():
    """Return rows whose label is asked for, with likely ones on keys; their own comes first."""
    labels = ("fees", "refund", "delivery")
    return [
        ReviewItem(f"k{n}", real(text, label, id=f"p{n}"),
                   suggested=(label, *(each for each in labels if each != label)))
        for n, (text, label) in enumerate(zip(("fee?", "my money", "my box"), labels, strict=True))
    ]  # fmt: skip


def hostile_items():
    """Return rows that try to break out, in each of their fields, and very long ones."""
    texts = [
        *attacks(),
        "\x1b[31mred\x1b]8;;http://127.0.0.1:9/\x07x [/] [bold]b[/bold] \x9b2J \r\b\x7f\x00",
        "\u202eabc\u202c \u200b\u200d\ufeff \u2066x\u2069 \U000e0041 مرحبا שלום",
    ]
    return [
        *(item(n, texts[n - 1], text, texts[n - 2], [(0.95, text, text)])
          for n, text in enumerate(texts)),
        item(90, LONG, LONG[:50_000] + "CHANGED " + LONG[50_000:], "long"),
        item(91, None, "x" * 100_000, "long"),
        item(92, "a\u200b" * 50_000, "\u200b" * 100_000, "long"),
        item(93, "", "", None),
    ]  # fmt: skip


def sit(kind, path, count="6", *options):
    """Review rows; the exit code is the command line's."""
    signal.signal(signal.SIGTERM, raise_interrupted)
    named = {"hostile": hostile_items, "asked": asked_items}
    items = named[count]() if count in named else plain_items(int(count))
    reviewer = plugins.load("reviewers", Spec(kind, dict(pair.split("=") for pair in options)))
    try:
        reviewer.review(sitting(items, path))
    except DataaugError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except Interrupted:
        return 143
    return 0


if __name__ == "__main__":
    sys.exit(sit(*sys.argv[1:]))
