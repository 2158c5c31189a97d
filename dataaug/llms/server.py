"""A server as one run knows it: where it is, what it takes, how fast it may be asked."""

from dataclasses import dataclass, field

from dataaug.llms import ladder
from dataaug.llms.pace import Pace


@dataclass(slots=True)
class Server:
    """What all batches of a run share.

    Attributes:
        model: the model, as the server knows it.
        url: where requests go.
        shown: the same without any secret, for messages and keys of the cache.
        key: the key that it asks for; empty where it asks for none.
        pace: how fast it may be asked.
        timeout: seconds to wait for a reply.
        headers: of each request; the key is among them.
        without: parameters that it does not take.
        rung: how it is held to a schema.
    """

    model: str
    url: str
    shown: str
    key: str = field(repr=False)
    pace: Pace
    timeout: float
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    without: set[str] = field(default_factory=set)
    rung: str = ladder.RUNGS[0]

    def hidden(self, said: str) -> str:
        """Return what the server said, without the key that it may repeat."""
        return said.replace(self.key, "(key)") if self.key else said
