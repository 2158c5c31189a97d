"""What tokens cost: nothing, what the user says, or what a dated table says."""

import functools
import importlib.util
import re
from importlib.metadata import version
from pathlib import Path

from dataaug.errors import UsageError
from dataaug.llms import Pricing

_TABLE = "genai_prices"
_MILLION = 1_000_000
_REQUEST = 1_000  # tokens
_EACH = ((_REQUEST, 0), (0, _REQUEST))
_HALF = "as OpenAI's Batch API takes, 2026-11-30"


class _Fixed:
    """US dollars for a million prompt tokens and for a million reply tokens."""

    def __init__(self, ins: float, outs: float, source: str) -> None:
        self._ins, self._outs, self.source = ins, outs, source

    def __call__(self, prompt_tokens: int, completion_tokens: int, /) -> float:
        """Return the price in US dollars."""
        return (prompt_tokens * self._ins + completion_tokens * self._outs) / _MILLION


class _Unknown:
    def __init__(self, source: str) -> None:
        self.source = source

    def __call__(self, _prompt_tokens: int, _completion_tokens: int, /) -> None:
        """Return that it is not known."""
        return


def free() -> Pricing:
    """Return the pricing of a model on this machine."""
    return _Fixed(0, 0, "free: the model runs on this machine")


def from_user(text: str) -> Pricing:
    """Return the pricing that a user names, as in ``0.15,0.60``.

    Raises:
        UsageError: it is not two numbers of US dollars.
    """
    try:
        ins, outs = (float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            f"price {text!r}: expected US dollars for a million prompt tokens and a million reply "
            "tokens, as in 0.15,0.60"
        ) from error
    if not (0 <= ins < _MILLION and 0 <= outs < _MILLION):
        raise UsageError(f"price {text!r}: expected two numbers from 0 up")
    return _Fixed(ins, outs, "as given")


def from_table(model: str, url: str, *, batch: bool = False) -> Pricing:
    """Return what the table of genai-prices says of a model at a server.

    The prices of a model that the table doesn't have are unknown, never zero.

    Args:
        model: its name at the server.
        url: of the server.
        batch: prices of its Batch API; where the table has none, half of the usual ones.
    """
    if importlib.util.find_spec(_TABLE) is None:
        return _Unknown("price unknown: pip install 'dataaug[cost]' for a table of prices")
    from genai_prices import Usage, calc_price  # noqa: PLC0415 - an extra, and 10 MB of table

    def priced(ins: int, outs: int, **context: str) -> float:
        usage = Usage(input_tokens=ins, output_tokens=outs)
        return float(
            calc_price(usage, model, provider_api_url=url, price_context=context).total_price
        )

    source = f"genai-prices {version('genai-prices')}{_verified()}"
    try:
        # of small requests: beyond 200,000 tokens in one request some models cost twice as much
        share = _MILLION // _REQUEST
        ins, outs = (priced(*tokens) * share for tokens in _EACH)
        online = _Fixed(ins, outs, source)
        if not batch:
            return online
        ins, outs = (priced(*tokens, processing="batch") * share for tokens in _EACH)
    except LookupError:
        return _Unknown(f"price unknown: {source} has no {model} at this server")
    found = _Fixed(ins, outs, f"{source}, batch prices")
    known = found(_MILLION, _MILLION) != online(_MILLION, _MILLION)
    return found if known else halved(online)


def halved(online: Pricing) -> Pricing:
    """Return what a Batch API takes where no table says it: half of the online price.

    Source: OpenAI's prices, https://developers.openai.com/api/docs/pricing, seen 2026-11-30 in the
    table of genai-prices, whose batch prices are half of the others for every model of OpenAI.
    """
    ins, outs = online(_MILLION, 0), online(0, _MILLION)
    if ins is None or outs is None:
        return online
    return _Fixed(ins / 2, outs / 2, f"half of the online price ({online.source}), {_HALF}")


@functools.cache
def _verified() -> str:
    """Return the latest day on which a price of the table was compared with its provider's page."""
    found = importlib.util.find_spec(_TABLE)
    if found is None or not found.submodule_search_locations:
        return ""
    table = Path(found.submodule_search_locations[0]) / "data.py"
    days = re.findall(r"verified on (\d{4}-\d{2}-\d{2})", table.read_text(encoding="utf-8"))
    return f", verified up to {max(days)}" if days else ""
