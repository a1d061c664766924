"""The processes of a measurement: the load, sshd, and the two that forward."""
import json
import os
import pwd
import signal
import socket
import subprocess
import time
from pathlib import Path

START_SECONDS = 10
STOP_SECONDS = 5
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
USER = pwd.getpwuid(os.geteuid()).pw_name

MACS = "hmac-sha2-256-etm@openssh.com"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(what, condition):
    """Waits until `condition` holds; RuntimeError after START_SECONDS."""
    deadline = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} is not ready after {START_SECONDS} s")
        time.sleep(0.01)


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


class Process:
    """A child with its output in a file; ended with the `with` block."""

    def __init__(self, command, log, **options):
        self.name = Path(command[0]).name
        self.log = log
        with open(log, "ab") as output:
            self.child = subprocess.Popen(command, stderr=output, **{"stdout": output, **options})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

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


class Bench:
    """Keys, the load's server, and ways to start everything else."""

    def __init__(self, directory, load):
        self.directory = directory
        self.load_binary = str(load)
        self.echo = None
        self.target_port = 0
        self.environment = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(directory)}

    def __enter__(self):
        for name in ("host_key", "user_key"):
            make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.directory / name]
            subprocess.run(make, check=True)
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)  # sshd's empty folder for its unprivileged part
        self.echo = Process([self.load_binary, "serve"], self.directory / "serve.log", stdout=subprocess.PIPE)
        self.target_port = json.loads(self.echo.child.stdout.readline())["port"]
        return self

    def __exit__(self, *exception):
        self.echo.__exit__(*exception)

    def load(self, command, *numbers, seconds=60):
        """Runs the load and returns what it measured."""
        words = [self.load_binary, command, *map(str, numbers)]
        done = subprocess.run(words, check=True, capture_output=True, timeout=seconds)
        return json.loads(done.stdout)

    def start_load(self, command, *numbers):
        words = [self.load_binary, command, *map(str, numbers)]
        return Process(words, self.directory / "load.log", stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def sshd(self, cipher):
        port = free_port()
        config = self.directory / "sshd_config"
        config.write_text(f"""
            ListenAddress 127.0.0.1
            Port {port}
            HostKey {self.directory}/host_key
            AuthorizedKeysFile {self.directory}/user_key.pub
            PidFile none
            UsePAM no
            StrictModes no
            PermitRootLogin yes
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            UseDNS no
            LogLevel ERROR
            MaxSessions 65535
            MaxStartups 1000
            Ciphers {cipher}
            MACs {MACS}
            """, encoding="ascii")
        host_key = (self.directory / "host_key.pub").read_text(encoding="ascii")
        (self.directory / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}", encoding="ascii")
        command = ["/usr/sbin/sshd", "-D", "-e", "-f", config]
        sshd = Process(command, self.directory / "sshd.log", env=self.environment)
        sshd.port = port
        return ready(sshd, lambda: greets(port))

    def ssh(self):
        return Contestant("ssh", self.start_ssh)

    def towline(self, binary, name):
        return Contestant(name, lambda sshd: self.start_towline(binary, sshd))

    def start_ssh(self, sshd):
        port = free_port()
        options = {"UserKnownHostsFile": f"{self.directory}/known_hosts", "StrictHostKeyChecking": "yes",
                   "IdentitiesOnly": "yes", "ExitOnForwardFailure": "yes", "ServerAliveInterval": "10"}
        command = ["ssh", "-F", "none", "-N", "-i", f"{self.directory}/user_key", "-p", str(sshd.port),
                   *(word for name, value in options.items() for word in ("-o", f"{name}={value}")),
                   "-L", f"127.0.0.1:{port}:127.0.0.1:{self.target_port}", f"{USER}@127.0.0.1"]
        return self.start_forwarder(command, port, self.environment)

    def start_towline(self, binary, sshd):
        port = free_port()
        environment = {"SSH_MODE": "-L", "SSH_TUNNEL_PORT": port,
                       "SSH_TARGET_HOST": "127.0.0.1", "SSH_TARGET_PORT": self.target_port,
                       "SSH_REMOTE_HOST": "127.0.0.1", "SSH_REMOTE_PORT": sshd.port, "SSH_REMOTE_USER": USER,
                       "SSH_KEY_FILE": self.directory / "user_key",
                       "SSH_KNOWN_HOSTS_FILE": self.directory / "known_hosts",
                       "TOWLINE_ADMIN_LISTEN": f"127.0.0.1:{free_port()}", "TOWLINE_DRAIN_TIMEOUT": "0"}
        texts = {name: str(value) for name, value in environment.items()}
        return self.start_forwarder([str(binary)], port, texts)

    def start_forwarder(self, command, port, environment):
        forwarder = Process(command, self.directory / "forwarder.log", env=environment)
        forwarder.port = port
        return ready(forwarder, lambda: echoes(port))


class Contestant:
    """Something that forwards a port. `start(sshd)` returns a Process with `port`, ready for use."""

    def __init__(self, name, start):
        self.name = name
        self.start = start
