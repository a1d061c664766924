"""What a measurement is made with: the load, servers, a path, and everything that forwards."""
import contextlib
import json
import os
import pwd
import re
import shutil
import subprocess
import time

import network
import syscalls
from processes import Process, Server, answers_200, echoes, eventually, free_port, greets, ready

USER = pwd.getpwuid(os.geteuid()).pw_name
MACS = "hmac-sha2-256-etm@openssh.com"

# Milestones of a start.
WORKS = "a connection works"
READYZ = "/readyz is 200"


class Relay(Process):
    """socat, which has a process for each connection."""

    def cpu_seconds(self):
        """What a connection's process has used counts when it has ended."""
        eventually("the end of socat's connections", lambda: not self.children())
        return super().cpu_seconds()


class Direct:
    """No forwarder at all."""

    def __init__(self, place):
        self.place = place

    def cpu_seconds(self):
        return 0.0


class Bench:
    """Keys, the load's server, and ways to start everything else."""

    def __init__(self, directory, programs, own_network, missing):
        self.directory = directory
        self.missing = missing  # {what: why}
        self.load_program = str(programs / "towline_load")
        self.path_program = str(programs / "towline_path")
        self.listen = "0.0.0.0" if own_network else "127.0.0.1"
        self.echo = None
        self.target_port = 0
        self.environment = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(directory)}

    def __enter__(self):
        for name in ("host_key", "user_key"):
            make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.directory / name]
            subprocess.run(make, check=True)
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)  # sshd's empty folder for its unprivileged part
        self.echo = Process([self.load_program, "serve", f"{self.listen}:0"], self.directory / "serve.log",
                            stdout=subprocess.PIPE)
        self.target_port = json.loads(self.echo.child.stdout.readline())["port"]
        return self

    def __exit__(self, *exception):
        self.echo.__exit__(*exception)

    # --- load

    def load_command(self, command, forwarder, *numbers):
        return [self.load_program, command, forwarder.place, *map(str, numbers)]

    def load(self, *words, seconds=60):
        """Runs the load and returns what it measured."""
        done = subprocess.run(self.load_command(*words), check=True, capture_output=True, timeout=seconds)
        return json.loads(done.stdout)

    def start_load(self, *words):
        return Process(self.load_command(*words), self.directory / "load.log", stdin=subprocess.PIPE,
                       stdout=subprocess.PIPE)

    def loads(self, count, *words, seconds=60):
        """Runs that many at once: all bytes, in the time of the longest."""
        with contextlib.ExitStack() as stack:
            running = [stack.enter_context(self.start_load(*words)) for _ in range(count)]
            done = [json.loads(each.child.communicate(timeout=seconds)[0]) for each in running]
        return {"bytes": sum(each["bytes"] for each in done), "seconds": max(each["seconds"] for each in done)}

    def traced_load(self, command, forwarder, *numbers):
        """What the load measured, and the system calls of the forwarder meanwhile."""
        load = self.load_command(command, forwarder, *numbers)
        return syscalls.count(forwarder.child.pid, load, self.directory)

    def openssl_speed(self, *way):
        """Bytes per second of one core, in blocks of 16 KB."""
        command = ["openssl", "speed", "-mr", "-seconds", "1", "-bytes", "16384", *way]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        return float(re.search(r"^\+F:.*:([\d.]+)$", done.stdout, re.MULTILINE)[1])

    # --- servers

    @contextlib.contextmanager
    def server(self, cipher, link=None):
        """An sshd that is here, or at the other end of the link."""
        with self.sshd(cipher, network.THERE if link else "127.0.0.1") as sshd:
            with self.path(link, sshd.port, self.target_port) if link else contextlib.nullcontext():
                yield sshd

    def sshd(self, cipher, address="127.0.0.1"):
        port = free_port()
        config = self.directory / "sshd_config"
        config.write_text(f"""
            ListenAddress {self.listen}
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
            # Not the first shell: bash then reads no ~/.bashrc, which may take seconds.
            SetEnv SHLVL=1
            Ciphers {cipher}
            MACs {MACS}
            """, encoding="ascii")
        host_key = (self.directory / "host_key.pub").read_text(encoding="ascii")
        (self.directory / "known_hosts").write_text(f"[{address}]:{port} {host_key}", encoding="ascii")
        command = ["/usr/sbin/sshd", "-D", "-e", "-f", config]
        sshd = Server(command, self.directory / "sshd.log", env=self.environment)
        sshd.port, sshd.address = port, address
        return ready(sshd, lambda: greets(port))

    @contextlib.contextmanager
    def path(self, link, *ports):
        """While it is there, network.THERE is as far away as `link` says."""
        numbers = map(str, (link.megabits, link.round_trip_ms, *ports))
        with Process([self.path_program, network.DEVICE, *numbers], self.directory / "path.log",
                     stdout=subprocess.PIPE) as path:
            if path.child.stdout.readline() != b"ready\n":
                raise RuntimeError(f"no path: {path.log.read_text()}")
            yield

    # --- what forwards

    def ssh(self):
        return Contestant("ssh", lambda sshd: self.start_ssh(["ssh"], self.environment, [], sshd))

    def towline(self, binary, name):
        def with_sessions(count):
            return Contestant(f"{name}, {count} sessions", lambda sshd: self.start_towline(binary, sshd, count))

        return Contestant(name, lambda sshd: self.start_towline(binary, sshd), with_sessions, binary)

    def autossh(self):
        """As jnovack/autossh starts it, with two exceptions: the key is named instead of in an agent, and GATETIME
        is 0, since with its 30 s autossh itself ends if its first ssh does before, and leaves the rest to the
        container's restart policy. Nothing where it is missing."""
        environment = {**self.environment, "AUTOSSH_POLL": "30", "AUTOSSH_FIRST_POLL": "30", "AUTOSSH_GATETIME": "0",
                       "AUTOSSH_LOGLEVEL": "0", "AUTOSSH_LOGFILE": "/dev/stdout",
                       "AUTOSSH_PIDFILE": f"{self.directory}/autossh.pid", "AUTOSSH_PATH": shutil.which("ssh")}
        image = ["-o", "ServerAliveCountMax=3", "-t", "-t"]
        command = ["autossh", "-M", "0"]
        return [] if "autossh" in self.missing else [
            Contestant("autossh", lambda sshd: self.start_ssh(command, environment, image, sshd))]

    def direct(self):
        def start(sshd):
            return contextlib.nullcontext(Direct(f"{sshd.address}:{self.target_port}"))

        return Contestant("direct", start)

    def relays(self):
        """Nothing where socat is missing."""
        return [] if "socat" in self.missing else [Contestant("socat twice", self.start_relays)]

    @contextlib.contextmanager
    def start_relays(self, _):
        """socat in the place of the SSH server and of the forwarder, which is the one that counts."""
        with self.start_relay(self.target_port) as behind, self.start_relay(behind.port) as forwarder:
            yield forwarder

    def start_relay(self, target):
        port = free_port()
        command = ["socat", "-b", "65536", f"TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr,nodelay",
                   f"TCP:127.0.0.1:{target},nodelay"]
        relay = Relay(command, self.directory / "socat.log")
        relay.port, relay.place = port, str(port)
        return ready(relay, lambda: echoes(port))

    def start_ssh(self, program, environment, further, sshd):
        port = free_port()
        command = [*program, *self.ssh_options(sshd), "-N", "-o", "ExitOnForwardFailure=yes", "-o", "ServerAliveInterval=10",
                   *further, "-L", f"127.0.0.1:{port}:127.0.0.1:{self.target_port}", f"{USER}@{sshd.address}"]
        return self.start_forwarder(command, environment, port, sshd)

    def ssh_options(self, sshd, port=None):
        """The server, or what is at another port and shows its key."""
        options = {"UserKnownHostsFile": f"{self.directory}/known_hosts", "StrictHostKeyChecking": "yes",
                   "HostKeyAlias": f"[{sshd.address}]:{sshd.port}", "IdentitiesOnly": "yes"}
        return ["-F", "none", "-i", f"{self.directory}/user_key", "-p", str(port or sshd.port),
                *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]

    def ssh_command(self, sshd, *words, port=None):
        return ["ssh", *self.ssh_options(sshd, port), f"{USER}@127.0.0.1", *words]

    def server_settings(self, sshd):
        return {"SSH_REMOTE_HOST": sshd.address, "SSH_REMOTE_PORT": sshd.port, "SSH_REMOTE_USER": USER,
                "SSH_KEY_FILE": self.directory / "user_key", "SSH_KNOWN_HOSTS_FILE": self.directory / "known_hosts"}

    def start_towline(self, binary, sshd, sessions=1):
        port, admin = free_port(), free_port()
        environment = {**self.server_settings(sshd), "SSH_MODE": "-L", "SSH_TUNNEL_PORT": port,
                       "SSH_TARGET_HOST": "127.0.0.1", "SSH_TARGET_PORT": self.target_port,
                       "TOWLINE_ADMIN_LISTEN": f"127.0.0.1:{admin}", "TOWLINE_DRAIN_TIMEOUT": "0",
                       "SSH_CONNECTIONS": sessions}
        texts = {name: str(value) for name, value in environment.items()}
        milestones = {READYZ: lambda: answers_200(admin, "/readyz")}
        if sessions > 1:
            milestones[f"{sessions} sessions"] = lambda: len(sshd.children()) >= sessions
        forwarder = self.start_forwarder([str(binary)], texts, port, sshd, milestones)
        time.sleep(0.3 if sessions > 1 else 0)  # the last one may be shaking hands
        return forwarder

    def start_forwarder(self, command, environment, port, sshd, milestones=None):
        """A Process that forwards `place`; when it was first seen to is in `milestones`, in seconds from its start."""
        forwarder = Process(command, self.directory / "forwarder.log", env=environment)
        forwarder.place = str(port)
        forwarder.sshd = sshd
        forwarder.works = lambda: echoes(port)
        forwarder.milestones = {}
        due = {WORKS: forwarder.works, **(milestones or {})}

        def all_reached():
            for name in [name for name, condition in due.items() if condition()]:
                del due[name]
                forwarder.milestones[name] = time.monotonic() - forwarder.began
            return not due

        return ready(forwarder, all_reached)


class Contestant:
    """Something to go through. `start(sshd)` makes it ready: in its `with` block, `place` is where clients connect to.
    `with_sessions(n)`, where there is such a thing, is the same with n sessions; `binary` is the program that a towline is."""

    def __init__(self, name, start, with_sessions=None, binary=None):
        self.name = name
        self.with_sessions = with_sessions
        self.binary = binary
        self.start = start
