"""Chat completions as they go over the wire: requests, replies and what errors mean."""

import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal, NamedTuple

import orjson

from dataaug.llms import Prompt, Reply, structured
from dataaug.llms.urls import without_secrets

Remedy = Literal["limit", "wait", "retry", "stop", "refused", "bad", "without"]
"""What to do: cool down (a rate limit, or too much work), try that request again, end the run,
mark the request (twice), or send it again without a parameter."""


class UnreadableError(ValueError):
    """The server said 200 and sent no reply."""


class ErrorInReplyError(ValueError):
    """The server said 200 and sent an error.

    Attributes:
        row: the body.
        status: the status that it names, 500 where it names none.
    """

    def __init__(self, row: Mapping[str, Any]) -> None:
        super().__init__("an error with status 200")
        self.row = row
        error = row["error"]
        code = error.get("code") if isinstance(error, dict) else None
        self.status = code if isinstance(code, int) and 400 <= code < 600 else 500


class Failure(NamedTuple):
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
        reason: what the request is rejected for, if this is the end of it.
    """

    kind: Remedy
    said: str
    advice: str = ""
    after: float | None = None
    parameter: str = ""
    paid: bool = False
    away: bool = False
    odd: bool = False
    reason: Literal["bad_request", "bad_response"] = "bad_request"


def request(prompt: Prompt, model: str, mode: str, without: Collection[str]) -> dict[str, Any]:
    """Return the body of a request.

    Args:
        prompt: what is asked.
        model: the model, as the server knows it.
        mode: how it is held to the schema.
        without: parameters that this server does not take.
    """
    body: dict[str, Any] = {
        "model": model,
        "messages": structured.messages(prompt, mode),
        "temperature": prompt.temperature,
        "seed": prompt.seed % (1 << 31),  # what every server takes for an integer
    }
    limit = "max_completion_tokens" if "max_tokens" in without else "max_tokens"
    body[limit] = prompt.max_tokens
    if prompt.schema is not None and (form := structured.response_format(prompt.schema, mode)):
        body["response_format"] = form
    return {key: value for key, value in body.items() if key not in without}


def reply(raw: bytes, model: str) -> Reply:
    """Read a reply of status 200.

    Raises:
        UnreadableError: it is not JSON, or holds no choice.
        ErrorInReplyError: it is an error all the same, as some gateways send it.
    """
    try:
        row = loaded(raw)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"a reply that is no JSON: {first_words(raw)}") from error
    try:
        return reply_of(row, model)
    except RecursionError as error:
        raise UnreadableError(f"a reply nested without end: {first_words(raw)}") from error


def reply_of(row: Any, model: str) -> Reply:
    """Read the JSON of a reply of status 200.

    Raises:
        UnreadableError: it holds no choice.
        ErrorInReplyError: it is an error all the same, as some gateways send it.
        RecursionError: it is nested too deep.
    """
    if isinstance(row, dict) and row.get("error") and not row.get("choices"):
        raise ErrorInReplyError(row)
    return read_reply(row, model)


def loaded(raw: bytes) -> Any:
    """Return the JSON of bytes. Half a character or a NaN in it is no reason to pay twice."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return json.loads(raw.decode("utf-8", "replace"))


def read_reply(row: Any, model: str) -> Reply:
    """Read a reply.

    Raises:
        UnreadableError: it holds no choice.
    """
    try:
        choice = row["choices"][0]
        message = choice.get("message") or {}
        refusal = message.get("refusal")
        usage = row.get("usage") or {}
    except (LookupError, TypeError, AttributeError) as error:
        raise UnreadableError(f"a reply without choices: {str(row)[:200]}") from error
    finish = str(choice.get("finish_reason") or "stop")
    refused = (isinstance(refusal, str) and bool(refusal)) or finish == "content_filter"
    text, detail = ("", str(refusal or "")) if refused else answer(message, choice.get("text"))
    return Reply(
        _whole(text),
        _whole(_FINISHES.get(finish, finish)),
        "refused" if refused else "",
        _whole(detail),
        _whole(str(row.get("model") or model)),
        prompt_tokens=_count(usage, "prompt_tokens"),
        completion_tokens=_count(usage, "completion_tokens"),
    )


_FINISHES = {"tool_calls": "stop", "function_call": "stop", "eos": "stop", "end_turn": "stop",
             "max_tokens": "length"}  # fmt: skip
"""Words of other servers for why a model stopped."""
_AFTER_THOUGHT = re.compile(r"</think(?:ing)?>", re.IGNORECASE)


