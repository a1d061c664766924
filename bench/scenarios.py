"""What is measured, and how it is judged."""
import contextlib
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Callable

import exposing
import network
import sharing
import testbed

AES128_GCM = "aes128-gcm@openssh.com"
# Of each cipher of SSH: its name, and what `openssl speed` knows that does the same work, one after the other.
CIPHERS = {AES128_GCM: ("aes128-gcm", [["-aead", "-evp", "aes-128-gcm"]]),
           "aes256-gcm@openssh.com": ("aes256-gcm", [["-aead", "-evp", "aes-256-gcm"]]),
           "chacha20-poly1305@openssh.com": ("chacha20-poly1305", [["-aead", "-evp", "chacha20-poly1305"]]),
           "aes128-ctr": ("aes128-ctr + hmac-sha2-256-etm", [["-evp", "aes-128-ctr"], ["-hmac", "sha256"]])}
CIPHER_ALONE = "cipher alone"


@dataclass
class Metric:
    """One number, of each contestant, in each round."""

    group: str
    name: str
    unit: str
    target: str = ""  # of the ratio to ssh: ">= 1.0"
    samples: dict = field(default_factory=dict)  # contestant: [number, ...]


# Ratios to ssh that towline promises.
TARGETS = {
    "bulk up, aes128-gcm: throughput": ">= 1.0",
    "bulk down, aes128-gcm: throughput": ">= 1.0",
    "bulk up, aes128-gcm: CPU": "<= 1.0",
    "bulk down, aes128-gcm: CPU": "<= 1.1",
    "connections, one after another, the target closes": ">= 5.0",
    "memory, 1,000 idle connections: RSS": "<= 0.5",
    "bulk up through a command: throughput": ">= 0.6",
    "bulk down through a command: throughput": ">= 0.6",
    "bulk up through a command: CPU": "<= 1.0",
    "bulk down through a command: CPU": "<= 1.0",
    "logins, by the CPU of who lets in": ">= 3.0",
}


class Results:
    def __init__(self):
        self.metrics = {}

    def add(self, group, contestant, name, number, unit):
        metric = self.metrics.setdefault(name, Metric(group, name, unit, TARGETS.get(name, "")))
        metric.samples.setdefault(contestant, []).append(float(f"{number:.5g}"))


@dataclass
class Lengths:
    bulk_ms: int
    other_ms: int
    path_ms: int  # finding the rate of a path takes several round trips
    away_s: int
    idle: tuple  # connections beside what is measured
    memory: tuple  # connections whose memory is


FULL = Lengths(1000, 1000, path_ms=4000, away_s=5, idle=(0, 500, 2000), memory=(0, 500, 1000, 2000))
QUICK = Lengths(300, 300, path_ms=1500, away_s=2, idle=(0, 500), memory=(0, 1000))


# --- scenarios: one contestant, one round

def bulk(bench, forwarder, add, what, milliseconds):
    for direction in ("up", "down"):
        before = forwarder.cpu_seconds()
        moved = bench.load(direction, forwarder, milliseconds)
        gigabytes = moved["bytes"] / 1e9
        add(f"bulk {direction}, {what}: throughput", gigabytes / moved["seconds"], "GB/s")
        add(f"bulk {direction}, {what}: CPU", (forwarder.cpu_seconds() - before) / gigabytes, "CPU-s/GB")


def bulk_of(cipher):
    def scenario(bench, forwarder, add, lengths):
        bulk(bench, forwarder, add, CIPHERS[cipher][0], lengths.bulk_ms)

    return scenario


def cipher_alone(cipher):
    """What one core would do that did nothing else."""
    def once(bench, add):
        name, ways = CIPHERS[cipher]
        seconds_per_gigabyte = sum(1e9 / bench.openssl_speed(*way) for way in ways)
        for direction in ("up", "down"):
            add(CIPHER_ALONE, f"bulk {direction}, {name}: throughput", 1 / seconds_per_gigabyte, "GB/s")
            add(CIPHER_ALONE, f"bulk {direction}, {name}: CPU", seconds_per_gigabyte, "CPU-s/GB")

    return once


# One byte there and back. Where the client closes, each packet of the server's is answered at once. Where the
# target does, as in HTTP without keep-alive, the server has two small packets to send in a row, and OpenSSH's up
# to 9.x leaves Nagle's algorithm on for a session that only forwards: the second waits until the first is
# acknowledged, which the kernel delays by 40 ms unless it is asked not to.
CONNECTIONS = [
    (1, "target", "connections, one after another, the target closes"),
    (1, "client", "connections, one after another, the client closes"),
    (50, "target", "connections, 50 at a time, the target closes"),
    (50, "client", "connections, 50 at a time, the client closes"),
]


