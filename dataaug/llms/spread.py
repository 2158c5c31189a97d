"""A model that runs inside a process, in several at once: prompts go to the engine in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dataaug import engines, plugins
from dataaug.errors import MissingError
from dataaug.llms import Backend, Ledger, Prompt, Reply, Tariff
from dataaug.plugins import Spec

_loaded: dict[Spec, Backend] = {}
"""The models of this process."""


class _Tray:
    """The ledger of a worker: a reply lies there until the driver has it, which does the rest."""

    def __init__(self) -> None:
        self.replies: dict[int, Reply] = {}

    def done(self, place: int, reply: Reply, /) -> None:
        """Keep a reply."""
        self.replies[place] = reply

    def again(self, _place: int, /, *, paid: bool) -> bool:  # noqa: ARG002 - the protocol
        """Say no: only the driver knows the caps."""
        return False

    def recall(self, _name: str, /) -> str:
        """Nothing was noted here."""
        return ""

    def note(self, _name: str, _value: str, /) -> None:
        """Note nothing: a model in this process is found out about each time."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Answers one prompt; a picklable task, whose model is loaded once a process.

    Attributes:
        spec: the backend.
        name: the model, with a digest of its file: a worker may be on another machine.
    """

    spec: Spec
    name: str

    def __call__(self, prompt: Prompt) -> Reply:
        """Return the reply to a prompt.

        Raises:
            MissingError: the worker has no such model, or another one of that name.
        """
        if self.spec not in _loaded:
            _loaded[self.spec] = plugins.load("llms", self.spec)
        backend = _loaded[self.spec]
        if backend.name != self.name:
            raise MissingError(
                f"a worker has {backend.name} where this run began with {self.name}: put the same "
                "file onto every node"
            )
        tray = _Tray()
        backend([prompt], tray)
        return tray.replies[0]


class Spread:
    """A backend that has the workers of the engine in use answer its prompts, one each at a time.

    Replies reach the ledger in the order of the prompts. Cache, caps and account are the ledger's,
    so they stay with the driver. Where no engine is in use the backend answers itself.
    """

    def __init__(self, spec: Spec, backend: Backend) -> None:
        self._backend = backend
        self._task = Asking(spec, backend.name)
        self.name = backend.name
        _loaded[spec] = backend

    @property
    def identity(self) -> Mapping[str, str] | None:
        """What replies depend on, as the backend says."""
        return self._backend.identity

    @property
    def tariff(self) -> Tariff:
        """What it costs, as the backend says."""
        return self._backend.tariff

    def __call__(self, prompts: Sequence[Prompt], ledger: Ledger, /) -> None:
        """Give the ledger a reply for each prompt."""
        if not engines.in_use():
            self._backend(prompts, ledger)
            return
        for place, reply in enumerate(engines.spread(self._task, prompts)):
            ledger.done(place, reply)
