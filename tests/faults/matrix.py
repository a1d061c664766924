"""Each fault × each mode of forwarding × each load: does it come back, and is every byte right?"""
import contextlib
import dataclasses
import os
import signal
import threading
import time
from collections.abc import Callable

from cells import Cell
from openssh import Sshd
from relay import Relay, close, reset
from towline import Towline, Watch, free_port
from transfers import Target, Transferred, Way, converse, transfer
from world import eventually

MODES, LOADS = "RLD", ("idle", "bulk", "connections")
SILENCE = 3  # seconds until a silent server is given up: interval 1 s × (count 2 + 1)
CONNECT = 5  # seconds for an attempt
SIZE = {"short": 16 << 20, "long": 100 << 20}  # bytes of a bulk transfer, each way
PACE = {"short": 8 << 20, "long": None}  # bytes per second: the fault finds it in the middle, or as fast as it goes
PATIENCE = 30  # seconds that a client waits for the next byte: longer than any fault
SLACK = 8  # of a busy machine

# Why a session ends whose server's end is closed: by a FIN, or by a RST where bytes were not read yet.
CLOSED = {"peer_closed", "socket_error"}
# Why attempts fail while nobody answers.
SILENT = {"rx_timeout", "timeout"}


@dataclasses.dataclass(frozen=True)
class Fault:
    """`act` returns when the fault is over. `lives`: the session outlasts it, and so does every connection."""
    name: str
    act: Callable
    seconds: float  # it lasts
    lives: bool = False
    reasons: frozenset = frozenset()
    back: float = 1.0  # seconds until all is well again, on a machine with nothing else to do
    options: str = ""  # of sshd
    stops_towline: bool = False
    needs_log: str = ""  # what its stderr is, if not a file


@dataclasses.dataclass
class Scene:
    """What a fault is done to."""
    world: object
    sshd: Sshd
    relay: Relay
    log: object = None
    towline: Towline = None


def frozen(seconds):
    def act(scene):
        scene.sshd.freeze()
        time.sleep(seconds)
        scene.sshd.thaw()
    return act


def held(seconds, *ways):
    def act(scene):
        scene.relay.hold(*ways)
        time.sleep(seconds)
        scene.relay.pass_on()
    return act


def paused(seconds):
    def act(scene):
        scene.towline.signal(signal.SIGSTOP)
        time.sleep(seconds)
        scene.towline.signal(signal.SIGCONT)
    return act


def signalled(number):
    return lambda scene: scene.towline.signal(number)


def reload_again_and_again(scene):
    for _ in range(5):
        scene.towline.signal(signal.SIGHUP)
        time.sleep(0.2)


def reload_without_successor(scene):
    """Nobody takes the new session: the one that is there stays."""
    scene.relay.turns_away = close
    scene.towline.signal(signal.SIGHUP)
    time.sleep(2)
    scene.relay.turns_away = None


def restart(scene):
    scene.sshd.stop()
    time.sleep(1.5)
    scene.sshd.start()


def slow(scene):
    scene.relay.delay = 0.05
    time.sleep(3)
    scene.relay.delay = 0


def drip(scene):
    scene.relay.bytes_at_a_time = 7
    time.sleep(2)
    scene.relay.bytes_at_a_time = None


def turned_away(how):
    """A port that accepts, and closes or resets at once: a balancer without a server behind it."""
    def act(scene):
        scene.relay.turns_away = how
        scene.relay.reset_all()
        time.sleep(4)
        scene.relay.turns_away = None
    return act


def kill_again_and_again(scene):
    for _ in range(5):
        scene.sshd.signal_sessions()
        time.sleep(0.3)


def starve(scene):
    """What a quota of the processor does."""
    for _ in range(20):
        scene.towline.signal(signal.SIGSTOP)
        time.sleep(0.1)
        scene.towline.signal(signal.SIGCONT)
        time.sleep(0.02)