def connections(bench, forwarder, add, lengths):
    for width, closer, name in CONNECTIONS:
        before = forwarder.cpu_seconds()
        made = bench.load("connections", forwarder, lengths.other_ms, width, closer)
        add(name, made["count"] / made["seconds"], "1/s")
        if closer == "client":  # the other makes too few connections with ssh for the clock's ticks
            add(f"{name}: CPU", (forwarder.cpu_seconds() - before) * 1e6 / made["count"], "CPU-us each")


def ping(bench, forwarder, add, when, milliseconds):
    took = bench.load("ping", forwarder, milliseconds)
    add(f"1-byte round trip, {when}: p50", took["p50_us"], "us")
    add(f"1-byte round trip, {when}: p99", took["p99_us"], "us")


def beside_bulk(bench, forwarder, direction, milliseconds, measure):
    """What is measured while the transfer goes on, which returns what it moved."""
    with bench.start_load(direction, forwarder, milliseconds + 400) as transfer:
        time.sleep(0.2)  # the transfer has found its pace
        measure()
        said, _ = transfer.child.communicate(timeout=60)
        if transfer.child.returncode != 0:
            raise RuntimeError(f"the bulk {direction} failed")
        return json.loads(said)


def latency(bench, forwarder, add, lengths):
    ping(bench, forwarder, add, "idle", lengths.other_ms)
    for direction in ("up", "down"):
        beside_bulk(bench, forwarder, direction, lengths.other_ms,
                    lambda way=direction: ping(bench, forwarder, add, f"beside a bulk {way}", lengths.other_ms))


@contextlib.contextmanager
def held(bench, forwarder, count):
    """That many connections are open through the forwarder."""
    with bench.start_load("hold", forwarder, count) as process:
        line = process.child.stdout.readline()
        if not line or json.loads(line)["held"] != count:
            raise RuntimeError(f"{count} connections could not be held: {process.log.read_text()}")
        yield


def with_more_and_more(bench, forwarder, counts, measure):
    with contextlib.ExitStack() as stack:
        before = 0
        for count in counts:
            if count > before:
                stack.enter_context(held(bench, forwarder, count - before))
            before = count
            measure(f"{count:,} idle connections" if count else "no connection")


def idle_and_busy(bench, forwarder, add, lengths):
    def measure(idle):
        bulk(bench, forwarder, add, f"{idle} beside it", lengths.bulk_ms)
        ping(bench, forwarder, add, f"{idle} beside it", lengths.other_ms)

    with_more_and_more(bench, forwarder, lengths.idle, measure)


def memory(bench, forwarder, add, lengths):
    def measure(idle):
        for key, megabytes in forwarder.memory().items():
            add(f"memory, {idle}: {key}", megabytes, "MB")

    with_more_and_more(bench, forwarder, lengths.memory, measure)


