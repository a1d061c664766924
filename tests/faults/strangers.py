"""What somebody who uses a -S notices of others who do what they should not: how long a command takes and a byte on its way, and
what the others cost in memory. Beside the same command without towline, which the machine's load slows as well."""
import contextlib
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import threading
import time

from cells import Cell
from endpoint import QUICK_SHELLS, Endpoint
from openssh import Sshd
from towline import INSTRUMENTED, Watch
from world import eventually, run

ATTACKERS = pathlib.Path(__file__).with_name("attackers.py")
ADDRESS = "10.9.0.1"
KINDS = ("half_open", "half_open_of_one_address", "huge_packets", "guesses", "channels", "requests", "requests_unread",
         "channel_requests", "windows_of_nothing", "windows_of_all_there_can_be", "input_nobody_reads", "windows_enlarged",
         "after_close")
# The server's process of the session, which all of them share, is busy with what they ask it for: no time is promised.
FOR_THE_SERVER = {"channels", "windows_of_nothing", "windows_of_all_there_can_be", "input_nobody_reads"}
FULL = {"half_open", "half_open_of_one_address", "guesses"}  # many log in: new ones are turned away, as by MaxStartups of sshd
SECONDS = {"short": 3, "long": 30}
CLIENTS = {"short": 1, "long": 8}  # that have logged in
STALLED = 32  # channels of each of those that are not read
# Such a channel costs its first window (docs/decisions/0006-the-window-is-the-only-queue.md).
HOLDING = {"windows_of_nothing", "windows_of_all_there_can_be"}
WINDOW_KIB = 2048
CLIENT_KIB = 64 * 1024  # the windows of one client together (src/endpoint/reception.cpp)
MEMORY_MAX_KIB = 64 * 1024
BYTE_MAX_S = 1.0  # of somebody whose session is there: a byte there and back, 99 of 100
BETWEEN_BYTES = 0.005
HASH = "$y$j9T$1Z1PQLLwQdTXTMPVsUWrG.$IZtDrwDul8s2UDrEeK/PDAdhzER/1MgRasN/Q/VXH43"  # of "correct horse"


def prepare_network():
    """Every address of 10.9.0.0/16 is this machine's, and none is a loopback one, whose programs are trusted more."""
    run("ip", "route", "add", "local", "10.9.0.0/16", "dev", "lo")


class Samples:
    def __init__(self):
        self.seconds, self.failed = [], []

    def of(self, percent):
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else float("nan")

    def __str__(self):
        unit = f"{1e3 * self.of(50):.1f}/{1e3 * self.of(99):.1f} ms"
        return unit + (f", {len(self.failed)} of {len(self.failed) + len(self.seconds)} failed" if self.failed else "")


class Bystander:
    """Runs a command in turns through the endpoint and without it, and sends a byte there and back on a session that is open."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.session = subprocess.Popen(endpoint.ssh("cat"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.beat()

    def beat(self):
        began = time.monotonic()
        self.session.stdin.write(b"x")
        if self.session.stdout.read(1) != b"x":
            raise AssertionError("the session that was open is gone")
        return time.monotonic() - began

    @staticmethod
    def command(argv, samples):
        began = time.monotonic()
        ran = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             check=False, timeout=60)
        if ran.returncode == 0:
            samples.seconds.append(time.monotonic() - began)
        else:
            samples.failed.append(ran.stdout.strip())

    def look(self, seconds):
        """Samples: of commands through the endpoint, of those without it, of bytes."""
        shared, direct, beats, over = Samples(), Samples(), Samples(), threading.Event()

        def run_commands():
            while not over.is_set():
                self.command(self.endpoint.ssh("true"), shared)
                self.command(self.endpoint.direct("true"), direct)

        runner = threading.Thread(target=run_commands, daemon=True)
        runner.start()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            beats.seconds.append(self.beat())
            time.sleep(BETWEEN_BYTES)
        over.set()
        runner.join()
        return shared, direct, beats


@contextlib.contextmanager
def under_attack(world, kind, endpoint):
    """Yields a list that has the attackers' own count in the end. They get what the others leave of the processors: in life they
    have their own."""
    command = [sys.executable, "-W", "ignore", ATTACKERS, kind, endpoint.address, endpoint.port,
               endpoint.sshd.user_key, CLIENTS[world.form], STALLED]
    process = world.start(command, stdout=subprocess.PIPE, preexec_fn=lambda: os.nice(19))
    process.stdout.readline()
    counted = []
    try:
        yield counted
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(ValueError):
            counted.append(json.loads(process.communicate(timeout=30)[0]))


def suffer(world, kind):
    prepare_network()
    seconds, sshd = SECONDS[world.form], Sshd(world, QUICK_SHELLS)
    passwords = world.folder / "passwords"
    passwords.write_text(f"anna:{HASH}\n")
    endpoint = Endpoint(world, sshd, ADDRESS, TOWLINE_AUTHORIZED_KEYS_FILE=f"{sshd.user_key}.pub",
                        TOWLINE_PASSWORDS_FILE=passwords)
    towline, bystander = endpoint.towline, Bystander(endpoint)
    before = bystander.look(seconds)
    with Watch(towline), under_attack(world, kind, endpoint) as counted:
        time.sleep(1)  # they have begun
        beside = bystander.look(seconds)
        refused = {reason for _, reason in towline.reasons("towline_clients_refused_total", "towline_login_failures_total")}
    peak = towline.of_status("VmHWM")
    for name, without, those in zip(("ssh true", "without towline", "a byte"), before, beside):
        world.tell(f"{name} {without} -> {those}")
    world.tell(f"{peak} KiB at most; {counted[0] if counted else 'no count'}; {sorted(refused)}")
    shared, _, beats = beside
    world.expect(kind in FULL or not shared.failed, f"commands failed: {shared.failed[:1]}")
    world.expect(INSTRUMENTED or kind in FOR_THE_SERVER or beats.of(99) < BYTE_MAX_S, f"a byte took {beats.of(99):.2f} s")
    windows = WINDOW_KIB * STALLED * CLIENTS[world.form] if kind in HOLDING else 0
    if kind == "input_nobody_reads":
        windows = CLIENT_KIB * (CLIENTS[world.form] - 1)
    world.expect(INSTRUMENTED or peak < MEMORY_MAX_KIB + windows, f"{peak} KiB of memory")
    world.expect(counted and statistics.fsum(counted[0].values()) > 0, "the attackers have done nothing")
    world.expect(eventually(30, lambda: endpoint.run("true").returncode == 0), "afterwards nobody is let in")
    world.expect(sshd.logins() == 1 + len(before[1].seconds) + len(beside[1].seconds), "the session was lost")
    towline.end_well()


def cells(form):
    for kind in KINDS:
        yield Cell("strangers", kind, lambda world, a=kind: suffer(world, a), weight=3 if form == "short" else 16, seconds_max=180)