def answer(message: Mapping[str, Any], completion: Any = None) -> tuple[str, str]:
    """Return the text of a message, or nothing and what there is instead.

    The text may come in parts, as the arguments of a call (gateways turn a schema into a tool), or
    as the text of a plain completion. Where there is none, what stands behind a thought, or a
    "thought" that is JSON from end to end, is the answer: servers with the wrong parser for their
    model take it for its reasoning. A thought that is one is no answer.

    Args:
        message: of a choice.
        completion: ``text`` of the choice, as old servers have it.
    """
    text = _parts(message.get("content")) or _arguments(message) or _parts(completion)
    if text.strip():
        return text, ""
    thought = _parts(message.get("reasoning_content")) or _parts(message.get("reasoning"))
    behind = _AFTER_THOUGHT.split(thought)[-1] if _AFTER_THOUGHT.search(thought) else ""
    if behind.strip():
        return behind, ""
    if _is_json(thought.strip()):
        return thought, ""
    detail = f"no answer, reasoning only: {thought[:200]}" if thought.strip() else "an empty reply"
    return text, detail


def _parts(content: Any) -> str:
    """Return a text, or the texts of its parts joined."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    texts = [part.get("text") if isinstance(part, dict) else part for part in content]
    return "".join(text for text in texts if isinstance(text, str))


def _arguments(message: Mapping[str, Any]) -> str:
    """Return the arguments of the first call, as a model that answers by a tool writes them."""
    calls = message.get("tool_calls")
    first = calls[0] if isinstance(calls, list) and calls else message
    name = "function_call" if first is message else "function"
    call = first.get(name) if isinstance(first, dict) else None
    return _parts(call.get("arguments")) if isinstance(call, dict) else ""


def _is_json(text: str) -> bool:
    if text[:1] + text[-1:] not in {"{}", "[]"}:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _whole(text: str) -> str:
    """Return a text that can be written as UTF-8: half a surrogate pair becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def _count(usage: Any, name: str) -> int:
    found = usage.get(name) if isinstance(usage, dict) else None
    return found if isinstance(found, int) and found > 0 else 0


def first_words(raw: bytes) -> str:
    """Return the first words of whatever came, for a message."""
    return raw[:200].decode("utf-8", "replace")


_NO_MONEY = re.compile(r"insufficient_quota|billing_(?:hard_limit|not_active)|exceeded your "
                       r"current quota|insufficient (?:credit|balance|fund)",
                       re.IGNORECASE)  # fmt: skip
_FILTERED = re.compile(r"content[_ ](?:filter|management|policy)|moderat|flagged|"
                       r"responsible ?ai|safety system", re.IGNORECASE)  # fmt: skip
_WAIT = {429, 502, 503, 504, 529}
_RETRY = {408, 409, 425}
_PARAMETERS = ("max_completion_tokens", "max_tokens", "temperature", "seed")


def error_body(raw: bytes) -> Any:
    """Return what a server sent with an error: JSON, or the first words of whatever it is."""
    try:
        return loaded(raw)
    except (ValueError, RecursionError):
        return first_words(raw)


def failure(status: int, body: Any, headers: Mapping[str, str]) -> Failure:
    """Say what an error status means."""
    error = body.get("error", body) if isinstance(body, dict) else {}
    error = error if isinstance(error, dict) else {"message": str(error)}
    named = error.get("message") or error.get("detail")  # FastAPI's word for it
    message = str(named or (body if isinstance(body, str) else "") or "no reason")
    said = f"{status}: {message}"[:500]
    words = f"{error.get('code')} {error.get('type')} {message}"
    if status in {402, 429} and (status == 402 or _NO_MONEY.search(words)):
        return Failure("stop", said, "the account has no credit left: add some")
    if status in _WAIT:
        return Failure("limit" if status == 429 else "wait", said, after=_after(headers))
    if status >= 500 or status in _RETRY:
        return Failure("retry", said, after=_after(headers))
    return _refusal(status, said, words, headers, str(error.get("param") or ""))


def _refusal(
    status: int, said: str, words: str, headers: Mapping[str, str], parameter: str
) -> Failure:
    """Say what an error means that waiting doesn't help."""
    if status in {400, 403, 422} and _FILTERED.search(words):
        return Failure("refused", said)
    if status in {401, 403}:
        return Failure("stop", said, "set OPENAI_API_KEY to a key of this server")
    if status == 404:
        return Failure("stop", said, "check --model and --base-url (it mostly ends in /v1)")
    if 300 <= status < 400:
        where = without_secrets(headers.get("location", ""))[:200]
        return Failure("stop", said, f"it redirects to {where}: name the right --base-url")
    named = [name for name in _PARAMETERS if name == parameter or re.search(rf"\b{name}\b", words)]
    unknown = re.search(r"unsupported|not support|unrecognized|unknown|extra", words, re.IGNORECASE)
    return Failure("bad", said, parameter=named[0] if named and unknown else "")


def _after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of retry-after-ms or Retry-After, which may also be a date."""
    try:
        return max(0.0, float(headers.get("retry-after-ms", "")) / 1000)
    except ValueError:
        pass
    asked = headers.get("retry-after", "")
    try:
        return max(0.0, float(asked))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(asked)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):  # no date, or one in the year 99999
        return None
