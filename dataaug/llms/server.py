"""A server as one run knows it: where it is, what it takes, how fast it may be asked."""

from dataclasses import dataclass, field

from dataaug.llms import structured
from dataaug.llms.rate_limiter import RateLimiter
from dataaug.llms.urls import Layout, server_layout, signed_in

OPENAI = "https://api.openai.com/v1"


@dataclass(slots=True)
class ChatServer:
    """What all batches of a run share.

    Attributes:
        model: the model, as the server knows it.
        url: where requests go.
        shown: the same without any secret, for messages and keys of the cache.
        key: the key that it asks for; empty where it asks for none.
        limiter: how fast it may be asked.
        timeout: seconds to wait for a reply.
        without: parameters that it does not take.
        mode: how it is held to a schema.
        refusal: what it said to the last request that it would not take, before any reply.
        refusals: how often in a row.
    """

    model: str
    url: str
    shown: str
    key: str = field(repr=False)
    limiter: RateLimiter
    timeout: float
    without: set[str] = field(default_factory=set)
    mode: str = structured.MODES[0]
    refusal: str = ""
    refusals: int = 0

    @property
    def official(self) -> bool:
        """Is it OpenAI's own?"""
        return self.url.startswith(OPENAI)

    @property
    def layout(self) -> Layout:
        """Where it has what."""
        return server_layout(signed_in(self.url)[0], self.model)

    def hidden(self, said: str) -> str:
        """Return what the server said, without the key that it may repeat."""
        return said.replace(self.key, "(key)") if self.key else said
