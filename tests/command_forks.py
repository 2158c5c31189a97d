"""``dataaug`` as a program that shells find, each run a fork of a process that has its libraries.

The program is a few lines of Python that start in 20 ms: it hands its streams, arguments,
environment and folder over and ends with the exit code of the fork (see forked.py).
"""

import contextlib
import json
import os
import socket
import sys
import threading

from forked import OWN, Forks

_CLIENT = """#!{python} -IS
import json, os, socket, sys
if {own} & {{*sys.argv}}:
    os.execv({python!r}, [{python!r}, "-m", "dataaug", *sys.argv[1:]])
line = socket.socket(socket.AF_UNIX)
line.connect({path!r})
asked = json.dumps([sys.argv[1:], dict(os.environ), os.getcwd()]).encode()
socket.send_fds(line, [len(asked).to_bytes(8, "big")], [0, 1, 2])
line.sendall(asked)
sys.exit(int(line.makefile().readline() or 70))
"""


class CommandForks:
    """A folder with a program ``dataaug`` in it that works as long as this is open.

    Args:
        folder: where the program and its socket lie.
        surroundings: the environment of the process that imports the libraries.
    """

    def __init__(self, folder, surroundings):
        self.folder = folder
        self._forks = Forks(surroundings)
        self._line = socket.socket(socket.AF_UNIX)
        path = str(folder / "line")
        self._line.bind(path)
        self._line.listen(16)
        program = folder / "dataaug"
        program.write_text(_CLIENT.format(python=sys.executable, path=path, own=OWN), "utf-8")
        program.chmod(0o755)

    def __enter__(self):
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()
        self._forks.__exit__()

    def _serve(self):
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._line.accept()
                threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client):
        with client:
            head, streams, *_ = socket.recv_fds(client, 8, 3)
            size, content = int.from_bytes(head, "big"), b""
            while len(content) < size:
                content += client.recv(size - len(content))
            code = self._forks.passed_on(streams, json.loads(content))
            for number in streams:
                os.close(number)
            client.sendall(b"%d\n" % code)
