"""Processes, and what can be asked of them from outside."""
import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

START_SECONDS = 10
STOP_SECONDS = 5
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(what, condition, seconds=START_SECONDS):
    """Waits until `condition` holds, looking each millisecond, and says how long that took; or RuntimeError."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() > began + seconds:
            raise RuntimeError(f"{what} is not ready after {seconds} s")
        time.sleep(0.001)
    return time.monotonic() - began


def greets(port):
    """Does something accept connections there and speak first, as an SSH server does?"""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            return connection.recv(4).startswith(b"SSH-")
    except OSError:
        return False


def echoes(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"e")
            return connection.recv(1) == b"e"
    except OSError:
        return False


def answers_200(port, path):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return b" 200 " in connection.recv(64)
    except OSError:
        return False


class Process:
    """A child with its output in a file; ended with the `with` block."""

    def __init__(self, command, log, **options):
        self.name = Path(command[0]).name
        self.log = log
        self.command = command
        self.options = options
        self.start()

    def start(self):
        self.began = time.monotonic()
        with open(self.log, "ab") as output:
            self.child = subprocess.Popen(self.command, stderr=output, **{"stdout": output, **self.options})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def children(self):
        file = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children")
        return {int(word) for word in file.read_text(encoding="ascii").split()}

    def cpu_seconds(self):
        """User and system time, of children that have ended too."""
        text = Path(f"/proc/{self.child.pid}/stat").read_text(encoding="ascii", errors="replace")
        return sum(int(field) for field in text.rsplit(")", 1)[1].split()[11:15]) / TICKS_PER_SECOND

    def memory(self):
        """{"RSS": MB, "PSS": MB}; PSS shares pages out among their users, and only root may ask for that of ssh."""
        proc = Path(f"/proc/{self.child.pid}")
        lines = (proc / "status").read_text(encoding="utf-8").splitlines()
        if os.geteuid() == 0:
            lines += (proc / "smaps_rollup").read_text(encoding="utf-8").splitlines()
        names = {"VmRSS:": "RSS", "Pss:": "PSS"}
        words = (line.split() for line in lines)
        return {names[first]: int(rest[0]) * 1024 / 1e6 for first, *rest in words if first in names}


class Server(Process):
    """An sshd, `address` and `port` as clients see it; its children are its sessions."""

    def kill_sessions(self):
        sessions = self.children()
        kill(sessions)
        eventually("the end of the sessions", lambda: not sessions & self.children())

    @contextlib.contextmanager
    def away(self):
        """Neither the server nor a session is there."""
        sessions = self.children()
        self.child.terminate()
        self.child.wait(STOP_SECONDS)
        kill(sessions)
        yield
        self.start()
        ready(self, lambda: greets(self.port))


def kill(pids):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def ready(process, condition):
    """`process`, once `condition` holds."""
    def ended_or_met():
        return process.child.poll() is not None or condition()

    try:
        eventually(process.name, ended_or_met)
        if process.child.poll() is not None:
            raise RuntimeError(f"{process.name} has ended: {process.log.read_text(errors='replace')[-2000:]}")
    except RuntimeError:
        process.__exit__()
        raise
    return process
