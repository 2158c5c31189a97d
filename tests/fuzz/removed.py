"""Mends that are taken out again, to show that the fuzz would have found what they mend."""

import contextlib
import functools
import json
from email.utils import parsedate_to_datetime

import orjson
from jinja2 import TemplateError
from json_repair import repair_json

from dataaug import cache_limit, packaged
from dataaug.errors import UsageError
from dataaug.llms import (
    Reply,
    budget,
    client,
    envelopes,
    flight,
    json_items,
    listed,
    mending,
    reply_store,
    templates,
    wire,
)
from dataaug.rows import atomic, jsonl, spool


def _unchecked_reply(key, text, _):
    return Reply(**orjson.loads(text.decode()), key=key, cached=True)


def _weights_only(package, home):
    name = "model.safetensors"
    import hashlib

    if hashlib.sha256((home / name).read_bytes()).hexdigest() != packaged.manifest()[package][name]:
        raise packaged._wrong(package, home / name, "sha256")


def _only_template_errors(function):
    """Return a function of templates that explains Jinja's own errors and no others."""

    @functools.wraps(function)
    def narrow(*args):
        try:
            if function is _COMPILED:
                return templates._ENVIRONMENT.from_string(args[0])
            return args[0].render(args[2]).strip()
        except TemplateError as error:
            raise UsageError(str(error)) from error

    return narrow


_COMPILED, _SCAN, _ANSWER, _FAULT = (
    templates._compiled, json_items._scan, wire.answer, client.fault
)  # fmt: skip


def _first_list(text, form):
    return _SCAN(text[: text.index("]") + 1] if "]" in text and text[:1] == "[" else text, form)


def _dated(headers):
    asked = headers.get("retry-after", "")
    try:
        return float(asked)
    except ValueError:
        return parsedate_to_datetime(asked).timestamp() if asked else None


def _known_errors(error):
    if isinstance(error, wire.UnreadableError | wire.ErrorInReplyError | client.APIStatusError):
        return _FAULT(error)
    if isinstance(error, client.lost.aiohttp.ClientError | TimeoutError | OSError):
        return _FAULT(error)
    raise error


def _plain_content(message, _=None):
    return (message.get("content") or "") if isinstance(message, dict) else "", ""


def _without_detail(message, text=None):
    return _ANSWER(message, text)[0], ""


def _takes_all(self, keys):
    done = {key for key, *_ in reply_store._rows(self._db, "replies", keys)}
    return set(keys) - done


def _uncounted(self, booked, *, paid):  # noqa: ARG001 - the place of a method
    return True


@contextlib.contextmanager
def _unexplained():
    yield


class _Overwhelmed(json.JSONDecoder):
    """A decoder whose error at deep brackets nobody expects."""

    def raw_decode(self, text, idx=0):
        try:
            return super().raw_decode(text, idx)
        except RecursionError as error:
            raise SystemError("too deep") from error


def _first_line(blocks):
    return blocks[0][1][0]


# Name: (target that must find it, what the mend is in, its name there, what stood there before).
MENDS = {
    "17.4 a label or id nested deep": ("rows", jsonl.Source, "_bad_name", lambda *_: None),
    "17.4 a key that stands twice": ("keys", jsonl.LabelNotes, "look_twice", lambda *_: None),
    "17.4 names of 250 letters": ("filenames", atomic, "_stem", lambda name: f".{name}."),
    "17.4 a full folder for temporary files": (
        "failing", spool, "explained_full_folder", _unexplained,
    ),
    "17.4 prompts that the compiler refuses": (
        "prompt", templates, "_compiled", _only_template_errors(templates._compiled),
    ),
    "17.4 prompts that fail": (
        "prompt", templates, "_rendered", _only_template_errors(templates._rendered),
    ),
    "17.5 flipped bits in replies": ("replies", reply_store, "_reply", _unchecked_reply),
    "17.5 a damaged file of replies": ("replies", reply_store, "_is_damage", lambda _: False),
    "17.5 flipped bits in vectors": (
        "vectors", "dataaug.embedders.vector_store", "sums", lambda _, own: 0 * own[:, 0],
    ),
    "17.5 a limit of the cache": ("limit", cache_limit, "trim", lambda _: None),
    "17.6 exchanged files of a package": ("packages", packaged, "_check", _weights_only),
    "18.1 json_repair at deep brackets": (
        "noise", json_items, "mended", lambda text: repair_json(text, return_objects=True),
    ),
    "18.1 deep brackets in a reply": (
        "noise", json_items, "_DECODER", _Overwhelmed(strict=False),
    ),
    "18.1 a date beyond all years": ("answers", wire, "_after", _dated),
    "18.1 malformed HTTP": ("http", flight, "fault", _known_errors),
    "18.3 a cap on every try": ("caps", budget.Budget, "lose", _uncounted),
    "18.3 a claim before a request is sent": (
        "claims", reply_store.ReplyStore, "claim", _takes_all,
    ),
    "18.4 JSON in a string": (
        "forms", envelopes.Form, "inside", lambda _, text, depth=1: [text],  # noqa: ARG005
    ),
    "18.4 a label beside the list": (
        "forms", envelopes.Form, "_of_object", lambda _, value, depth: [value],  # noqa: ARG005
    ),
    "18.4 a schema echoed back": ("nothing", envelopes, "_is_schema", lambda _: False),
    "18.4 numbered entries of several lines": ("forms", listed, "_entry", _first_line),
    "18.4 an apostrophe in Python's list": ("forms", mending, "_python_list", lambda _: []),
    "18.4 of two lists the second": ("forms", json_items, "_scan", _first_list),
    "18.4 content as parts": ("answers", wire, "answer", _plain_content),
    "18.4 no content beside reasoning": ("answers", wire, "answer", _without_detail),
    "18.4 of several objects the last": (
        "forms", json_items, "mended", lambda text: repair_json(text, return_objects=True),
    ),
}  # fmt: skip