def fill(disk):
    with contextlib.suppress(OSError), open(disk / "filler", "wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def disk_full(scene):
    fill(scene.log.parent)
    scene.towline.signal(signal.SIGHUP)  # something to write about
    time.sleep(2)
    (scene.log.parent / "filler").unlink()


def fill_pipe(write_end):
    """What is blocking for towline stays so: this is another open file of the same pipe."""
    other = os.open(f"/proc/self/fd/{write_end}", os.O_WRONLY | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        for block in (b"\n" * 4096, b"\n"):
            while os.write(other, block):
                pass
    os.close(other)


def reader_stops(scene):
    """A pipe that nobody reads: a stuck log driver, a pager, a paused journal. It is full from the start of the fault."""
    fill_pipe(scene.log.write_end)
    scene.towline.signal(signal.SIGHUP)
    time.sleep(3)


FAULTS = [
    Fault("session_killed", lambda scene: scene.sshd.signal_sessions(), 0, reasons=CLOSED),
    Fault("session_killed_5_times", kill_again_and_again, 1.5, reasons=CLOSED | {"closed", "banner", "kex"}, back=3),
    Fault("session_killed_while_rekeying", lambda scene: scene.sshd.signal_sessions(), 0, reasons=CLOSED | {"rekey"},
          options="RekeyLimit 64K 1s"),
    Fault("sshd_restarted", restart, 1.5, reasons=CLOSED | {"refused", "banner", "closed"}),
    Fault("server_frozen_shortly", frozen(1.5), 1.5, lives=True),
    Fault("server_frozen_12s", frozen(12), 12, reasons=SILENT | CLOSED, back=CONNECT + 3),
    Fault("tcp_reset", lambda scene: scene.relay.reset_all(), 0, reasons=CLOSED),
    Fault("tcp_fin", lambda scene: scene.relay.end_all(), 0, reasons=CLOSED),
    Fault("half_open", lambda scene: scene.relay.forget_all(), 0, reasons={"rx_timeout"}, back=SILENCE + 1),
    Fault("black_hole_both_ways", held(9), 9, reasons=SILENT, back=CONNECT + 3),
    Fault("black_hole_up", held(9, "up"), 9, reasons=SILENT, back=CONNECT + 3),
    Fault("black_hole_down", held(9, "down"), 9, reasons=SILENT, back=CONNECT + 3),
    Fault("stall", held(1.5), 1.5, lives=True),
    Fault("slow_network", slow, 3, lives=True, back=2),
    Fault("a_few_bytes_at_a_time", drip, 2, lives=True, back=2),
    Fault("towline_paused_6s", paused(6), 6, lives=True, back=3, stops_towline=True),
    Fault("towline_paused_20s", paused(20), 20, lives=True, back=3, stops_towline=True),
    Fault("towline_starved", starve, 2.4, lives=True, stops_towline=True),
    Fault("sighup", signalled(signal.SIGHUP), 0, lives=True, reasons={"key_rotation"}, back=2),
    Fault("sigusr1", signalled(signal.SIGUSR1), 0, lives=True, reasons={"admin", "key_rotation"}, back=2),
    Fault("sighup_5_times", reload_again_and_again, 1, lives=True, reasons={"key_rotation"}, back=3),
    Fault("sighup_without_a_successor", reload_without_successor, 2, lives=True, reasons={"key_rotation", "banner"}),
    Fault("port_closes_what_it_accepts", turned_away(close), 4, reasons=CLOSED | {"banner", "closed"}, back=2),
    Fault("port_resets_what_it_accepts", turned_away(reset), 4, reasons=CLOSED | {"banner", "closed"}, back=2),
    Fault("log_disk_full", disk_full, 2, lives=True, reasons={"key_rotation"}, needs_log="disk"),
    Fault("log_reader_stops", reader_stops, 3, lives=True, reasons={"key_rotation"}, needs_log="pipe"),
]


class FullDisk:
    """A log on a small disk."""

    def __init__(self, world):
        self.path = world.mount_disk("disk", "256k") / "log"
        self.parent = self.path.parent
        self.write_end = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


class UnreadPipe:
    """A log that goes to a pipe, a blocking one as pipes are, and a small one."""

    def __init__(self, _world):
        self.read_end, self.write_end = os.pipe()


LOGS = {"disk": FullDisk, "pipe": UnreadPipe}


class Load:
    """Connections under way while the fault happens; `results` is what became of them."""

    def __init__(self, kind, way, seconds, form):
        self.results: list[Transferred] = []
        self.stop_at = time.monotonic() + seconds + 2
        work = {"idle": [], "bulk": [self.bulk] * 2, "connections": [self.connections] * 100}[kind]
        self.form, self.way, self.size = form, way, SIZE[form]
        self.threads = [threading.Thread(target=each, daemon=True) for each in work]
        self.idle = self.open_idle() if kind == "idle" else None
        for thread in self.threads:
            thread.start()

    def open_idle(self):
        """One that is joined and says nothing until the fault is over."""
        with contextlib.suppress(OSError):
            return self.way.connect()
        return None

    def bulk(self):
        self.results.append(transfer(self.way, self.size, self.size, PATIENCE, PACE[self.form]))

    def connections(self):
        while time.monotonic() < self.stop_at:
            self.results.append(transfer(self.way, 20000, 20000, PATIENCE))
            time.sleep(0.2)

    def finish(self):
        if self.idle:
            with self.idle:
                result = converse(self.idle, 1000, 1000, None)
            if result.how == "refused":  # it was joined long before
                result = dataclasses.replace(result, how="reset")
            self.results.append(result)
        for thread in self.threads:
            thread.join(90)

    def count(self, how):
        return sum(result.how == how for result in self.results)


def build(world, fault, mode):
    sshd = Sshd(world, fault.options)
    relay, target = Relay(sshd.port), Target()
    log = LOGS[fault.needs_log](world) if fault.needs_log else None
    scene = Scene(world, sshd, relay, log)
    remote_port = free_port()
    forward = {"R": f"-R {remote_port}:127.0.0.1:{target.port}", "L": f"-L 0:127.0.0.1:{target.port}", "D": "-D 0"}[mode]
    scene.towline = Towline(world, sshd.settings(
        SSH_REMOTE_PORT=relay.port, SSH_FORWARDS=f"f={forward}", SSH_SERVER_ALIVE_INTERVAL="1", SSH_SERVER_ALIVE_COUNT_MAX="2",
        SSH_CONNECT_TIMEOUT=f"{CONNECT}s"), log=log.write_end if log else None)
    scene.towline.must_be_ready()
    port = remote_port if mode == "R" else scene.towline.port("f")
    return scene, Way(port, target.port if mode == "D" else None)


def recover(scene, way, seconds):
    """Seconds until a fresh connection works and it is ready; None if that does not happen."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        if scene.towline.ready() and transfer(way, 1000, 1000, timeout=5).how == "right":
            return time.monotonic() - began
        time.sleep(0.05)
    return None


def judge_transfers(world, fault, mode, load, scene):
    for kind, why in (("wrong", "bytes differ"), ("silent", "connections hang")):
        world.expect(not load.count(kind), f"{load.count(kind)} × {why}")
    # What a server's side does to a cut connection of -R is the server's: sshd closes it.
    if mode != "R" or fault.lives:
        early = [result.detail for result in load.results if result.how == "early"]
        world.expect(not early, f"{len(early)} connections ended cleanly before their last byte: {early[:2]}")
    if fault.lives:
        world.expect(not load.count("reset"), f"{load.count('reset')} connections were cut, though the session lives")
    hands_over = fault.lives and fault.reasons
    if fault.lives and not (hands_over and mode == "R"):
        world.expect(not load.count("refused"), f"{load.count('refused')} connections were refused, though the session lives")
    if hands_over:  # who comes while -R has no port is refused, whom sshd has accepted is not
        lost = scene.sshd.log_text().count("open failed")
        world.expect(not lost, f"{lost} connections that sshd had accepted were refused")


def judge_reasons(world, fault, towline):
    sessions = ("towline_ssh_disconnects_total", "towline_ssh_connect_failures_total")

    def counted_and_logged():
        logged = {line["reason"] for line in towline.lines() if line.event in ("ssh.disconnected", "ssh.connect_failed")}
        return {reason for _, reason in towline.reasons(*sessions)}, logged

    if not fault.needs_log:
        eventually(5, lambda: len(set(map(frozenset, counted_and_logged()))) == 1)
    counted, logged = counted_and_logged()
    world.expect(counted <= fault.reasons, f"counted {sorted(counted - fault.reasons)}, which is not what happened")
    world.expect(logged == counted or fault.needs_log, f"the log has {sorted(logged)}, the metrics {sorted(counted)}")
    if fault.name.endswith("what_it_accepts"):
        failures = {reason for _, reason in towline.reasons(sessions[1])}
        world.expect(len(failures) == 1, f"one cause, several names: {sorted(failures)}")
    return counted


def live_through(world, fault, mode, kind):
    scene, way = build(world, fault, mode)
    towline = scene.towline
    load = Load(kind, way, fault.seconds, world.form)
    time.sleep(0.4)  # into the middle of the transfers
    before, attempts = towline.descriptors(), scene.relay.accepted
    with contextlib.ExitStack() as stack:
        if not fault.stops_towline:
            stack.enter_context(Watch(towline))
        fault.act(scene)
        limit = fault.back + fault.seconds / 4 + SLACK
        took = recover(scene, way, limit)
        world.expect(took is not None, f"not back {limit:.0f} s after the fault: {towline.ask('/readyz')[1].strip()}")
        load.finish()
    judge_transfers(world, fault, mode, load, scene)
    counted = judge_reasons(world, fault, towline)
    attempts = scene.relay.accepted - attempts
    world.expect(attempts <= 25, f"{attempts} attempts to connect")
    quiet = world_is_quiet(towline, before)
    world.expect(not quiet, quiet)
    world.tell(f"back after {took if took is None else round(took, 2)} s, {attempts} attempts, "
               + ", ".join(f"{load.count(how)} {how}" for how in sorted({r.how for r in load.results})) + f" {sorted(counted)}")
    towline.end_well()


def world_is_quiet(towline, before):
    """Nothing is left of the connections: no count, no descriptor."""
    if not eventually(10, lambda: towline.total("towline_connections_active") == 0):
        return f"{towline.total('towline_connections_active'):.0f} connections are still counted"
    if not eventually(10, lambda: towline.descriptors() <= before + 3):
        return f"{before} descriptors before, {towline.descriptors()} after"
    return ""


def cells(form):
    """The short form has each fault with each mode, and each fault with each load."""
    for row, fault in enumerate(FAULTS):
        for column, mode in enumerate(MODES):
            for load in LOADS if form == "long" else [LOADS[(row + column) % 3]]:
                yield Cell("matrix", f"{fault.name}-{mode}-{load}",
                           lambda world, a=fault, b=mode, c=load: live_through(world, a, b, c),
                           weight={"idle": 1, "bulk": 3, "connections": 3}[load])
