"""A GGUF file in this process, through llama.cpp: no server, no key, nothing leaves the machine."""

import hashlib
import os
import platform
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
from dataaug.llms import Backend, Message, Prompt, Reply, ReplySink, prices, structured, wire
from dataaug.sessions import carried

_MAGIC = b"GGUF"
_CHUNK = 512
"""Tokens of a prompt that are computed together; a rest of one takes another way through sums."""
_BY_ROW = {"x86_64", "AMD64"}
"""Processors on which each row of a matrix product is summed by itself, if weights lie as in the
file: on others pairs of rows are, and on a GPU as many as there are."""


class _LlamaCpp:
    in_process = True

    def __init__(self, file: Path, digest: str, context: int, parallel: int, threads: int) -> None:
        self._by_row = platform.machine() in _BY_ROW and not _has_gpu()
        beside = "" if parallel == 1 else f"+parallel={parallel}"
        self.name = f"{file.name}@sha256:{digest[:16]}{beside}"
        self.identity = {"backend": "llama-cpp", "sha256": digest, "context": str(context)}
        self.identity |= {"sums": "by row"} if self._by_row else {}
        self.identity |= {"parallel": str(parallel)} if beside else {}
        self.pricing = prices.free()
        self._file = file
        self._context = context
        self._parallel = parallel
        self._threads = threads
        self._server: xllamacpp.Server | None = None
        self._before: tuple[Sequence[Message], int] = ((), 0)

    def __call__(self, prompts: Sequence[Prompt], sink: ReplySink, /) -> None:
        """Answer the prompts, one after another or ``parallel`` at a time."""
        if self._server is None:
            self._server = self._loaded()
        if self._parallel == 1:
            for place, prompt in enumerate(prompts):
                sink.done(place, self._alone(prompt))
            return
        pool = ThreadPoolExecutor(self._parallel)
        try:
            ask = carried(self._beside)
            asked = {pool.submit(ask, prompt): place for place, prompt in enumerate(prompts)}
            for answered in as_completed(asked):
                sink.done(asked[answered], answered.result())
        finally:
            pool.shutdown(cancel_futures=True)  # Ctrl-C is not to wait for all that is left

    def close(self) -> None:
        """Let go of the model and its memory; the next prompt loads it again."""
        self._server = None
        self._before = (), 0

    def _loaded(self) -> xllamacpp.Server:
        wanted = xllamacpp.CommonParams()
        wanted.model.path = str(self._file)
        wanted.n_parallel = self._parallel
        wanted.n_ctx = self._context * self._parallel
        wanted.cpuparams.n_threads = wanted.cpuparams_batch.n_threads = self._threads
        wanted.verbosity = 0  # stderr is for people
        wanted.warmup = False
        wanted.n_ubatch = _CHUNK
        wanted.cache_ram_mib = wanted.n_ctx_checkpoints = 0  # the last prompt is enough
        if self._by_row:
            wanted.no_extra_bufts = True
            wanted.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
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

    def _alone(self, prompt: Prompt) -> Reply:
        """Return the reply to a prompt, to the bit that of a model which has seen no other.

        What begins like the prompt before is not computed again, where its sums would be the same:
        neither what the model wrote itself, token by token, nor where one token is left over.
        """
        messages, length = self._before
        fresh = prompt.messages == messages or any(m.role == "assistant" for m in prompt.messages)
        reply, reused, total = self._asked(prompt, reuse=self._by_row and length > 0 and not fresh)
        odd = total % _CHUNK == 1
        if reused and (odd or reused > length or (total - reused) % _CHUNK == 1):
            reply, _, total = self._asked(prompt, reuse=False)
        self._before = prompt.messages, 0 if odd else total
        return reply

    def _beside(self, prompt: Prompt) -> Reply:
        return self._asked(prompt, reuse=True)[0]

    def _asked(self, prompt: Prompt, *, reuse: bool) -> tuple[Reply, int, int]:
        """Return the reply to a prompt, how many of its tokens were there before, and all of them.

        Of a prompt that was not answered both are 0.
        """
        body = wire.request(prompt, self.name, structured.MODES[0], ())
        try:
            row = self._server.handle_chat_completions({**body, "cache_prompt": reuse})  # type: ignore[union-attr]
        except ValueError as error:  # a schema or template that llama.cpp can't follow
            return Reply("", "", "bad_request", str(error)[:500], self.name), 0, 0
        if isinstance(row, dict) and "error" in row:
            found = wire.failure(int(row["error"].get("code") or 500), row, {})
            return Reply("", "", "bad_request", found.said, self.name), 0, 0
        try:
            reply = replace(wire.read_reply(row, self.name), model=self.name)
        except wire.UnreadableError as error:
            return Reply("", "", "bad_request", str(error), self.name), 0, 0
        reused, computed = (int(row["timings"][key]) for key in ("cache_n", "prompt_n"))
        return reply, reused, reused + computed


def _has_gpu() -> bool:
    cpu = xllamacpp.ggml_backend_dev_type.GGML_BACKEND_DEVICE_TYPE_CPU
    return any(device["type"] != cpu for device in xllamacpp.get_device_info())


def load(*, model: str = "", context: int = 4096, parallel: int = 1, threads: int = 0) -> Backend:
    """Build the backend; the model is loaded when the first prompt comes.

    Args:
        model: a GGUF file of a chat model.
        context: the most tokens of a prompt and its reply together.
        parallel: prompts that are answered side by side. With more than 1 what the model writes
            may depend on what is written beside it; the model's name says so, and such replies are
            kept apart.
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
