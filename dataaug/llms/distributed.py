"""A model that runs inside a process, in several at once: prompts go to the engine in use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dataaug import engines, plugins, sessions
from dataaug.errors import MissingError
from dataaug.llms import Backend, Pricing, Prompt, Reply, ReplySink
from dataaug.plugins import Spec


class _WorkerSink:
    """The sink of a worker: a reply waits there for the driver, which does all else."""

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
class AnswerPrompt:
    """Answers one prompt; a task for an engine, whose model is loaded once a worker.

    Attributes:
        spec: the backend.
        name: the model, with a digest of its file: a worker may be on another machine.
        backend: the same, loaded; it stays behind when the task is sent to a worker.
    """

    spec: Spec
    name: str
    backend: Backend | None = field(default=None, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return AnswerPrompt, (self.spec, self.name)

    def __call__(self, prompt: Prompt) -> Reply:
        """Return the reply to a prompt.

        Raises:
            MissingError: the model of this machine is another one.
        """
        backend = self.backend or self._loaded()
        if backend.name != self.name:
            raise MissingError(
                f"a worker has {backend.name} where this run began with {self.name}: put the same "
                "file onto every node"
            )
        sink = _WorkerSink()
        backend([prompt], sink)
        return sink.replies[0]

    def _loaded(self) -> Backend:
        key = ("llm of a worker", self.spec)
        found: Backend = sessions.current().once(key, lambda: plugins.load("llms", self.spec))
        return found


class DistributedBackend:
    """A backend that has the workers of the engine in use answer its prompts, one each at a time.

    Replies reach the sink in the order of the prompts. Cache, caps and account are the sink's, so
    they stay with the driver. Where no engine is in use the backend answers itself.
    """

    def __init__(self, spec: Spec, backend: Backend) -> None:
        self._backend = backend
        self._task = AnswerPrompt(spec, backend.name, backend)
        self.name = backend.name

    @property
    def identity(self) -> Mapping[str, str] | None:
        """What replies depend on, as the backend says."""
        return self._backend.identity

    @property
    def pricing(self) -> Pricing:
        """What it costs, as the backend says."""
        return self._backend.pricing

    def close(self) -> None:
        """Close the backend where it can be closed."""
        if hasattr(self._backend, "close"):
            self._backend.close()

    def __call__(self, prompts: Sequence[Prompt], sink: ReplySink, /) -> None:
        """Give the sink a reply for each prompt."""
        if engines.in_use() is None:
            self._backend(prompts, sink)
            return
        for place, reply in enumerate(engines.spread(self._task, prompts)):
            sink.done(place, reply)