def long_path(link):
    def scenario(bench, forwarder, add, lengths):
        ping(bench, forwarder, add, f"{link}, idle", lengths.path_ms // 4)
        up = beside_bulk(bench, forwarder, "up", lengths.path_ms,
                         lambda: ping(bench, forwarder, add, f"{link}, beside a bulk up", lengths.path_ms))
        down = bench.load("down", forwarder, lengths.path_ms)
        for direction, moved in (("up", up), ("down", down)):
            megabits = moved["bytes"] * 8e-6 / moved["seconds"]
            add(f"bulk {direction}, {link}: throughput", megabits, "Mbit/s")

    return scenario


def starting(_, forwarder, add, __):
    for name, seconds in forwarder.milestones.items():
        add(f"from start until {name}", seconds * 1e3, "ms")


def recovery(_, forwarder, add, lengths):
    def back():
        return testbed.eventually("a connection after the loss", forwarder.works, seconds=60)

    began = time.monotonic()
    forwarder.sshd.kill_sessions()
    back()
    add("from the session's end until a connection works", (time.monotonic() - began) * 1e3, "ms")
    with forwarder.sshd.away():
        time.sleep(lengths.away_s)
    add(f"server away for {lengths.away_s} s: from its return until a connection works", back() * 1e3, "ms")


AT_ONCE = 8


def several_sessions(bench, forwarder, add, lengths):
    for direction in ("up", "down"):
        before = forwarder.cpu_seconds()
        moved = bench.loads(AT_ONCE, direction, forwarder, lengths.bulk_ms)
        gigabytes = moved["bytes"] / 1e9
        add(f"{AT_ONCE} at once, {direction}: throughput", gigabytes / moved["seconds"], "GB/s")
        add(f"{AT_ONCE} at once, {direction}: CPU", (forwarder.cpu_seconds() - before) / gigabytes, "CPU-s/GB")


def system_calls(bench, forwarder, add, lengths):
    for direction in ("up", "down"):
        moved, calls = bench.traced_load(direction, forwarder, lengths.bulk_ms)
        for name, count in calls.items():
            # Less than that is not about the bytes.
            add(f"system calls, {direction}: {name}", round(count / (moved["bytes"] / 1e6), 1), "per MB")


# --- who takes part

def the_two(bench, first, second):
    return [first, second]


def the_two_and_limits(bench, first, second):
    return [first, second, bench.direct(), *bench.relays()]


def the_two_and_direct(bench, first, second):
    return [first, second, bench.direct()]


def the_two_and_autossh(bench, first, second):
    return [first, *bench.autossh(), second]


def who_comes_back(bench, first, second):
    """ssh alone ends with its session."""
    return [each for each in (first, *bench.autossh(), second) if each.name != "ssh"]


def who_shares(bench, first, second):
    """A login for each tool in the place of ssh, and ControlMaster beside."""
    shared = [testbed.Contestant(each.name, sharing.shared(bench, each.binary)) for each in (first, second) if each.binary]
    return shared if len(shared) == 2 else [testbed.Contestant(first.name, sharing.direct(bench)), *shared,
                                            testbed.Contestant("ControlMaster", sharing.control_master(bench))]


def with_several_sessions(bench, first, second):
    return [first, second, *(each.with_sessions(count) for each in (first, second) if each.with_sessions
                             for count in (2, 4))]


# --- the whole

@dataclass
class Scenario:
    group: str
    name: str
    measure: Callable
    contestants: Callable = the_two
    cipher: str = AES128_GCM
    rounds: int = 5
    quick_rounds: int = 3  # 0: not with --quick
    link: network.Link | None = None
    once: Callable = lambda bench, add: None
    needs: str = ""


LINKS = [network.Link(20, 20), network.Link(100, 20), network.Link(500, 50)]

SCENARIOS = [
    *(Scenario("bulk", f"bulk {name}", bulk_of(cipher), the_two_and_limits, cipher,
               *((5, 3) if cipher == AES128_GCM else (3, 1)), once=cipher_alone(cipher))
      for cipher, (name, _) in CIPHERS.items()),
    Scenario("sessions", "sessions", several_sessions, with_several_sessions),
    Scenario("system calls", "syscalls", system_calls, rounds=3, quick_rounds=1, needs="syscalls"),
    Scenario("connections", "connections", connections),
    Scenario("latency", "latency", latency),
    *(Scenario("paths", f"path {link}", long_path(link), the_two_and_direct, rounds=3, link=link,
               quick_rounds=1 if link == LINKS[1] else 0, needs="path") for link in LINKS),
    Scenario("idle", "idle", idle_and_busy, quick_rounds=1),
    Scenario("memory", "memory", memory, rounds=3, quick_rounds=1),
    Scenario("sharing (-S)", "sharing", sharing.measure, who_shares, rounds=3, quick_rounds=1),
    Scenario("public entrance (expose)", "exposing", exposing.measure, exposing.contestants, rounds=3, quick_rounds=1,
             needs="exposing"),
    Scenario("start", "start", starting, the_two_and_autossh),
    Scenario("recovery", "recovery", recovery, who_comes_back, quick_rounds=1),
]


def run(bench, first, second, quick, only):
    results = Results()
    for scenario in SCENARIOS:
        rounds = scenario.quick_rounds if quick else scenario.rounds
        if only not in scenario.name or not rounds:
            continue
        if scenario.needs in bench.missing:
            print(f"bench: {scenario.name} is left out", file=sys.stderr)
            continue
        began = time.monotonic()
        run_scenario(bench, scenario, scenario.contestants(bench, first, second), rounds, QUICK if quick else FULL, results)
        print(f"bench: {scenario.name}, {time.monotonic() - began:.0f} s", file=sys.stderr)
    return [metric for metric in results.metrics.values() if any(map(any, metric.samples.values()))]


def run_scenario(bench, scenario, contestants, rounds, lengths, results):
    scenario.once(bench, lambda who, *numbers: results.add(scenario.group, who, *numbers))
    with bench.server(scenario.cipher, scenario.link) as sshd:
        for turn in range(rounds):
            # Each is first as often as second: what the machine does besides changes slowly.
            for contestant in contestants if turn % 2 == 0 else reversed(contestants):
                def add(name, number, unit, who=contestant.name):
                    results.add(scenario.group, who, name, number, unit)

                with contestant.start(sshd) as forwarder:
                    scenario.measure(bench, forwarder, add, lengths)
