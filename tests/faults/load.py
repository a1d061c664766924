"""What a towline takes after much use: memory, descriptors and threads before and after, and how long it took."""
import contextlib
import dataclasses
import resource
import signal
import threading
import time

from cells import Cell
from openssh import Sshd
from towline import INSTRUMENTED, Towline, Watch, free_port, limited
from transfers import Target, Way, transfer
from world import eventually

RECONNECTS = {"short": 300, "long": 10_000}
CONNECTIONS = {"short": 3_000, "long": 100_000}
AT_ONCE = {"short": 1_500, "long": 4_096}
SIDE_BY_SIDE = 30
DESCRIPTORS = 1024  # ulimit -n, as most machines have it
# Behind the first of them it must not grow: allocators have settled. 20,000 connections were seen to add 0.1 MB, 2,000
# reconnects 0.5 MB.
GROWTH_MAX_KIB = 2048
CLIENT_MAX_KIB = 16  # of a connection that says little, README: 16.5 MB with 1,000; the allocator keeps what it had


@dataclasses.dataclass(frozen=True)
class Figures:
    memory: int
    descriptors: int
    threads: int

    @classmethod
    def of(cls, towline):
        return cls(towline.of_status("VmRSS"), towline.descriptors(), towline.of_status("Threads"))

    def __str__(self):
        return f"{self.memory} KiB, {self.descriptors} descriptors, {self.threads} threads"


def judge(world, what, before, after, seconds, may_grow=GROWTH_MAX_KIB):
    world.tell(f"{what} in {seconds:.0f} s; before {before}; after {after}")
    grown = after.memory - before.memory
    world.expect(INSTRUMENTED or grown <= may_grow, f"memory grew by {grown} KiB")
    world.expect(after.descriptors <= before.descriptors + 2, f"{after.descriptors - before.descriptors} descriptors more")
    world.expect(after.threads == before.threads, f"{before.threads} threads before, {after.threads} after")


def settled(towline, way):
    """What it takes when all connections have gone."""
    eventually(20, lambda: towline.total("towline_connections_active") == 0)
    towline.must_be_ready(30)
    result = transfer(way, 1000, 1000, 10)
    towline.world.expect(result.how == "right", f"afterwards a connection ends {result}")
    eventually(20, lambda: towline.total("towline_connections_active") == 0)
    time.sleep(1)  # sessions that were replaced end
    return Figures.of(towline)


def reconnects(world):
    """The session is killed as soon as it is there; SIGUSR1 ends the wait for the next."""
    count, sshd, target = RECONNECTS[world.form], Sshd(world, "LogLevel INFO"), Target()
    remote = free_port()
    towline = Towline(world, sshd.settings(
        SSH_FORWARDS=f"r=-R 127.0.0.1:{remote}:127.0.0.1:{target.port};l=-L 0:127.0.0.1:{target.port};d=-D 0",
        TOWLINE_BACKOFF_MAX="1s", TOWLINE_LOG_LEVEL="error"))
    towline.must_be_ready()
    way, warm, before, began = Way(towline.port("l")), min(50, count // 5), None, time.monotonic()
    with Watch(towline, every=1), open(sshd.log_path, encoding="utf-8", errors="replace") as log:
        for done in range(count):
            if done == warm:
                before = settled(towline, way)
                log.read()
            sshd.signal_sessions()
            towline.signal(signal.SIGUSR1)
            if not eventually(20, lambda: "Accepted " in log.read()):
                world.expect(False, f"no login within 20 s after {done} of {count}")
                break
    after = settled(towline, way)
    judge(world, f"{count} reconnects", before or after, after, time.monotonic() - began)
    towline.end_well()


def connections(world):
    """One after the other, some side by side, each with bytes that are compared."""
    count, sshd, target = CONNECTIONS[world.form], Sshd(world), Target()
    towline = Towline(world, sshd.settings(SSH_FORWARDS=f"l=-L 0:127.0.0.1:{target.port}", TOWLINE_LOG_LEVEL="warn"))
    towline.must_be_ready()
    way, wrong = Way(towline.port("l")), []

    def work(numbers):
        for _ in numbers:
            result = transfer(way, 500, 500, 30)
            if result.how != "right":
                wrong.append(result)

    def all_of(size):
        numbers = iter(range(size))  # shared
        threads = [threading.Thread(target=work, args=(numbers,), daemon=True) for _ in range(SIDE_BY_SIDE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    began = time.monotonic()
    with Watch(towline, every=1):
        all_of(count // 10)
        before = settled(towline, way)
        all_of(count - count // 10)
    world.expect(not wrong, f"{len(wrong)} of {count} connections went wrong: {wrong[:1]}")
    judge(world, f"{count} connections", before, settled(towline, way), time.monotonic() - began)
    towline.end_well()


def at_once(world):
    """More clients than descriptors: each is carried or turned away at once, nobody waits, and health answers beside them."""
    count, sshd, target = AT_ONCE[world.form], Sshd(world), Target()
    towline = Towline(world, sshd.settings(SSH_FORWARDS=f"l=-L 0:127.0.0.1:{target.port}"),
                      prepare=limited(resource.RLIMIT_NOFILE, DESCRIPTORS))
    towline.must_be_ready()
    way, began, held, turned_away, silent = Way(towline.port("l")), time.monotonic(), [], 0, 0
    before = settled(towline, way)
    with Watch(towline):
        for _ in range(count):
            try:
                client = way.connect(5)
            except OSError:
                turned_away += 1
                continue
            with contextlib.suppress(OSError):
                client.sendall((0).to_bytes(8, "big") + (5).to_bytes(8, "big"))
            held.append(client)
        ready = towline.ask("/readyz")
        world.expect(ready[0] == 200, f"/readyz beside {len(held)} clients: {ready}")
        for client in held:
            client.settimeout(5)
            try:
                turned_away += not client.recv(1)
            except ConnectionError:
                turned_away += 1
            except TimeoutError:
                silent += 1
                if silent > 3:
                    break
    world.expect(not silent, f"{silent} clients or more are neither carried nor turned away")
    world.expect(turned_away == 0 or ("towline_connections_failed_total", "limit") in towline.reasons(),
                 f"{turned_away} clients were turned away, counted as {sorted(towline.reasons())}")
    peak = Figures.of(towline)
    for client in held:
        client.close()
    after = settled(towline, way)
    judge(world, f"{count} clients at once, {turned_away} turned away, {peak}", before, after, time.monotonic() - began,
          may_grow=count * CLIENT_MAX_KIB)
    towline.end_well()


def cells(form):
    for run in (reconnects, connections, at_once):
        yield Cell("load", run.__name__, run, weight=3 if form == "short" else 16, seconds_max=300 if form == "short" else 3600)
