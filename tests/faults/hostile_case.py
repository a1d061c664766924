"""What a hostile server does, when, and what may come of it."""
import dataclasses
from collections.abc import Callable

from ssh_peer import CHANNEL_CLOSE, CHANNEL_OPEN, message, string

# Text that would do something to a terminal, to a reader of lines, or to the direction of writing.
EVIL = "\x1b[31mRED\x1b[0m\r\n2026-01-01T00:00:00.000Z ERROR forged.line forged reason=x\x07\u009b31m\u2028\u202e\x85"
HUGE = 34000  # as much as a packet may carry (RFC 4253, 6.1)

# Moments behind the login; those before it are ssh_peer.Peer's.
FORWARD = "forward"  # when it is asked to listen, instead of an answer
LISTENING = "listening"  # when it has said that it listens
OPEN = "open"  # when a channel is asked for, instead of an answer; the peer's `channel` is towline's number
JOINED = "joined"  # when it has confirmed that channel

LIVES = frozenset({"lives"})  # the session goes on
PROTOCOL = frozenset({"protocol"})
REKEY = frozenset({"rekey"})
KEX = frozenset({"kex", "protocol"})
AUTH = frozenset({"auth"})
BANNER = frozenset({"banner"})


@dataclasses.dataclass(frozen=True)
class Case:
    """`then`: reasons for which the session, or the attempt, may end; LIVES if it is not to."""
    name: str
    moment: str
    act: Callable
    then: frozenset
    settings: dict = dataclasses.field(default_factory=dict)
    seconds: float = 8  # until what comes of it has come
    words: str = ""  # of the server, that the log must show
    weight: int = 1


def say(*payloads):
    return lambda peer: peer.send(*payloads)


def on_channel(number, *parts, times=1):
    """A message about the channel that is joined, or was asked for."""
    def act(peer):
        if number == CHANNEL_CLOSE:
            peer.closed.add(peer.channel)
        peer.send(*[message(number, peer.channel, *parts)] * times)
    return act


def both(*acts):
    def act(peer):
        for each in acts:
            each(peer)
    return act


def opening(sender=1, kind="forwarded-tcpip", window=1 << 21, packet=32768, address="127.0.0.1", port=18080, origin="1.2.3.4",
            origin_port=5, rest=None):
    """CHANNEL_OPEN as a server sends it for a connection to its listener (RFC 4254, 7.2)."""
    rest = string(address) + message(0, port)[1:] + string(origin) + message(0, origin_port)[1:] if rest is None else rest
    return message(CHANNEL_OPEN, string(kind), sender, window, packet, rest)
