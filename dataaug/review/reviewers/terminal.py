"""Review rows at the keyboard of a terminal, one key a row."""

from collections.abc import Callable, Sequence

from dataaug.review.items import BAD_REASONS, RELABEL, Decision, ReviewItem, ReviewVerdict
from dataaug.review.reviewers import Reviewer
from dataaug.review.session import ReviewSession
from dataaug.review.ui import screen
from dataaug.review.ui.display import DisplayItem, display_item, shown_label, verdict_text
from dataaug.review.ui.keys import Key
from dataaug.review.ui.line import InputLine
from dataaug.review.ui.shown import SHORT
from dataaug.review.ui.tty import Terminal
from dataaug.text.printable import safe

_HELD = 0.1
"""Seconds within which the same key again is a key held down, not a second decision."""
_MOVES = {"up", "down", "page up", "page down", "home", "end"}
"""Keys that decide nothing, so that they may be held down."""
_SHOWN = 8
"""Labels that are listed at a time."""

_KEYS = (
    ("y", "ok"), ("n", "bad"), ("s", "skip"), ("u", "undo"), ("l", "relabel"), ("t", "note"),
    ("m", "more"), ("?", "help"), ("q", "quit"),
)  # fmt: skip

_Rows = Sequence[Sequence[tuple[str, str]]]

_HELP = """\
y      OK: text and label are right
n      bad; then the number of a reason, or Enter for none
1-9    bad for this reason, in one key
l      bad: another label is right; type some letters of it, Enter takes it
s      skip: it counts as neither; the next start asks for it again
u      undo: take the last verdict back
t      write a note, kept with the row's verdict
m      show all of a long text
v      show or hide the error rate so far (it may sway you: it is hidden at first)
up, down, page up, page down, home, end   scroll a long row
q      quit; the next start goes on from here. So does Ctrl-C, and even kill -9:
       a verdict is on the disk before the next row is shown

Any key goes back."""

_HELP_LABELS = """\
1-9    the row's label, in one key; y takes the one above
l      another label: type some letters of it, Enter takes it
n      no label fits: the row is set aside
"""


def load(*, plain: bool = False) -> Reviewer:
    """Build the terminal's reviewer.

    Args:
        plain: write one row below the other without control sequences, as for ``TERM=dumb``;
            screen readers follow that better.
    """
    return _AtTerminal(plain)


class _AtTerminal:
    def __init__(self, plain: bool) -> None:
        self._plain = plain

    def review(self, session: ReviewSession) -> None:
        with Terminal(plain=self._plain or screen.is_dumb()) as terminal:
            _TerminalSession(terminal, session).sit()


