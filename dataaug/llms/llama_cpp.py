"""A GGUF file in this process, through llama.cpp: no server, no key, nothing leaves the machine."""

import hashlib
import os
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from pathlib import Path

# Threads that wait for each other in a loop would halve the speed of a busy machine or worse.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import xllamacpp

from dataaug import machine
from dataaug.detached import detached
from dataaug.errors import MissingError, UsageError
from dataaug.llms import Backend, Prompt, Reply, ReplySink, prices, structured, wire
from dataaug.sessions import carried

_MAGIC = b"GGUF"


class _LlamaCpp:
    in_process = True

    def __init__(self, file: Path, digest: str, context: int, parallel: int, threads: int) -> None:
        self.name = f"{file.name}@sha256:{digest[:16]}"
        self.identity = {"backend": "llama-cpp", "sha256": digest, "context": str(context)}
        self.pricing = prices.free()
        self._file = file
        self._context = context
        self._parallel = parallel
        self._threads = threads
        self._server: xllamacpp.Server | None = None

    def __call__(self, prompts: Sequence[Prompt], sink: ReplySink, /) -> None:
        """Answer the prompts, one after another or ``parallel`` at a time."""
        if self._server is None:
            self._server = self._loaded()
        if self._parallel == 1:
            for place, prompt in enumerate(prompts):
                sink.done(place, self._asked(prompt))
            return
        pool = ThreadPoolExecutor(self._parallel)
        try:
            ask = carried(self._asked)
            asked = {pool.submit(ask, prompt): place for place, prompt in enumerate(prompts)}
            for answered in as_completed(asked):
                sink.done(asked[answered], answered.result())
        finally:
            pool.shutdown(cancel_futures=True)  # Ctrl-C is not to wait for all that is left

    def close(self) -> None:
        """Let go of the model and its memory; the next prompt loads it again."""
        self._server = None

    def _loaded(self) -> xllamacpp.Server:
        wanted = xllamacpp.CommonParams()
        wanted.model.path = str(self._file)
        wanted.n_parallel = self._parallel
        wanted.n_ctx = self._context * self._parallel
        wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = self._threads
        wanted.verbosity = 0  # stderr is for people
        wanted.warmup = False
        wanted.ui = wanted.endpoint_slots = False
        wanted.api_keys = [secrets.token_hex(16)]  # it also listens on a port; nobody is to use it
        try:
            with detached():
                return xllamacpp.Server(wanted)
        except RuntimeError as error:
            raise MissingError(
                f"{self._file} can't be loaded by llama.cpp ({error}): is it a whole file of a "
                "chat model, and is there memory for it?"
            ) from error

    def _asked(self, prompt: Prompt) -> Reply:
        """Return the reply to a prompt. Each starts afresh, so that no order shows in it."""
        body = wire.request(prompt, self.name, structured.MODES[0], ())
        try:
            row = self._server.handle_chat_completions({**body, "cache_prompt": False})  # type: ignore[union-attr]
        except ValueError as error:  # a schema or template that llama.cpp can't follow
            return Reply("", "", "bad_request", str(error)[:500], self.name)
        if isinstance(row, dict) and "error" in row:
            found = wire.failure(int(row["error"].get("code") or 500), row, {})
            return Reply("", "", "bad_request", found.said, self.name)
        try:
            return replace(wire.read_reply(row, self.name), model=self.name)
        except wire.UnreadableError as error:
            return Reply("", "", "bad_request", str(error), self.name)


def load(*, model: str = "", context: int = 4096, parallel: int = 1, threads: int = 0) -> Backend:
    """Build the backend; the model is loaded when the first prompt comes.

    Args:
        model: a GGUF file of a chat model.
        context: the most tokens of a prompt and its reply together.
        parallel: prompts that are answered side by side. More than 1 is faster, but then what
            the model writes may depend on what is written beside it.
        threads: threads to compute with; 0: one for each processor that this process may use, fewer
            where OMP_NUM_THREADS says so (workers of an engine share the processors by it).

    Raises:
        UsageError: no file is named, or an option is out of its range.
        MissingError: there is no such file, or it is of another kind.
    """
    if not model:
        raise UsageError("name the model's file: --model FILE.gguf")
    if context < 1 or parallel < 1 or threads < 0:
        raise UsageError("llama-cpp: context and parallel are at least 1, threads at least 0")
    file = Path(model).expanduser()
    try:
        with file.open("rb") as stream:
            magic = stream.read(len(_MAGIC))
            stream.seek(0)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise MissingError(f"{model}: the model can't be read: {error.strerror}") from error
    if magic != _MAGIC:
        raise MissingError(f"{model} is no GGUF file; --model names one for --llm llama-cpp")
    return _LlamaCpp(file, digest, context, parallel, threads or machine.threads())
