"""A review session in a browser: what its page asks for and tells, one request at a time."""

import threading
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from dataaug.errors import DataaugError
from dataaug.review.items import BAD_REASONS, RELABEL, ReviewItem, ReviewVerdict
from dataaug.review.session import ReviewSession
from dataaug.review.ui.display import display_item, verdict_text
from dataaug.review.ui.line import LONGEST
from dataaug.review.ui.server import RequestRefused
from dataaug.review.ui.shown import SHORT, Stretch
from dataaug.rows.seeds import fingerprint
from dataaug.text.printable import safe

_MEANWHILE = "Decided meanwhile, in another tab or on another device. Look at this row now."


class WebSession:
    """Answers the page; every change is on the disk before its answer leaves.

    Args:
        session: the rows and their verdicts.
        linger: seconds from the last verdict to the end, in which it can be taken back.
    """

    def __init__(self, session: ReviewSession, linger: float) -> None:
        self._session = session
        self._linger = linger
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._timer: threading.Timer | None = None
        self._failure: Exception | None = None
        self._closed = False
        self._labels = list(session.labels)

    def wait(self) -> None:
        """Wait until the session is over; no verdict is taken afterwards.

        Raises:
            Exception: what went wrong while answering a request.
        """
        with self._lock:  # a page may have sent the last verdict already
            self._watch()
        self._over.wait()
        with self._lock:
            self._closed = True
        if self._timer:
            self._timer.cancel()
        if self._failure:
            raise self._failure

    def fail(self, error: Exception) -> None:
        """End the session with an error."""
        self._failure = error
        self._over.set()

    def answered(self, name: str) -> None:
        """End the session once the page has been told that it ends."""
        if name in {"finish", "quit"}:
            self._over.set()

    def start(self) -> dict[str, Any]:
        """Return what stays the same for a page, and its first state."""
        beside = self._session.beside
        return {
            "title": self._session.title,
            "reasons": list(BAD_REASONS.items()),
            "labels": [safe(label) for label in self._labels],
            "command": safe(beside.command),
            "facts": [safe(fact) for fact in beside.facts],
            "steps": [[safe(step.said), safe(step.command)] for step in beside.steps],
            "state": self.state(),
        }

    def state(self) -> dict[str, Any]:
        """Return what the page shows now."""
        return self._state()

    def whole(self) -> dict[str, Any]:
        """Return the same with nothing left out of long texts."""
        return self._state(limit=0)

    def put(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Save a verdict.

        Raises:
            Refusal: the request makes no sense, or the disk did not take it.
        """
        with self._lock:
            item, verdict = self._understood(given)
            there = self._session.verdict(item)
            if there is not None and there != verdict:
                return self._state(error=_MEANWHILE)
            if there is None:  # else the answer to this request was lost, or two tabs agree
                self._save(lambda: self._session.put(item, verdict))
            return self._state(f"Saved: {verdict_text(verdict)}")

    def undo(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Take the last verdict back, if the page knows what that is.

        Raises:
            Refusal: the disk did not take it.
        """
        with self._lock:
            if given.get("version") != self._version():
                return self._state(error=_MEANWHILE)
            self._save(self._session.undo)
            return self._state("Taken back. Decide again.")

    def finish(self, _told: Mapping[str, Any]) -> dict[str, Any]:
        """Say that this is the end."""
        with self._lock:
            self._closed = True
            return self._state()

    quit = finish

    def _save(self, change: Any) -> None:
        if self._closed or self._over.is_set():  # the wait is over while a page still asks
            raise RequestRefused(
                HTTPStatus.GONE, "The session is over: start the same command again."
            )
        try:
            change()
        except (OSError, DataaugError) as error:
            raise RequestRefused(
                HTTPStatus.INSUFFICIENT_STORAGE, f"Not saved: {safe(str(error))}"
            ) from error
        self._watch()

    def _watch(self) -> None:
        """End by itself a while after the last verdict."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._session.next() is None:
            self._timer = threading.Timer(self._linger, self._over.set)
            self._timer.daemon = True
            self._timer.start()

    def _understood(self, given: Mapping[str, Any]) -> tuple[ReviewItem, ReviewVerdict]:
        key, verdict, reason = given.get("key"), given.get("verdict"), given.get("reason") or ""
        note, number = given.get("note") or "", given.get("label")
        item = self._session.of_key(key)
        if item is None or verdict not in ("ok", "bad", "skip") or not _is_note(note):
            raise RequestRefused(HTTPStatus.BAD_REQUEST, "not a verdict")
        label = None
        if number is not None:
            if type(number) is not int or not 0 <= number < len(self._labels):
                raise RequestRefused(HTTPStatus.BAD_REQUEST, "not a label")
            label, reason = self._labels[number], RELABEL
            if item.suggested and label == item.record.label:
                return item, ReviewVerdict("ok", note=note)
        if reason and (
            not isinstance(reason, str) or reason not in BAD_REASONS or verdict != "bad"
        ):
            raise RequestRefused(HTTPStatus.BAD_REQUEST, "not a reason")
        return item, ReviewVerdict(verdict, reason, label, note)

    def _version(self) -> str:
        """Return a hash of all verdicts: the same after a restart."""
        session = self._session
        return fingerprint(*(repr(session.verdict(item)) for item in session.items))

    def _state(self, said: str = "", error: str = "", limit: int = SHORT) -> dict[str, Any]:
        with self._lock:
            session = self._session
            item = None if self._closed else session.next()
            return {
                "version": self._version(),
                "total": session.total,
                "decided": session.decided,
                "place": session.place(item) if item else 0,
                "row": self._row(item, limit) if item else None,
                "end": None if item else self._end(),
                "undo": session.decided > 0 and not self._closed,
                "said": said,
                "error": error,
                "rate": session.summary(),
            }

    def _row(self, item: ReviewItem, limit: int) -> dict[str, Any]:
        numbers = [self._labels.index(label) for label in item.suggested]
        return {**_row(item, limit), "suggested": numbers}

    def _end(self) -> dict[str, Any]:
        session = self._session
        whole = session.next() is None
        title = session.settled() or "Every row has a verdict." if whole else "Stopped."
        more = "" if whole else " The same command goes on from here."
        return {
            "title": title,
            "text": f"{session.summary()}{more}",
            "seconds": self._linger,
            "over": self._closed,
        }


def _is_note(note: Any) -> bool:
    return isinstance(note, str) and len(note) <= LONGEST and note.isprintable()


def _row(item: ReviewItem, limit: int) -> dict[str, Any]:
    shown = display_item(item, limit)
    return {
        "key": item.key,
        "label": shown.label,
        "method": shown.method,
        "text": _plain(shown.text),
        "parent": _plain(shown.parent) if item.parent else None,
        "near": [
            {"similarity": near.similarity, "label": near.label, "text": _plain(near.text)}
            for near in shown.near
        ],
        "cut": shown.cut,
    }


def _plain(found: Iterable[Stretch]) -> list[tuple[str, bool, str]]:
    return [(part.kind, part.hidden, part.text) for part in found]
