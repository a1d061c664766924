"""A real network between towline and sshd: two network namespaces, and a cable whose packets can be lost, changed, forged."""
import ctypes
import fcntl
import os
import random
import select
import socket
import struct
import threading
import time
from collections import deque

import world as own
from cells import Cell
from openssh import Sshd
from towline import Towline, Watch
from transfers import Target, Way, transfer
from world import NEW_NETWORK, eventually, run

NEAR, FAR = "10.9.0.1", "10.9.0.2"
SSH_PORT, LOCAL_PORT = 2222, 15000
SLACK = 8  # seconds, of a busy machine
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000  # linux/if_tun.h
TCP, ICMP = 6, 1


def tunnel_device(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return device


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ip_packet(source, sink, protocol, payload):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0, source, sink)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def tcp_of(packet):
    """Ports, sequence and acknowledgement numbers, flags, and how many bytes it carries; None if it is no TCP."""
    if packet[0] >> 4 != 4 or packet[9] != TCP:
        return None
    begin = (packet[0] & 15) * 4
    source, sink, sequence, acknowledged, offset, flags = struct.unpack_from(">HHIIBB", packet, begin)
    return source, sink, sequence, acknowledged, flags, len(packet) - begin - (offset >> 4) * 4


def forged_reset(packet, beyond=0):
    """A RST that pretends to come from the sender of `packet`, behind what that one carries; `beyond` misses the window."""
    source, sink, sequence, acknowledged, _, size = tcp_of(packet)
    body = struct.pack(">HHIIBBHHH", source, sink, (sequence + size + beyond) & 0xffffffff, acknowledged, 5 << 4, 0x14, 0, 0, 0)
    pseudo = packet[12:20] + struct.pack(">BBH", 0, TCP, len(body))
    body = body[:16] + struct.pack(">H", checksum(pseudo + body)) + body[18:]
    return ip_packet(packet[12:16], packet[16:20], TCP, body)


def unreachable(packet, code):
    """What a router says of it (RFC 792): 1 host unreachable, 3 port unreachable, 13 administratively prohibited."""
    body = struct.pack(">BBHI", 3, code, 0, 0) + packet[:28]
    body = body[:2] + struct.pack(">H", checksum(body)) + body[4:]
    return ip_packet(packet[16:20], packet[12:16], ICMP, body)


class Cable(threading.Thread):
    """Takes packets from one device to the other. `fault(packet, way)` returns those to deliver in its place, as (way, packet):
    "out" from towline, "in" to it. `seconds` is how long each is on its way."""

    def __init__(self, near, far):
        super().__init__(daemon=True)
        self.near, self.far = near, far
        self.fault, self.delay = None, lambda: 0
        self.flying = deque()
        self.start()

    def run(self):
        while True:
            timeout = max(0, self.flying[0][0] - time.monotonic()) if self.flying else 1
            for device in select.select([self.near, self.far], [], [], timeout)[0]:
                self.take(device)
            while self.flying and self.flying[0][0] <= time.monotonic():
                self.deliver(*self.flying.popleft()[1:])

    def take(self, device):
        way = "out" if device == self.near else "in"
        try:
            packet = os.read(device, 65536)
        except OSError:
            time.sleep(0.02)  # the link is down
            return
        if packet[0] >> 4 != 4:
            return
        for each in self.fault(packet, way) if self.fault else [(way, packet)]:
            if late := self.delay():
                self.flying.append((time.monotonic() + late, *each))
            else:
                self.deliver(*each)

    def deliver(self, way, packet):
        try:
            os.write(self.far if way == "out" else self.near, packet)
        except OSError:
            return  # the link is down there


