"""What is measured, and how it is judged."""
import json
import sys
import time
from dataclasses import dataclass, field

AES128_GCM = "aes128-gcm@openssh.com"
CIPHERS = {AES128_GCM: "aes128-gcm", "aes256-gcm@openssh.com": "aes256-gcm",
           "chacha20-poly1305@openssh.com": "chacha20-poly1305",
           "aes128-ctr": "aes128-ctr + hmac-sha2-256-etm"}


@dataclass
class Metric:
    """One number, of each contestant, in each round."""

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
}


class Results:
    def __init__(self):
        self.metrics = {}

    def add(self, contestant, name, number, unit):
        metric = self.metrics.setdefault(name, Metric(name, unit, TARGETS.get(name, "")))
        metric.samples.setdefault(contestant, []).append(number)


@dataclass
class Lengths:
    rounds: int
    bulk_ms: int
    other_ms: int


FULL = Lengths(rounds=5, bulk_ms=1000, other_ms=1000)
QUICK = Lengths(rounds=3, bulk_ms=300, other_ms=300)


def bulk(bench, forwarder, add, what, milliseconds):
    for direction in ("up", "down"):
        before = forwarder.cpu_seconds()
        moved = bench.load(direction, forwarder.port, milliseconds)
        gigabytes = moved["bytes"] / 1e9
        add(f"bulk {direction}, {what}: throughput", gigabytes / moved["seconds"], "GB/s")
        add(f"bulk {direction}, {what}: CPU", (forwarder.cpu_seconds() - before) / gigabytes, "CPU-s/GB")


def bulk_of(cipher):
    def scenario(bench, forwarder, add, lengths):
        bulk(bench, forwarder, add, CIPHERS[cipher], lengths.bulk_ms)

    return scenario


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
        made = bench.load("connections", forwarder.port, lengths.other_ms, width, closer)
        add(name, made["count"] / made["seconds"], "1/s")
        if closer == "client":  # the other makes too few connections with ssh for the clock's ticks
            add(f"{name}: CPU", (forwarder.cpu_seconds() - before) * 1e6 / made["count"], "CPU-us each")


def latency(bench, forwarder, add, lengths):
    def ping(when):
        took = bench.load("ping", forwarder.port, lengths.other_ms)
        add(f"1-byte round trip, {when}: p50", took["p50_us"], "us")
        add(f"1-byte round trip, {when}: p99", took["p99_us"], "us")

    ping("idle")
    for direction in ("up", "down"):
        with bench.start_load(direction, forwarder.port, lengths.other_ms + 400) as transfer:
            time.sleep(0.2)  # the transfer has found its pace
            ping(f"beside a bulk {direction}")
            if transfer.child.wait(30) != 0:
                raise RuntimeError(f"the bulk {direction} failed")


def held(bench, forwarder, count):
    """A load process that has `count` connections open through the forwarder."""
    process = bench.start_load("hold", forwarder.port, count)
    line = process.child.stdout.readline()
    if not line or json.loads(line)["held"] != count:
        raise RuntimeError(f"{count} connections could not be held: {process.log.read_text()}")
    return process


def idle_and_busy(bench, forwarder, add, lengths):
    with held(bench, forwarder, 500):
        bulk(bench, forwarder, add, "500 idle connections beside it", lengths.bulk_ms)
        took = bench.load("ping", forwarder.port, lengths.other_ms)
        add("1-byte round trip, 500 idle connections beside it: p50", took["p50_us"], "us")


def memory(bench, forwarder, add, _):
    for key, megabytes in forwarder.memory().items():
        add(f"memory, no connection: {key}", megabytes, "MB")
    with held(bench, forwarder, 1000):
        for key, megabytes in forwarder.memory().items():
            add(f"memory, 1,000 idle connections: {key}", megabytes, "MB")


SCENARIOS = [
    *((f"bulk {name}", cipher, bulk_of(cipher)) for cipher, name in CIPHERS.items()),
    ("connections", AES128_GCM, connections),
    ("latency", AES128_GCM, latency),
    ("idle", AES128_GCM, idle_and_busy),
    ("memory", AES128_GCM, memory),
]


def run(bench, contestants, quick, only):
    lengths = QUICK if quick else FULL
    results = Results()
    for name, cipher, scenario in SCENARIOS:
        if only not in name:
            continue
        print(f"bench: {name}", file=sys.stderr)
        with bench.sshd(cipher) as sshd:
            for turn in range(lengths.rounds):
                # Each is first as often as second: what the machine does besides changes slowly.
                for contestant in contestants if turn % 2 == 0 else reversed(contestants):
                    def add(metric, number, unit, who=contestant.name):
                        results.add(who, metric, number, unit)

                    with contestant.start(sshd) as forwarder:
                        scenario(bench, forwarder, add, lengths)
    return list(results.metrics.values())
