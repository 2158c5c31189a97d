"""The options that say where the work is done."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from dataaug.cli.declared import Group, Opt, Text
from dataaug.errors import UsageError

if TYPE_CHECKING:
    from dataaug.engines import Engine

LOCAL = "local"


@dataclass(frozen=True, slots=True)
class EngineOptions(Group):
    """Which engine works on the rows, and with how many processes."""

    engine: Annotated[Text, Opt("local (this machine) or ray (a cluster).")] = LOCAL
    workers: Annotated[int, Opt("Processes. Default: 1; with ray all processors.", min=0)] = 0
    ray_address: Annotated[Text, Opt("auto or HOST:PORT of a running Ray cluster.")] = ""

    @property
    def many(self) -> bool:
        """Is the work to be done elsewhere than in this process?"""
        return self.engine != LOCAL or self.workers > 1

    def load(self) -> "Engine":
        """Return the engine that the options ask for.

        Raises:
            UsageError: an address without Ray, or an unknown engine.
            MissingError: Ray is not installed, or the cluster can't be reached.
        """
        from dataaug import plugins

        options: dict[str, plugins.Option] = {"workers": self.workers} if self.workers else {}
        if self.ray_address:
            if self.engine != "ray":
                raise UsageError("--ray-address goes with --engine ray")
            options["address"] = self.ray_address
        engine: Engine = plugins.load("engines", plugins.Spec(self.engine, options))
        return engine
