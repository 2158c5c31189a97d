"""Two hosts on one machine, in network namespaces of the test's own, with a Ray node on each."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from patience import PATIENCE

HEAD, NODE = "10.211.7.1", "10.211.7.2"
PORT = 6399


def able():
    """Can this machine make network namespaces (root, iproute2)?"""
    if not shutil.which("ip"):
        return False
    probe = f"dataaug-probe-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", probe], capture_output=True, check=False)
    return made.returncode == 0


class TwoNodes:
    """Two namespaces joined by a cable; ``inside`` runs a command on one of them."""

    def __init__(self, folder):
        self.folder = Path(folder)
        tag = str(os.getpid())
        self.names = [f"da{tag}a", f"da{tag}b"]
        self.started = []
        token = self.folder / "token"
        token.write_text("0123456789abcdef" * 4)
        self.env = {**os.environ, "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token),
                    "RAY_USAGE_STATS_ENABLED": "0", "HOME": str(self.folder)}  # fmt: skip

    def __enter__(self):
        one, other = self.names
        for name in self.names:
            self.ip("netns", "add", name)
            self.ip("-n", name, "link", "set", "lo", "up")
        self.ip("link", "add", one, "netns", one, "type", "veth", "peer", "name", other,
                "netns", other)  # fmt: skip
        for name, address in zip(self.names, (HEAD, NODE), strict=True):
            self.ip("-n", name, "address", "add", f"{address}/24", "dev", name)
            self.ip("-n", name, "link", "set", name, "up")
        self.ray(0, "--head", f"--port={PORT}", f"--node-ip-address={HEAD}",
                 "--include-dashboard=false")  # fmt: skip
        self.wait(1)
        self.ray(1, f"--address={HEAD}:{PORT}", f"--node-ip-address={NODE}")
        self.wait(2)
        return self

    def __exit__(self, *_):
        for process in self.started:
            self.kill(process)
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def ip(self, *args):
        subprocess.run(["ip", *args], check=True, capture_output=True)

    def inside(self, number, *args):
        """Return the command line that runs a command on one of the hosts."""
        return ["ip", "netns", "exec", self.names[number], *args]

    def ray(self, number, *args):
        tool = str(Path(sys.executable).parent / "ray")
        command = self.inside(number, tool, "start", *args, "--num-cpus=1", "--block",
                              "--disable-usage-stats")  # fmt: skip
        with (self.folder / f"node{number}.log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env=self.env,
                                       start_new_session=True)  # fmt: skip
        self.started.append(process)

    def wait(self, nodes):
        """Wait until so many nodes have joined."""
        program = (
            f"import ray; ray.init(address='{HEAD}:{PORT}', logging_level='ERROR');"
            "print(sum(n['Alive'] for n in ray.nodes()))"
        )
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            done = subprocess.run(self.inside(0, sys.executable, "-c", program), env=self.env,
                                  capture_output=True, text=True, check=False)  # fmt: skip
            if done.stdout.strip() == str(nodes):
                return
            time.sleep(1)
        raise AssertionError((self.folder / f"node{nodes - 1}.log").read_text()[-2000:])

    def kill_workers(self, while_runs, most):
        """Kill workers that have a task, a second apart, as the kernel does that is out of memory.

        Returns how many there were before the command came to its end.
        """
        killed = 0
        while killed < most and while_runs.poll() is None:
            if self._kill_one():
                killed += 1
                time.sleep(1)
            time.sleep(0.05)
        return killed

    def _kill_one(self):
        for namespace in self.names:
            pids = subprocess.run(["ip", "netns", "pids", namespace], capture_output=True,
                                  text=True, check=False).stdout.split()  # fmt: skip
            for pid in pids:
                try:
                    title = Path(f"/proc/{pid}/cmdline").read_bytes()
                    if title.startswith(b"ray::_run"):
                        os.kill(int(pid), signal.SIGKILL)
                        return True
                except (FileNotFoundError, ProcessLookupError):
                    continue
        return False

    def kill(self, process):
        """End a node and all its processes at once, as a power cut would."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        process.wait()
