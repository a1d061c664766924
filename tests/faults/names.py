"""Name servers that fail, lie, loop or are slow: what becomes of the server's name, and of a target's."""
import dataclasses
import socket
import sys
import time

from cells import Cell
from network import tunnel_device
from openssh import Sshd
from towline import ROOT, Towline, Watch, free_port
from transfers import Target, Way, transfer
from world import eventually, run

ADDRESS, NAME = "127.53.0.1", "bastion.example.test"
CONNECT = 5  # seconds for an attempt; a look-up has half of it
SLACK = 6


class NameServer:
    """tests/integration/name_server.py, which can be told anew what to say."""

    def __init__(self, world, **says):
        self.world, self.process = world, None
        world.has_resolv_conf(f"nameserver {ADDRESS}\noptions timeout:1 attempts:1\n")
        self.says(**says)

    def says(self, **rules):
        """`A` and `AAAA`: of every name."""
        if self.process:
            self.process.kill()
            self.process.wait()
        with open(self.world.folder / "name_server.txt", "wb") as output:
            self.process = self.world.start([
                sys.executable, ROOT / "tests/integration/name_server.py", ADDRESS, self.world.folder / "questions",
                *[f"*/{kind}={what}" for kind, what in rules.items()]], stdout=output, stderr=output)
        path = self.world.folder / "name_server.txt"
        if not eventually(10, lambda: "up" in path.read_text()):
            raise AssertionError(f"no name server: {path.read_text()}")


@dataclasses.dataclass(frozen=True)
class Situation:
    """`reason` is what attempts fail with; without one the server is found, within `seconds`."""
    name: str
    A: str
    AAAA: str = "nodata"
    reason: str = ""
    seconds: float = 3


FOUND = "127.0.0.1"
DEAD = ",".join(f"127.0.1.{number}" for number in range(1, 25))
HOLES = "10.255.255.1,10.255.255.2"
SITUATIONS = [
    Situation("no_such_name", "nxdomain", "nxdomain", "dns"),
    Situation("no_address", "nodata", "nodata", "dns"),
    Situation("server_fails", "servfail", "servfail", "dns"),
    Situation("server_refuses", "refused", "refused", "dns"),
    Situation("silence", "silent", "silent", "timeout", 8),
    Situation("garbage", "garbage", "garbage", "dns|timeout", 8),
    Situation("wrong_id", "wrong-id", "wrong-id", "timeout|dns", 8),
    Situation("lying_count", "lying-count", "lying-count", "dns", 8),
    Situation("pointer_loop", "pointer-loop", "pointer-loop", "dns", 8),
    Situation("alias_loop", "alias-loop", "alias-loop", "dns", 8),
    Situation("truncated_and_silent_on_tcp", "truncated:silent", "truncated:silent", "timeout|dns", 8),
    Situation("truncated_and_found_on_tcp", "truncated:" + FOUND),
    Situation("AAAA_unanswered", FOUND, "silent"),
    Situation("AAAA_fails", FOUND, "servfail"),
    Situation("AAAA_refused", FOUND, "refused"),
    Situation("AAAA_late", FOUND, "late:2:::1"),
    Situation("AAAA_garbage", FOUND, "garbage", seconds=4),
    Situation("AAAA_is_a_black_hole", FOUND, "fd00::1"),
    Situation("all_black_holes", HOLES, reason="timeout", seconds=CONNECT),
    Situation("A_late_half_a_second", "late:0.5:" + FOUND),
    Situation("dead_addresses_first", "127.0.0.2,127.0.0.3," + FOUND),
    Situation("24_dead_addresses_first", f"{DEAD},{FOUND}", seconds=10),
    Situation("black_holes_first", f"{HOLES},{FOUND}", seconds=10),
    Situation("broadcast", "255.255.255.255", "nodata", "unreachable"),
]


