"""A model hub on 127.0.0.1: folders of models, asked for as huggingface_hub asks for them."""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class _Hub(BaseHTTPRequestHandler):
    folder: Path
    asked: list

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self._answer(body=False)

    def do_GET(self):
        self._answer(body=True)

    def _answer(self, *, body):
        self.asked.append(self.path)
        data = self._found()
        status = 404 if data is None else 200
        data = data or b""
        self.send_response(status)
        if status == 404:
            known = any((self.folder / name).is_dir() for name in self._names())
            self.send_header("X-Error-Code", "EntryNotFound" if known else "RepoNotFound")
        self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)

    def _names(self):
        parts = self.path.strip("/").removeprefix("api/models/").split("/")
        return ["/".join(parts[:2])] if parts[:1] != ["api"] else []

    def _found(self):
        """A file, what the hub says of a model, or the list of its files."""
        for name in self._names():
            home = self.folder / name
            if self.path.startswith("/api/models/") and home.is_dir():
                files = [path.name for path in sorted(home.iterdir())]
                rest = self.path.partition(name)[2]
                if rest.startswith("/revision/"):
                    siblings = [{"rfilename": file} for file in files]
                    return json.dumps({"id": name, "sha": COMMIT, "siblings": siblings}).encode()
                if rest.partition("?")[0] in {"/tree/main", f"/tree/{COMMIT}"}:
                    return json.dumps([{"type": "file", "path": file, "size": 1, "oid": "0"}
                                       for file in files]).encode()  # fmt: skip
            for revision in ("main", COMMIT):
                file = self.folder / self.path.lstrip("/").replace(f"resolve/{revision}/", "")
                if "/resolve/" in self.path and file.is_file():
                    return file.read_bytes()
        return None


@contextmanager
def serving(folder):
    """Serve the models below a folder; yield the address and the list of what was asked for."""
    handler = type("Hub", (_Hub,), {"folder": folder, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler.asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
