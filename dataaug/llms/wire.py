"""Chat completions as they go over the wire: requests, replies and what errors mean."""

import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, NamedTuple

import orjson

from dataaug.llms import Prompt, Reply, ladder

Kind = Literal["limit", "wait", "retry", "stop", "refused", "bad", "without"]
"""What to do: cool down (a rate limit, or too much work), try that request again, end the run,
mark the request (twice), or send it again without a parameter."""


class UnreadableError(ValueError):
    """The server said 200 and sent no reply."""


class Fault(NamedTuple):
    """What an error means.

    Attributes:
        kind: what to do.
        said: what the server said.
        advice: what the user can do.
        after: seconds that the server asks to wait.
        parameter: what the server does not take; the request may do without.
        paid: may the request have been paid for, though no reply came?
        away: did nothing listen at the address?
        odd: did something answer that is no chat completion?
    """

    kind: Kind
    said: str
    advice: str = ""
    after: float | None = None
    parameter: str = ""
    paid: bool = False
    away: bool = False
    odd: bool = False


def request(prompt: Prompt, model: str, rung: str, without: Collection[str]) -> dict[str, Any]:
    """Return the body of a request.

    Args:
        prompt: what is asked.
        model: the model, as the server knows it.
        rung: how it is held to the schema.
        without: parameters that this server does not take.
    """
    body: dict[str, Any] = {
        "model": model,
        "messages": ladder.messages(prompt, rung),
        "temperature": prompt.temperature,
        "seed": prompt.seed % (1 << 31),  # what every server takes for an integer
    }
    limit = "max_completion_tokens" if "max_tokens" in without else "max_tokens"
    body[limit] = prompt.max_tokens
    if prompt.schema is not None and (form := ladder.response_format(prompt.schema, rung)):
        body["response_format"] = form
    return {key: value for key, value in body.items() if key not in without}


def reply(raw: bytes, model: str) -> Reply:
    """Read a reply of status 200.

    Raises:
        UnreadableError: it is not JSON, or holds no choice.
    """
    try:
        return read(_loaded(raw), model)
    except (ValueError, RecursionError) as error:
        if isinstance(error, UnreadableError):
            raise
        raise UnreadableError(f"a reply that is no JSON: {_short(raw)}") from error


def _loaded(raw: bytes) -> Any:
    """Return the JSON of a reply. Half a character or a NaN in it is no reason to pay twice."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return json.loads(raw.decode("utf-8", "replace"))


def read(row: Any, model: str) -> Reply:
    """Read a reply.

    Raises:
        UnreadableError: it holds no choice.
    """
    try:
        choice = row["choices"][0]
        message = choice.get("message") or {}
        refusal, content = message.get("refusal"), message.get("content")
        usage = row.get("usage") or {}
    except (LookupError, TypeError, AttributeError) as error:
        raise UnreadableError(f"a reply without choices: {str(row)[:200]}") from error
    finish = str(choice.get("finish_reason") or "stop")
    refused = isinstance(refusal, str) or finish == "content_filter"
    return Reply(
        "" if refused or not isinstance(content, str) else _whole(content),
        _whole(finish),
        "refused" if refused else "",
        _whole(str(refusal or "")) if refused else "",
        _whole(str(row.get("model") or model)),
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
    )


def _whole(text: str) -> str:
    """Return a text that can be written as UTF-8: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _count(usage: Any, name: str) -> int:
    found = usage.get(name) if isinstance(usage, dict) else None
    return found if isinstance(found, int) and found > 0 else 0


def _short(raw: bytes) -> str:
    return raw[:200].decode("utf-8", "replace")


_NO_MONEY = re.compile(r"insufficient_quota|billing_(?:hard_limit|not_active)|exceeded your "
                       r"current quota|insufficient (?:credit|balance|fund)",
                       re.IGNORECASE)  # fmt: skip
_FILTERED = re.compile(r"content[_ ](?:filter|management|policy)|moderat|flagged|"
                       r"responsible ?ai|safety system", re.IGNORECASE)  # fmt: skip
_WAIT = {429, 502, 503, 504, 529}
_RETRY = {408, 409, 425}
_PARAMETERS = ("max_completion_tokens", "max_tokens", "temperature", "seed")


def explained(raw: bytes) -> Any:
    """Return what a server sent with an error: JSON, or the first words of whatever it is."""
    try:
        return _loaded(raw)
    except (ValueError, RecursionError):
        return _short(raw)


def fault(status: int, body: Any, headers: Mapping[str, str]) -> Fault:
    """Say what an error status means."""
    error = body.get("error", body) if isinstance(body, dict) else {}
    error = error if isinstance(error, dict) else {"message": str(error)}
    message = str(error.get("message") or (body if isinstance(body, str) else "") or "no reason")
    said = f"{status}: {message}"[:500]
    words = f"{error.get('code')} {error.get('type')} {message}"
    if status in {402, 429} and (status == 402 or _NO_MONEY.search(words)):
        return Fault("stop", said, "the account has no credit left: add some")
    if status in _WAIT:
        return Fault("limit" if status == 429 else "wait", said, after=_after(headers))
    if status >= 500 or status in _RETRY:
        return Fault("retry", said)
    return _refusal(status, said, words, headers, str(error.get("param") or ""))


def _refusal(
    status: int, said: str, words: str, headers: Mapping[str, str], parameter: str
) -> Fault:
    """Say what an error means that waiting doesn't help."""
    if status in {400, 403, 422} and _FILTERED.search(words):
        return Fault("refused", said)
    if status in {401, 403}:
        return Fault("stop", said, "set OPENAI_API_KEY to a key of this server")
    if status == 404:
        return Fault("stop", said, "check --model and --base-url (it mostly ends in /v1)")
    if 300 <= status < 400:
        where = headers.get("location", "")[:200]
        return Fault("stop", said, f"it redirects to {where}: name the right --base-url")
    named = [name for name in _PARAMETERS if name == parameter or re.search(rf"\b{name}\b", words)]
    unknown = re.search(r"unsupported|not support|unrecognized|unknown|extra", words, re.IGNORECASE)
    return Fault("bad", said, parameter=named[0] if named and unknown else "")


def _after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of Retry-After, which may also be a date."""
    asked = headers.get("retry-after", "")
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
