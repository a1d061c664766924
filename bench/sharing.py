"""-S beside what else there is for many tools: a login for each of them, and OpenSSH's ControlMaster."""
import contextlib
import os
import re
import resource
import subprocess
import time
import urllib.request

from processes import Process, answers_200, eventually, free_port, greets, ready

COMMANDS = 20
AT_ONCE = 4
LOGINS = 20
IDLE = 20


class Way:
    """How ssh gets to the server: `client(*words)` is a command of ssh's with these words behind its options."""

    def __init__(self, client, sshd, process=None, lets_in=None, count=None):
        self.client = client
        self.sshd = sshd
        self.process = process  # what is in between, if anything
        self.lets_in = lets_in  # the process that clients log in to, if they do
        self.count = count  # how many are logged in there

    def run(self, *words, **options):
        subprocess.run(self.client(*words), check=True, timeout=120, **{"stdin": subprocess.DEVNULL, **options})


def direct(bench):
    """A login for each."""
    @contextlib.contextmanager
    def start(sshd):
        yield Way(lambda *words: bench.ssh_command(sshd, *words), sshd,
                  lets_in=sshd, count=lambda: len(sshd.children()))

    return start


def control_master(bench):
    """One process of ssh's logs in, and others hand over to it."""
    @contextlib.contextmanager
    def start(sshd):
        socket = bench.directory / "master"
        command = bench.ssh_command(sshd, "-M", "-N", "-S", str(socket))
        with Process(command, bench.directory / "master.log", env=bench.environment) as master:
            ready(master, socket.exists)
            yield Way(lambda *words: ["ssh", "-F", "none", "-S", str(socket), "any", *words], sshd, master)

    return start


def shared(bench, binary):
    """Clients log in to towline, with the key that the server knows."""
    @contextlib.contextmanager
    def start(sshd):
        port, admin = free_port(), free_port()
        environment = {**bench.server_settings(sshd), "SSH_MODE": "-S", "SSH_TUNNEL_PORT": port,
                       "TOWLINE_HOST_KEY_FILE": bench.directory / "host_key",
                       "TOWLINE_AUTHORIZED_KEYS_FILE": bench.directory / "user_key.pub",
                       "TOWLINE_ADMIN_LISTEN": f"127.0.0.1:{admin}", "TOWLINE_DRAIN_TIMEOUT": "0"}
        texts = {name: str(value) for name, value in environment.items()}
        with Process([str(binary)], bench.directory / "forwarder.log", env=texts) as towline:
            ready(towline, lambda: answers_200(admin, "/readyz") and greets(port))
            yield Way(lambda *words: bench.ssh_command(sshd, *words, port=port), sshd, towline,
                      lets_in=towline, count=lambda: clients_of(admin))

    return start


def clients_of(admin):
    with urllib.request.urlopen(f"http://127.0.0.1:{admin}/metrics", timeout=10) as page:
        return int(re.search(r"^towline_clients (\d+)", page.read().decode(), re.MULTILINE)[1])


def memory_of(pid):
    """Kilobytes of a process and those below it; pages that others have too count in part."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
            own = sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return own + sum(memory_of(int(child)) for child in file.read().split())
    return 0


def cpu_of_clients():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def cpu_of_server(sshd):
    """Once its sessions have ended and count."""
    eventually("the end of the sessions", lambda: not sshd.children())
    return sshd.cpu_seconds()


def commands(way, add):
    way.run("true")
    began = time.monotonic()
    for _ in range(COMMANDS):
        way.run("true")
    add("a command (ssh host true), one after another", (time.monotonic() - began) * 1e3 / COMMANDS, "ms")
    began = time.monotonic()
    for _ in range(COMMANDS // AT_ONCE):
        running = [subprocess.Popen(way.client("true"), stdin=subprocess.DEVNULL) for _ in range(AT_ONCE)]
        if any([each.wait(60) for each in running]):
            raise RuntimeError("a command failed")
    add(f"commands, {AT_ONCE} at a time", COMMANDS / (time.monotonic() - began), "1/s")


def bulk(way, add, megabytes):
    """CPU: of what is in between, beside that of ssh and sshd, which do together what a -S does."""
    def cpu():
        return way.process.cpu_seconds() if way.process else cpu_of_clients() + cpu_of_server(way.sshd)

    gigabytes = megabytes * 1.048576e-3
    zeros = f"head -c {megabytes}M /dev/zero"
    with open(os.devnull, "wb") as null:
        for direction in ("up", "down"):
            before = cpu()
            began = time.monotonic()
            if direction == "up":
                with subprocess.Popen(zeros.split(), stdout=subprocess.PIPE) as source:
                    way.run("cat > /dev/null", stdin=source.stdout)
            else:
                way.run(zeros, stdout=null)
            took = time.monotonic() - began
            add(f"bulk {direction} through a command: throughput", gigabytes / took, "GB/s")
            add(f"bulk {direction} through a command: CPU", (cpu() - before) / gigabytes, "CPU-s/GB")


def logins(way, add):
    """By the CPU of who lets in: the clients are the same, and take most of the time."""
    def cpu():
        return cpu_of_server(way.sshd) if way.lets_in is way.sshd else way.lets_in.cpu_seconds()

    before = cpu()
    for _ in range(LOGINS):
        # The connection that comes after it is refused.
        subprocess.run(way.client("-W", "127.0.0.1:1"), stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60,
                       check=False)
    add("logins, by the CPU of who lets in", LOGINS / (cpu() - before), "1/s")


def idle(way, add):
    before = memory_of(way.lets_in.child.pid)
    with contextlib.ExitStack() as stack:
        for _ in range(IDLE):
            client = subprocess.Popen(way.client("-N"), stdin=subprocess.DEVNULL)
            stack.callback(client.wait)
            stack.callback(client.terminate)
        eventually("the clients", lambda: way.count() >= IDLE)
        add("memory for an idle client: PSS", (memory_of(way.lets_in.child.pid) - before) / IDLE, "kB")


def measure(_, way, add, lengths):
    commands(way, add)
    bulk(way, add, 64 if lengths.bulk_ms < 1000 else 256)
    if way.lets_in:
        logins(way, add)
        idle(way, add)