def dig_holes():
    """Addresses behind a device that nobody reads: what is sent there gets no answer."""
    tunnel_device("hole")
    run("ip", "address", "add", "10.255.0.1/16", "dev", "hole")
    run("ip", "address", "add", "fd00::2/64", "dev", "hole", "nodad", check=False)  # some machines have no IPv6
    run("ip", "link", "set", "hole", "up")


def start(world, sshd):
    return Towline(world, sshd.settings(SSH_REMOTE_HOST=NAME, SSH_FORWARDS="d=-D 0", SSH_CONNECT_TIMEOUT=f"{CONNECT}s"))


def look_up(world, situation):
    dig_holes()
    NameServer(world, A=situation.A, AAAA=situation.AAAA)
    towline = start(world, Sshd(world))
    began = time.monotonic()

    def failures():
        return {reason for _, reason in towline.reasons("towline_ssh_connect_failures_total")}

    with Watch(towline):
        if situation.reason:
            eventually(situation.seconds + SLACK, failures)
            allowed = set(situation.reason.split("|"))
            world.expect(failures() and failures() <= allowed, f"{sorted(failures())} instead of {situation.reason}")
        else:
            world.expect(towline.wait_ready(situation.seconds + SLACK), f"not found: {towline.last_lines(2)}")
            world.expect(not failures(), f"failed with {sorted(failures())} first")
    world.tell(f"{time.monotonic() - began:.1f} s, {', '.join(sorted(failures())) or 'found'}")
    towline.end_well()


def silence_ends(world):
    """Attempts are never so far apart that a name server which is back stays unnoticed."""
    names = NameServer(world, A="silent", AAAA="silent")
    towline = start(world, Sshd(world))
    with Watch(towline):
        time.sleep(8)
        names.says(A=FOUND)
        began = time.monotonic()
        world.expect(towline.wait_ready(CONNECT + 8 / 4 + SLACK), f"not found again: {towline.last_lines(2)}")
    world.tell(f"found {time.monotonic() - began:.1f} s after")
    towline.end_well()


def server_moves(world):
    """Names are looked up for each attempt."""
    names = NameServer(world, A=FOUND)
    sshd = Sshd(world)
    towline = start(world, sshd)
    towline.must_be_ready()
    with Watch(towline):
        names.says(A="127.0.0.9")
        sshd.stop()
        world.expect(eventually(5, lambda: not towline.ready()), "the loss is not noticed")
        Sshd(world, address="127.0.0.9", port=sshd.port)
        world.expect(towline.wait_ready(3 + SLACK), f"not found at its new address: {towline.last_lines(2)}")
    towline.end_well()


def targets_hang(world):
    """A target's name that is not answered holds up its own forward only."""
    NameServer(world, A="silent", AAAA="silent")
    sshd, target = Sshd(world), Target()
    slow, fast = free_port(), free_port()
    towline = Towline(world, sshd.settings(
        SSH_FORWARDS=f"slow=-R {slow}:slow.example.test:1;fast=-R {fast}:127.0.0.1:{target.port}", TOWLINE_TARGET_TIMEOUT="3s"))
    towline.must_be_ready()
    with Watch(towline):
        hanging = [socket.create_connection(("127.0.0.1", slow)) for _ in range(50)]
        began = time.monotonic()
        result = transfer(Way(fast), 100000, 100000, 5)
        took = time.monotonic() - began
        world.expect(result.how == "right" and took < 3, f"the other forward: {result} after {took:.1f} s")
        for client in hanging:
            client.settimeout(15)
            try:
                client.recv(1)
            except ConnectionResetError:
                continue
            except TimeoutError:
                world.expect(False, "a client waits for ever")
                break
    counted = {reason for _, reason in towline.reasons("towline_connections_failed_total")}
    world.expect(counted <= {"target_dns", "target_timeout"} and counted, f"counted as {sorted(counted)}")
    world.tell(", ".join(sorted(counted)))
    towline.end_well()


def cells(_form):
    for situation in SITUATIONS:
        yield Cell("names", situation.name, lambda world, a=situation: look_up(world, a))
    for other in (silence_ends, server_moves, targets_hang):
        yield Cell("names", other.__name__, other)
