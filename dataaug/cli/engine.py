"""The options that say where the work is done."""

from dataclasses import dataclass
from typing import Annotated

from dataaug.cli.declared import FreeText, Opt, OptionGroup
from dataaug.errors import UsageError
from dataaug.plugins import Spec

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class EngineOptions(OptionGroup):
    """Which engine works on the rows, and with how many processes."""

    TITLE = "Where it runs"

    engine: Annotated[FreeText, Opt("local (this machine) or ray (a cluster).")] = LOCAL
    workers: Annotated[int, Opt("Processes. Default: 1; with ray all processors.", min=0)] = 0
    ray_address: Annotated[FreeText, Opt("auto or HOST:PORT of a running Ray cluster.")] = ""

    @property
    def many(self) -> bool:
        """Is the work to be done elsewhere than in this process?"""
        return self.engine != LOCAL or self.workers > 1

    def spec(self) -> Spec:
        """Return the engine that the options name.

        Raises:
            UsageError: an address without Ray.
        """
        if self.ray_address and self.engine != "ray":
            raise UsageError("--ray-address goes with --engine ray")
        return Spec(self.engine, {"address": self.ray_address} if self.ray_address else {})
