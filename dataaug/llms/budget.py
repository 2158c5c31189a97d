"""What a run may spend and has spent: caps that count what is in flight at its worst."""

from dataclasses import dataclass, field
from typing import Any

from dataaug.errors import UsageError
from dataaug.llms import Caps, Pricing, Prompt, Reply

_TYPICAL = 0.25
"""Tokens in a byte of English prose (four letters a token, as model makers give it)."""
_FRAME = 8
"""Tokens that a chat template puts around a turn."""
_MOST = 0.6
"""Tokens in a byte that no tokenizer in use goes above for prose, before any reply was seen."""


def bytes_of(prompt: Prompt) -> int:
    """Return the bytes that a prompt sends, its schema included."""
    schema = len(str(prompt.schema)) if prompt.schema is not None else 0
    return schema + sum(len(message.content.encode()) for message in prompt.messages)


@dataclass(slots=True)
class Amount:
    """Requests, tokens and dollars."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0

    def add(self, other: "Amount") -> None:
        """Add another amount to this one."""
        self.requests += other.requests
        self.prompt_tokens += other.prompt_tokens
        self.completion_tokens += other.completion_tokens
        self.cost += other.cost

    def take(self, other: "Amount") -> None:
        """Take another amount from this one."""
        self.requests -= other.requests
        self.prompt_tokens -= other.prompt_tokens
        self.completion_tokens -= other.completion_tokens
        self.cost -= other.cost

    def fits(self, caps: Caps) -> bool:
        """Is this within the caps?"""
        pairs = (
            (self.requests, caps.requests),
            (self.prompt_tokens + self.completion_tokens, caps.tokens),
            (self.cost, caps.cost),
        )
        return all(cap is None or amount <= cap for amount, cap in pairs)


@dataclass(slots=True)
class Budget:
    """Keeps a run within its caps, and learns from replies how many tokens a text has.

    Attributes:
        caps: what may be spent.
        pricing: what tokens cost.
        spent: what was spent on replies.
        lost: requests whose reply never came though it may have been paid for; they are in
            ``spent`` at their worst case.
        flying: what is in flight, at its worst case.
    """

    caps: Caps
    pricing: Pricing
    spent: Amount = field(default_factory=Amount)
    lost: int = 0
    flying: Amount = field(default_factory=Amount)
    _typical: float = _TYPICAL
    _most: float = _MOST

    def __post_init__(self) -> None:
        if self.caps.cost is not None and self.pricing(1, 1) is None:
            raise UsageError(
                f"--max-cost can't be kept: {self.pricing.source}; give the price by "
                "-p openai.price=IN,OUT (US dollars for a million tokens), or cap --max-tokens"
            )

    def worst(self, prompt: Prompt) -> Amount:
        """Return the most that a prompt can cost."""
        return self._amount(self._tokens(prompt, self._most), prompt.max_tokens)

    def likely(self, prompt: Prompt) -> int:
        """Return the tokens that a prompt probably has."""
        return self._tokens(prompt, self._typical)

    def _tokens(self, prompt: Prompt, share: float) -> int:
        return int(bytes_of(prompt) * share) + _FRAME * (len(prompt.messages) + 1)

    def _amount(self, ins: int, outs: int) -> Amount:
        return Amount(1, ins, outs, self.pricing(ins, outs) or 0.0)

    def start(self, prompt: Prompt) -> Amount | None:
        """Book a prompt's worst case, or return None where that would break a cap."""
        worst = self.worst(prompt)
        total = Amount()
        for part in (self.spent, self.flying, worst):
            total.add(part)
        if not total.fits(self.caps):
            return None
        self.flying.add(worst)
        return worst

    def settle(self, prompt: Prompt, booked: Amount, reply: Reply) -> None:
        """Replace what was booked for a prompt by what its reply took."""
        self.flying.take(booked)
        if reply.fault == "over_budget":
            return  # what was sent for it counts as lost
        if reply.fault and not reply.completion_tokens:
            ins = outs = 0  # an error is not paid for
        else:
            ins = reply.prompt_tokens or self.likely(prompt)
            outs = reply.completion_tokens or int(len(reply.text.encode()) * self._typical)
        self.spent.add(self._amount(ins, outs))

    def lose(self, booked: Amount, *, paid: bool) -> bool:
        """Count a request that brought no reply; may it be sent again?

        Args:
            booked: its worst case, spent if the reply may have been paid for.
            paid: may it have been?
        """
        self.spent.add(booked if paid else Amount(1))
        self.lost += paid
        total = Amount()
        for part in (self.spent, self.flying):
            total.add(part)
        return total.fits(self.caps)

    def learn(self, pairs: list[tuple[Prompt, Reply]]) -> None:
        """Learn from replies that came how many tokens a byte of this run's prompts has."""
        shares = [
            reply.prompt_tokens / bytes_of(prompt)
            for prompt, reply in pairs
            if reply.prompt_tokens and bytes_of(prompt)
        ]
        if shares:
            self._typical = sum(shares) / len(shares)
            # Never less than before any was seen: the next prompt may be in another script.
            self._most = max(self._most, max(shares) * 1.2)

    def summary(self) -> dict[str, Any]:
        """Return what was spent, for the report."""
        known = self.pricing(0, 0) is not None
        return {
            "requests": self.spent.requests,
            "lost": self.lost,
            "prompt_tokens": self.spent.prompt_tokens,
            "completion_tokens": self.spent.completion_tokens,
            "cost_usd": round(self.spent.cost, 6) if known else None,
            "prices": self.pricing.source,
        }