class Net:
    """The world's own network is towline's; the server's is one more."""

    def __init__(self, world):
        self.holder = world.start(["unshare", "--net", "sleep", "infinity"])
        mine = os.readlink("/proc/self/ns/net")
        if not eventually(5, lambda: os.readlink(f"/proc/{self.holder.pid}/ns/net") != mine):
            raise AssertionError("no second network")
        self.cable = Cable(tunnel_device("near"), tunnel_device("far"))
        run("ip", "link", "set", "far", "netns", self.holder.pid)
        self.far("ip", "link", "set", "lo", "up")
        run("ip", "address", "add", f"{NEAR}/24", "dev", "near")
        self.far("ip", "address", "add", f"{FAR}/24", "dev", "far")
        run("ip", "link", "set", "near", "up")
        self.far("ip", "link", "set", "far", "up")

    @property
    def over_there(self):
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net"]

    def far(self, *command):
        return run(*self.over_there, *command)

    def listener(self):
        """A socket that listens in the server's network. A thread can be elsewhere than its process."""
        found = []

        def listen():
            with open(f"/proc/{self.holder.pid}/ns/net", encoding="ascii") as network:
                own.system_call("setns", ctypes.c_int(network.fileno()), NEW_NETWORK)
            found.append(socket.create_server(("127.0.0.1", 0), backlog=512))
        thread = threading.Thread(target=listen)
        thread.start()
        thread.join()
        return found[0]


# --- faults: each is what happens to the net, how it is mended, how long it lasts ---------------------------------

def losing(probability):
    chance = random.Random(7)
    return lambda packet, way: [] if chance.random() < probability else [(way, packet)]


def dropping(lost):
    return lambda packet, way: [] if way in lost else [(way, packet)]


def longer_than(size):
    """A path whose MTU is smaller than both ends believe, and a firewall that drops what would tell them (RFC 2923)."""
    return lambda packet, way: [] if len(packet) > size else [(way, packet)]


def twice(packet, way):
    return [(way, packet), (way, packet)]


def damaged():
    chance = random.Random(7)

    def fault(packet, way):
        if chance.random() < 0.05 and len(packet) > 60:
            at = chance.randrange(40, len(packet))
            packet = packet[:at] + bytes([packet[at] ^ 0x10]) + packet[at + 1:]
        return [(way, packet)]
    return fault


def refusing(code):
    return lambda packet, way: [("in", unreachable(packet, code))] if way == "out" else []


def resetting(times, beyond=0):
    """Forged resets towards towline, as a firewall in between sends them, or somebody who guesses."""
    left = [times]

    def fault(packet, way):
        tcp = tcp_of(packet)
        if way == "in" and left[0] and tcp and tcp[0] == SSH_PORT and not tcp[4] & 0x07:
            left[0] -= 1
            return [(way, packet), (way, forged_reset(packet, beyond))]
        return [(way, packet)]
    return fault


def on_cable(make):
    return lambda net: setattr(net.cable, "fault", make())


def mend_cable(net):
    net.cable.fault, net.cable.delay = None, lambda: 0


def jitter(net):
    chance = random.Random(7)
    net.cable.delay = lambda: 0.1 + 0.05 * chance.random()


def here(*lines):
    return lambda net: [run(*line.split()) for line in lines]


def there(*lines):
    return lambda net: [net.far(*line.split()) for line in lines]


class Fault:
    """`reasons`: why sessions may end and attempts fail; `lives`: the session outlasts it."""

    def __init__(self, name, hurt, heal, seconds, reasons=(), lives=False, back=2):
        self.name, self.hurt, self.heal, self.seconds = name, hurt, heal, seconds
        self.reasons, self.lives, self.back = frozenset(reasons), lives, back


