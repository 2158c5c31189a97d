"""One line that a person types, with labels to choose from where there are any."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dataaug.review.ui.keys import Key

LONGEST = 1_000
"""Letters of a note."""


@dataclass
class InputLine:
    """What has been typed so far, and what may be meant by it.

    Attributes:
        choices: the labels there are; without them every text will do.
        typed: the letters so far.
        done: was it ended by a key: True if taken, False if left.
    """

    choices: Sequence[str] = ()
    typed: str = ""
    done: bool | None = None
    _place: int = field(default=0)

    @property
    def found(self) -> list[str]:
        """The choices that hold what was typed; those that start with it first."""
        wanted = self.typed.strip().casefold()
        held = [choice for choice in self.choices if wanted in choice.casefold()]
        return sorted(held, key=lambda choice: choice.casefold().find(wanted))

    @property
    def place(self) -> int:
        """Which of the found choices is the one that Enter takes."""
        return min(self._place, max(0, len(self.found) - 1))

    @property
    def value(self) -> str:
        """What Enter takes: a choice, or the text where there is nothing to choose from."""
        if not self.choices:
            return self.typed.strip()
        found = self.found
        return found[self.place] if found else ""

    def take(self, key: Key) -> None:
        """Let a key change the line."""
        if key.name in {"enter", "escape", "hang up"}:
            self.done = key.name == "enter"
        elif key.name in {"up", "down", "tab", "back tab"}:
            self._place = self.place + (1 if key.name in {"down", "tab"} else -1)
            self._place = max(0, min(self._place, len(self.found) - 1))
        else:
            self._edit(key)

    def _edit(self, key: Key) -> None:
        before = self.typed
        if key.name == "backspace":
            self.typed = before[:-1]
        elif key.name == "clear":
            self.typed = ""
        elif key.name == "clear word":
            self.typed = before.rstrip().rpartition(" ")[0]
        else:
            self.typed = (before + " ".join(key.text.splitlines()))[:LONGEST]
        if self.typed != before:
            self._place = 0
