"""Commands as forks of a process that has imported what commands import.

Half a second or two of each run of a command are imports. Here a process of its own imports the
libraries once, fills caches (ahead.py), and forks for each command: the fork does what
``python -m dataaug`` does, with the streams, the folder and the environment that it is given.
"""

import array
import atexit
import contextlib
import gc
import importlib
import os
import pickle
import resource
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback

import ahead

LIBRARIES = (
    "babel.numbers", "babel.units", "faker", "ftfy", "jinja2.sandbox", "json_repair", "numpy",
    "openai", "orjson", "phonenumbers", "rapidfuzz", "regex", "scipy.optimize", "scipy.sparse",
    "scipy.special", "scipy.stats", "sklearn.feature_extraction.text", "sklearn.linear_model",
    "stdnum", "text_to_num", "threadpoolctl", "typer", "zstandard",
)  # fmt: skip
OPTIONAL = ("genai_prices", "h11", "httpcore2", "safetensors.numpy", "tokenizers", "truststore")
LATE_LIBRARIES = (
    "ctranslate2", "model2vec", "nltk", "presidio_analyzer", "ray", "sentence_transformers",
    "spacy", "textblob", "torch", "transformers", "xllamacpp",
)  # fmt: skip
"""Not imported ahead: few commands need them, and they take longer than all others."""
LATE = frozenset({
    "XDG_CACHE_HOME", "OPENAI_API_KEY", "OPENAI_BASE_URL", "PYTEST_CURRENT_TEST", "PYTHONPATH",
    "TMPDIR",
})  # fmt: skip
"""What is read from the environment when a command runs, and not when a library is imported."""
OF_LIBRARIES = (
    "CUBLAS_WORKSPACE_CONFIG", "GOMP_SPINCOUNT", "KMP_", "PYTHONBREAKPOINT", "RAY_",
    "TORCHINDUCTOR_", "_RJEM_",
)  # fmt: skip
"""How names begin that libraries, or dataaug for them, put into the environment of this process.

They come with the first test that loads the library; no command is another one for them.
"""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""A fork has no other thread than the one that forked."""
OWN = {"--workers", "--engine"}
"""Options of commands that start processes, which are to be those of a real one."""


class Forks:
    """The process that forks. It is started by the first command, and ends with this one."""

    def __init__(self, surroundings):
        self._surroundings = dict(surroundings)
        self._lock = threading.Lock()
        self._socket = self._process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._socket is not None:
            self._socket.close()
            self._process.wait()

    def fits(self, args, surroundings, options):
        """Would a fork do what a process of its own does?"""
        changed = {name for name, _ in {*surroundings.items()} ^ {*self._surroundings.items()}}
        return (
            hasattr(os, "pidfd_open")
            and not OWN & {*args}
            and all(name in LATE or name.startswith(OF_LIBRARIES) for name in changed)
            and {*options} <= {"stdout", "cwd", "file_size"}
        )

    def run(
        self, args, stdin, surroundings, *, stdout=subprocess.PIPE, cwd=None, file_size=0, timeout
    ):
        """Run a command; return its exit code, and what it wrote to stdout and to stderr.

        Args:
            args: its arguments.
            stdin: what it reads there.
            surroundings: its environment.
            stdout: where its stdout goes.
            cwd: its folder.
            file_size: bytes that a file it writes may have, as on a full disk; 0 for any number.
            timeout: seconds it may take.
        """
        with contextlib.ExitStack() as stack:
            theirs, ours = [], []
            for mode in ("wb", "rb", "rb"):
                read, write = os.pipe()
                mine, other = (write, read) if mode == "wb" else (read, write)
                ours.append(stack.enter_context(os.fdopen(mine, mode)))
                theirs.append(other)
            if stdout != subprocess.PIPE:
                os.close(theirs[1])
                theirs[1] = os.dup(stdout if isinstance(stdout, int) else stdout.fileno())
            ended, reply = os.pipe()
            stack.callback(os.close, ended)
            self._ask([*theirs, reply], (args, surroundings, cwd or os.getcwd(), file_size))
            for number in (*theirs, reply):
                os.close(number)
            said = [b"", b""]
            threads = [threading.Thread(target=_put, args=(ours[0], stdin))]
            for place, stream in enumerate(ours[1:]):
                threads.append(threading.Thread(target=_take, args=(stream, said, place)))
            for thread in threads:
                thread.start()
            child = int(_line(ended, timeout))
            try:
                code = int(_line(ended, timeout))
            except TimeoutError:
                os.kill(child, signal.SIGKILL)
                raise
            for thread in threads:
                thread.join()
        return code, *said

    def passed_on(self, streams, asked):
        """Run a command on open streams, and return its exit code.

        Args:
            streams: the file numbers of its stdin, stdout and stderr.
            asked: its arguments, environment and folder.
        """
        ended, reply = os.pipe()
        self._ask([*streams, reply], asked)
        os.close(reply)
        with os.fdopen(ended, "rb") as lines:
            lines.readline()  # of its process
            return int(lines.readline())

    def _ask(self, numbers, asked):
        with self._lock:
            if self._socket is None:
                self._start()
            content = pickle.dumps(asked)
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", numbers))]
            self._socket.sendmsg([len(content).to_bytes(8, "big")], rights)
            self._socket.sendall(content)

    def _start(self):
        self._socket, other = socket.socketpair()
        with other:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(other.fileno())], pass_fds=[other.fileno()],
                env=self._surroundings | ONE_THREAD, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip


def _put(stream, content):
    with contextlib.suppress(BrokenPipeError), stream:
        stream.write(content)


def _take(stream, said, place):
    said[place] = stream.read()


def _line(number, timeout):
    """Read a line of a pipe byte by byte, so that nothing behind it is taken."""
    found = b""
    while not found.endswith(b"\n"):
        if not select.select([number], [], [], timeout)[0]:
            raise TimeoutError(f"a command has not ended after {timeout} s")
        found += os.read(number, 1) or b"?\n"
    return found


def _serve(connection):
    """Fork for each command that is asked for, until nobody can ask any more."""
    running = {}  # of a child: the file that tells of its end, and the pipe that waits for that
    while True:
        for ready in select.select([connection, *running], [], [])[0]:
            if ready is not connection:
                _end(ready, *running.pop(ready))
                continue
            head, numbers, *_ = socket.recv_fds(connection, 8, 4)
            if not head:
                return
            asked = _content(connection, int.from_bytes(head, "big"))
            *streams, reply = numbers
            child = os.fork()
            if not child:
                for number in (connection.detach(), reply, *running):
                    os.close(number)
                _command(streams, *asked)
            _tell(reply, child)
            for number in streams:
                os.close(number)
            running[os.pidfd_open(child)] = child, reply


def _content(connection, size):
    content = b""
    while len(content) < size:
        content += connection.recv(size - len(content))
    return pickle.loads(content)


def _end(ended, child, reply):
    _, status = os.waitpid(child, 0)
    _tell(reply, os.waitstatus_to_exitcode(status))
    os.close(reply)
    os.close(ended)


def _tell(reply, number):
    with contextlib.suppress(BrokenPipeError):
        os.write(reply, b"%d\n" % number)


def _command(streams, args, surroundings, folder, file_size=0):
    """Be a command, and end as a process of its own would, but for freeing what is imported."""
    code = 1
    try:
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        _open_streams()
        os.chdir(folder)
        before = _paths(os.environ)
        if before != _paths(surroundings):
            ahead.other_packages()
        os.environ.clear()
        os.environ.update(surroundings)
        tempfile.tempdir = None  # of another environment
        if file_size:
            limit_files(file_size)
        sys.path[: 1 + len(before)] = [folder, *_paths(surroundings)]
        code = _main(args)
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def limit_files(size):
    """Let this process write no file of more bytes, and hear of it as of a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def _open_streams():
    """Open the standard streams anew: an open file remembers whether it can be sought."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        before = getattr(sys, f"__{name}__")
        opened = open(  # noqa: SIM115 - as long as the process lives
            number, "w" if number else "r", encoding=before.encoding, errors=before.errors,
            closefd=False, buffering=1 if number == 2 else -1,
        )  # fmt: skip
        setattr(sys, name, opened)
        setattr(sys, f"__{name}__", opened)


def _paths(surroundings):
    return [path for path in surroundings.get("PYTHONPATH", "").split(os.pathsep) if path]


def _main(args):
    """Do what ``python -m dataaug`` does, and return its exit code."""
    sys.argv = ["dataaug", *args]
    sys.modules.pop("dataaug.__main__", None)
    try:
        runpy.run_module("dataaug", run_name="__main__", alter_sys=True)
    except SystemExit as left:
        if left.code is None or isinstance(left.code, int):
            return left.code or 0
        sys.stderr.write(f"{left.code}\n")
        return 1
    except BaseException:  # noqa: BLE001 - as Python's own end of a process does
        traceback.print_exc()
        return 1
    return 0


def main(number):
    """Import the libraries and serve."""
    gc.disable()
    for name in LIBRARIES:
        importlib.import_module(name)
    for name in OPTIONAL:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    ahead.import_all(LATE_LIBRARIES)
    ahead.fill_caches()
    ahead.keep()
    gc.enable()
    with socket.socket(fileno=number) as connection:
        _serve(connection)


if __name__ == "__main__":
    sys.path[0] = os.getcwd()  # as python -m has it, not this folder
    main(int(sys.argv[1]))