SILENT = ("rx_timeout", "timeout", "socket_error")
GONE = (*SILENT, "unreachable", "refused")
FAULTS = [
    Fault("loss_of_30_percent", on_cable(lambda: losing(0.3)), mend_cable, 8,
          (*SILENT, "peer_closed", "closed", "banner", "kex"), back=6),
    Fault("nothing_comes_in", on_cable(lambda: dropping(("in",))), mend_cable, 15, SILENT, back=8),
    Fault("nothing_goes_out", on_cable(lambda: dropping(("out",))), mend_cable, 15, SILENT, back=8),
    Fault("host_unreachable", on_cable(lambda: refusing(1)), mend_cable, 6, GONE, back=4),
    Fault("port_unreachable", on_cable(lambda: refusing(3)), mend_cable, 6, GONE, back=4),
    Fault("administratively_prohibited", on_cable(lambda: refusing(13)), mend_cable, 6, GONE, back=4),
    Fault("link_down", here("ip link set near down"), here("ip link set near up"), 8, GONE, back=4),
    Fault("carrier_lost", there("ip link set far down"), there("ip link set far up"), 12, GONE, back=6),
    Fault("route_gone", here("ip route delete 10.9.0.0/24 dev near"), here("ip route add 10.9.0.0/24 dev near"), 8,
          GONE, back=4),
    Fault("address_changed", here(f"ip address delete {NEAR}/24 dev near", "ip address add 10.9.0.77/24 dev near"),
          lambda net: None, 0, GONE, back=6),
    Fault("address_away", here("ip address flush dev near"), here(f"ip address add {NEAR}/24 dev near"), 8, GONE, back=4),
    Fault("reset_injected", on_cable(lambda: resetting(1)), mend_cable, 1, ("socket_error",)),
    Fault("reset_injected_again_and_again", on_cable(lambda: resetting(6)), mend_cable, 4,
          ("socket_error", "banner", "closed", "kex", "refused"), back=4),
    Fault("reset_guessed_wrong", on_cable(lambda: resetting(50, 1 << 30)), mend_cable, 2, lives=True),
    Fault("mtu_black_hole", on_cable(lambda: longer_than(600)), mend_cable, 2, SILENT, back=8),
    Fault("mtu_smaller", here("ip link set near mtu 300"), here("ip link set near mtu 1500"), 4, SILENT, back=6),
    Fault("far_and_jittery", jitter, mend_cable, 3, lives=True),
    Fault("packets_twice", on_cable(lambda: twice), mend_cable, 3, lives=True),
    Fault("packets_damaged", on_cable(damaged), mend_cable, 4, SILENT, back=4),
]


def live_through(world, fault):
    net = Net(world)
    sshd = Sshd(world, address="0.0.0.0", port=SSH_PORT, command=net.over_there)
    target = Target(net.listener())
    towline = Towline(world, sshd.settings(
        SSH_REMOTE_HOST=FAR, SSH_FORWARDS=f"l=-L {LOCAL_PORT}:127.0.0.1:{target.port}", SSH_SERVER_ALIVE_INTERVAL="1",
        SSH_SERVER_ALIVE_COUNT_MAX="2", SSH_CONNECT_TIMEOUT="5s"))
    towline.must_be_ready()
    way, results = Way(LOCAL_PORT), []

    def load():
        results.append(transfer(way, 4 << 20, 4 << 20, bytes_per_second=2 << 20))

    loads = [threading.Thread(target=load, daemon=True) for _ in range(2)]
    for each in loads:
        each.start()
    time.sleep(0.4)
    with Watch(towline):
        fault.hurt(net)
        time.sleep(fault.seconds)
        fault.heal(net)
        limit = fault.back + fault.seconds / 4 + SLACK
        began = time.monotonic()
        back = eventually(limit, lambda: towline.ready() and transfer(way, 1000, 1000, 5).how == "right")
        world.expect(back, f"not back {limit:.0f} s after the fault: {towline.ask('/readyz')[1].strip()}")
        took = time.monotonic() - began
        for each in loads:
            each.join(90)
    hows = [result.how for result in results]
    world.expect(set(hows) <= ({"right"} if fault.lives else {"right", "reset"}), f"transfers: {results}")
    got = {reason for _, reason in towline.reasons("towline_ssh_disconnects_total", "towline_ssh_connect_failures_total")}
    world.expect(got <= fault.reasons, f"counted {sorted(got - fault.reasons)}, which is not what happened")
    attempts = towline.total("towline_ssh_connect_attempts_total")
    world.expect(attempts <= 30, f"{attempts:.0f} attempts")
    world.tell(f"back after {took:.1f} s, {attempts:.0f} attempts, transfers {hows} {sorted(got)}")
    towline.end_well()


def cells(_form):
    for fault in FAULTS:
        yield Cell("network", fault.name, lambda world, a=fault: live_through(world, a), weight=2)
