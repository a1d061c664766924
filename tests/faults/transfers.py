"""Connections whose bytes are known: a target, and transfers through a forward to it, compared by SHA-256 both ways."""
import contextlib
import dataclasses
import hashlib
import selectors
import socket
import struct
import threading
import time

CHUNK = 64 * 1024
HEAD = struct.Struct(">QQ")  # bytes towards the target, bytes back


def stream(size, seed):
    """Bytes that both ends can make."""
    block = hashlib.sha256(seed).digest() * (CHUNK // 32)
    for _ in range(size // CHUNK):
        yield block
    yield block[:size % CHUNK]


def digest(size, seed):
    whole = hashlib.sha256()
    for block in stream(size, seed):
        whole.update(block)
    return whole.digest()


class EndedEarly(Exception):
    """A clean end before the last byte."""


def exactly(connection, size, taker=None):
    """Reads `size` bytes; into taker(data), or returns them."""
    kept = []
    taker = taker or kept.append
    left = size
    while left:
        data = connection.recv(min(left, CHUNK))
        if not data:
            raise EndedEarly(f"{size - left} of {size} bytes")
        taker(data)
        left -= len(data)
    return b"".join(kept)


def send_paced(connection, size, seed, bytes_per_second):
    began, sent = time.monotonic(), 0
    for block in stream(size, seed):
        if bytes_per_second and (ahead := sent / bytes_per_second - (time.monotonic() - began)) > 0:
            time.sleep(ahead)
        connection.sendall(block)
        sent += len(block)


class Target:
    """Takes what it is sent, sends what it is asked for, and the digest of what it got. Listens until its world ends."""

    def __init__(self, listener=None):
        self.listener = listener or socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    @staticmethod
    def serve(connection):
        with connection, contextlib.suppress(OSError, EndedEarly):
            up, down = HEAD.unpack(exactly(connection, HEAD.size))
            sender = threading.Thread(target=Target.send, args=(connection, down), daemon=True)
            sender.start()
            got = hashlib.sha256()
            exactly(connection, up, got.update)
            sender.join()
            connection.sendall(got.digest())
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)

    @staticmethod
    def send(connection, size):
        with contextlib.suppress(OSError):
            send_paced(connection, size, b"down", None)


class Sink:
    """Takes any number of connections and what they send, with one thread. Listens until its world ends."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        selector = selectors.DefaultSelector()
        selector.register(self.listener, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.fileobj is self.listener:
                    selector.register(self.listener.accept()[0], selectors.EVENT_READ)
                    continue
                with contextlib.suppress(OSError):
                    if key.fileobj.recv(1 << 16):
                        continue
                selector.unregister(key.fileobj)
                key.fileobj.close()


@dataclasses.dataclass(frozen=True)
class Way:
    """How a client gets to the target: a port here, behind which SOCKS is spoken if `socks` names the target's port."""
    port: int
    socks: int | None = None

    def connect(self, timeout=10):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout)
        if self.socks:
            try:
                connection.sendall(b"\5\1\0" + b"\5\1\0\1" + socket.inet_aton("127.0.0.1") + struct.pack(">H", self.socks))
                answer = exactly(connection, 12)
                if answer[3] != 0:
                    raise ConnectionRefusedError(f"SOCKS reply {answer[3]}")
            except BaseException:
                connection.close()
                raise
        return connection


@dataclasses.dataclass(frozen=True)
class Transferred:
    """right, wrong (other bytes), reset, early (a clean end before the last byte), refused (no connection, or reset before
    a byte came: the other side's program need not have known of it), silent."""
    how: str
    detail: str = ""


def transfer(way, up, down, timeout=60, bytes_per_second=None):
    try:
        connection = way.connect(timeout)
    except EndedEarly as end:
        return Transferred("refused", f"closed in the SOCKS handshake, {end}")
    except TimeoutError as late:
        return Transferred("silent", str(late))
    except OSError as problem:
        return Transferred("refused", str(problem))
    with connection:
        return converse(connection, up, down, bytes_per_second)


def converse(connection, up, down, bytes_per_second):
    broken, arrived, got = [], [], hashlib.sha256()

    def take(data):
        got.update(data)
        arrived.append(len(data))

    def send():
        try:
            send_paced(connection, up, b"up", bytes_per_second)
        except OSError as problem:
            broken.append(problem)

    sender = threading.Thread(target=send, daemon=True)
    try:
        connection.sendall(HEAD.pack(up, down))
        sender.start()
        exactly(connection, down, take)
        theirs = exactly(connection, 32)
        sender.join()
    except TimeoutError as late:
        return Transferred("silent", str(late))
    except OSError as problem:
        return Transferred("reset" if arrived else "refused", str(problem))
    except EndedEarly as end:
        sender.join(3)  # whichever thread calls first is told of a reset; the other sees an end
        if broken:
            return Transferred("reset" if arrived else "refused", str(broken[0]))
        return Transferred("early", str(end))
    right = got.digest() == digest(down, b"down") and theirs == digest(up, b"up")
    return Transferred("right" if right else "wrong")