class _TerminalSession:
    """A review session at a terminal."""

    def __init__(self, terminal: Terminal, session: ReviewSession) -> None:
        self._terminal = terminal
        self._session = session
        self._said = f"going on after {session.decided} rows" if session.decided else ""
        self._rate = False
        self._last = ("", 0.0)
        self._laid: object = None  # what the lines below were made of: long rows take a while
        self._lines: list[str] = []
        self._fresh()

    def _fresh(self) -> None:
        """Forget what belongs to the row before."""
        self._note = ""
        self._whole = False
        self._first = 0
        self._unseen = True
        self._laid = None
        self._page = screen.Page([], 0, 0)

    def sit(self) -> None:
        """Show rows until all have a verdict or the person leaves."""
        going = True
        while going:
            self._fresh()
            item = self._session.next()
            going = self._end() if item is None else self._row(item)

    def _row(self, item: ReviewItem) -> bool:
        """Show a row until something is decided; return whether the session goes on."""
        acts: dict[str, Callable[[ReviewItem], bool]] = {
            "y": lambda item: self._put(item, "ok"),
            "n": self._bad,
            "s": lambda item: self._put(item, "skip"),
            "u": self._undo,
            "l": self._relabel,
            "t": self._write,
            "m": self._more,
            "v": self._show_rate,
            "?": self._help,
        }
        while True:
            key = self._key(item)
            if key.name in {"q", "hang up", "end of input"}:
                return False
            if key.name.isdecimal() and 0 < int(key.name) <= len(_choices(item)):
                return self._pick(item, int(key.name) - 1)
            if key.name in acts and acts[key.name](item):
                return True
            self._scroll(key)

    def _key(self, item: ReviewItem) -> Key:
        """Draw the row and wait for a key; one that is held down counts once."""
        while True:
            self._draw(item, self._said, (_choices(item), _KEYS))
            key = self._terminal.key()
            key = key._replace(name=key.name.lower()) if len(key.name) == 1 else key
            before, when = self._last
            self._last = (key.name, self._terminal.sent_at)
            if key.name in _MOVES or key.name != before or self._last[1] - when >= _HELD:
                return key

    def _pick(self, item: ReviewItem, number: int) -> bool:
        """Take the label, or the reason, that stands on a key."""
        if not item.suggested:
            return self._put(item, "bad", list(BAD_REASONS)[number])
        said = item.labelled(item.suggested[number])
        return self._put(item, said.verdict, said.reason, said.label)

    def _put(
        self, item: ReviewItem, verdict: Decision, reason: str = "", label: str | None = None
    ) -> bool:
        said = ReviewVerdict(verdict, reason, label, self._note)
        self._session.put(item, said)
        self._said = f"saved: {verdict_text(said)}{self._so_far()}"
        return True

    def _bad(self, item: ReviewItem) -> bool:
        """Ask for a reason: a number, Enter for none, Esc to leave the row undecided."""
        if item.suggested:  # no label fits, whatever the reason
            return self._put(item, "bad")
        self._last = ("", 0.0)
        below = (_choices(item), (("Enter", "no reason"), ("Esc", "back")))
        while True:
            self._draw(item, "why is it bad?", below)
            key = self._terminal.key()
            if key.name == "enter":
                return self._put(item, "bad")
            if key.name.isdecimal() and 0 < int(key.name) <= len(BAD_REASONS):
                return self._put(item, "bad", list(BAD_REASONS)[int(key.name) - 1])
            if key.name in {"escape", "hang up", "q", "u"}:
                return False

    def _undo(self, _item: ReviewItem | None) -> bool:
        gone = self._session.undo()
        self._said = "taken back: decide again" if gone else "there is nothing to take back"
        return gone is not None

    def _relabel(self, item: ReviewItem) -> bool:
        label = self._ask(item, "the right label", InputLine(self._session.labels))
        if label == item.record.label:
            self._said = "that is the label it has"
        elif label:
            return self._put(item, "bad", RELABEL, label)
        return False

    def _write(self, item: ReviewItem) -> bool:
        typed = self._ask(item, "note", InputLine(typed=self._note))
        self._note = self._note if typed is None else typed
        return False

    def _more(self, _item: ReviewItem) -> bool:
        if self._whole:
            self._scroll(Key("page down"))
        self._whole = True
        return False

    def _show_rate(self, _item: ReviewItem) -> bool:
        self._rate = not self._rate
        self._said = self._so_far().removeprefix(" · ")
        return False

    def _so_far(self) -> str:
        return f" · {self._session.summary()}" if self._rate else ""

    def _help(self, item: ReviewItem) -> bool:
        paper = self._paper()
        told = _HELP_LABELS + _HELP[_HELP.index("s      ") :] if item.suggested else _HELP
        lines = [f"  {line}" for line in told.splitlines()]
        self._terminal.show([line[: paper.width] for line in lines][: paper.lines or None])
        while self._terminal.key().name == "resize":
            pass
        return False

    def _ask(self, item: ReviewItem, what: str, line: InputLine) -> str | None:
        """Let the person type a line; None if it was left."""
        while line.done is None:
            found = line.found
            first = max(0, line.place - _SHOWN + 1)
            shown = [
                (">" if number == line.place else " ", safe(choice))
                for number, choice in enumerate(found[first : first + _SHOWN], first)
            ]
            ends = (("Enter", "take"), ("Esc", "back"))
            said = f"{what}: {safe(line.typed, 2000)}_"
            said += f" → {safe(line.value)}" if line.choices and line.value else ""
            self._draw(item, said, (*((pair,) for pair in shown), ends))
            line.take(self._terminal.key())
        return line.value if line.done else None

    def _end(self) -> bool:
        """All rows have a verdict: Enter ends, undo goes back."""
        while True:
            summary = self._session.summary()
            self._terminal.show(screen.end(self._title(), summary, self._paper()))
            key = self._terminal.key().name
            if key in {"enter", "q", "hang up", "end of input"}:
                return False
            if key == "u" and self._undo(None):
                return True

    def _title(self) -> str:
        session = self._session
        return session.settled() or f"All {session.total} rows have a verdict."

    def _scroll(self, key: Key) -> None:
        page, far = self._page.step, len(self._lines)
        steps = {"up": -1, "down": 1, "page up": -page, "page down": page, "home": -far, "end": far}
        self._first = max(0, self._page.first + steps.get(key.name, 0))

    def _paper(self) -> screen.Paper:
        columns, lines = self._terminal.size
        return screen.Paper(columns, 0 if self._terminal.plain else lines, self._terminal.plain)

    def _draw(self, item: ReviewItem, said: str, below: _Rows) -> None:
        paper = self._paper()
        session = self._session
        top = screen.head(session.title, session.place(item), session.total, paper)
        foot = screen.foot(said, below, paper)
        if self._laid != (seen := (item.key, self._whole, self._note, paper)):
            self._laid = seen
            self._lines = screen.body(self._display(item, paper), safe(self._note, 2000), paper)
        elif paper.plain:  # the row has been read already
            self._terminal.show(foot)
            return
        self._page = screen.whole_screen(top, self._lines, foot, paper, self._first)
        if self._unseen:  # what was typed before the row was there is not about it
            self._terminal.drop()  # before it is written: the answer may come at once
            self._unseen = False
        self._terminal.show(self._page.lines)

    def _display(self, item: ReviewItem, paper: screen.Paper) -> DisplayItem:
        room = paper.width * max(3, (paper.lines or 24) // 4)
        return display_item(item, 0 if self._whole else min(SHORT, room))


def _choices(item: ReviewItem) -> tuple[tuple[str, str], ...]:
    """Return what stands on the keys from 1 on: likely labels, or reasons why a row is bad."""
    texts = map(shown_label, item.suggested) if item.suggested else BAD_REASONS.values()
    return tuple((str(number), text) for number, text in enumerate(texts, 1))
