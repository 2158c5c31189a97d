"""The options that say where the work is done."""

from typing import TYPE_CHECKING

import typer

from dataaug.errors import UsageError
from dataaug.plugins import Spec

if TYPE_CHECKING:
    from dataaug.engines import Engine

ENGINE = typer.Option("--engine", help="local (this machine) or ray (a cluster).")
WORKERS = typer.Option("--workers", help="Processes. Default: 1; with ray all processors.", min=0)
RAY_ADDRESS = typer.Option("--ray-address", help="auto or HOST:PORT of a running Ray cluster.")
SHARD = typer.Option("--shard", help="K/N: do only part K of N; see dataaug merge.")


def load_engine(name: str, workers: int, address: str) -> "Engine":
    """Return the engine that the options ask for.

    Raises:
        UsageError: an address without Ray, or an unknown engine.
        MissingError: Ray is not installed, or the cluster can't be reached.
    """
    from dataaug import plugins

    spec = engine_spec(name, address)
    options = {**spec.options, "workers": workers} if workers else spec.options
    engine: Engine = plugins.load("engines", Spec(name, options))
    return engine


def engine_spec(name: str, address: str) -> Spec:
    """Return the engine that the options name.

    Raises:
        UsageError: an address without Ray.
    """
    if address and name != "ray":
        raise UsageError("--ray-address goes with --engine ray")
    return Spec(name, {"address": address} if address else {})
