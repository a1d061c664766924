"""The server's end of an SSH connection, by hand: curve25519-sha256, ssh-ed25519, aes128-gcm, strict key exchange. It says
whatever it is told to. RFC 4253, 4252, 4254; 5647 for the cipher, 8731 for the key exchange."""
import hashlib
import os
import struct
import threading

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

(DISCONNECT, IGNORE, UNIMPLEMENTED, DEBUG, SERVICE_REQUEST, SERVICE_ACCEPT, EXT_INFO) = range(1, 8)
KEXINIT, NEWKEYS, KEX_INIT, KEX_REPLY = 20, 21, 30, 31
AUTH_REQUEST, AUTH_FAILURE, AUTH_SUCCESS, AUTH_BANNER, AUTH_60 = 50, 51, 52, 53, 60
GLOBAL_REQUEST, REQUEST_SUCCESS, REQUEST_FAILURE = 80, 81, 82
(CHANNEL_OPEN, OPEN_CONFIRMATION, OPEN_FAILURE, WINDOW_ADJUST, CHANNEL_DATA, EXTENDED_DATA, CHANNEL_EOF, CHANNEL_CLOSE,
 CHANNEL_REQUEST, CHANNEL_SUCCESS, CHANNEL_FAILURE) = range(90, 101)

PACKET_MAX = 1 << 20
TAG = 16
HOST_KEY = Ed25519PrivateKey.generate()


class Gone(Exception):
    """The other side has ended the connection."""


def uint32(number):
    return struct.pack(">I", number & 0xffffffff)


def string(value):
    data = value.encode() if isinstance(value, str) else value
    return uint32(len(data)) + data


def mpint(data):
    data = data.lstrip(b"\0")
    return string((b"\0" if data and data[0] & 0x80 else b"") + data)


def message(number, *parts):
    return bytes([number]) + b"".join(uint32(part) if isinstance(part, int) else part for part in parts)


def read_uint32(data, at=1):
    return struct.unpack_from(">I", data, at)[0]


def read_string(data, at=1):
    end = at + 4 + read_uint32(data, at)
    return data[at + 4:end], end


def raw(key):
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


PUBLIC_HOST_KEY = string("ssh-ed25519") + string(raw(HOST_KEY.public_key()))


class Direction:
    """AES-GCM one way: a key, and a nonce that counts packets (RFC 5647, 7.1)."""

    def __init__(self, key, nonce):
        self.cipher, self.fixed, self.count = AESGCM(key), nonce[:4], int.from_bytes(nonce[4:], "big")

    def next_nonce(self):
        nonce = self.fixed + struct.pack(">Q", self.count)
        self.count = (self.count + 1) % 2 ** 64
        return nonce


class Peer:
    """`at`: what to do on the way, by the name of the moment: begin, kexinit, reply, newkeys, secured, service, auth,
    admitted."""

    def __init__(self, connection, version=b"SSH-2.0-peer", before=b"", line_end=b"\r\n", at=None):
        self.connection, self.version, self.before, self.line_end = connection, version, before, line_end
        self.at = at or {}
        self.received, self.sending, self.receiving = b"", None, None
        self.session_id, self.turn = None, threading.RLock()
        self.ciphers, self.kex_names = "aes128-gcm@openssh.com", "curve25519-sha256,kex-strict-s-v00@openssh.com"
        self.rekey_reply = None  # (our KEXINIT, the lie in our reply or None), once that KEXINIT has been sent
        self.ignores_rekey, self.channel, self.closed = False, None, set()

    def now(self, moment):
        act = self.at.pop(moment, None)  # once
        if act:
            act(self)

    # --- packets -------------------------------------------------------------------------------------------------

    def write(self, data):
        self.connection.sendall(data)

    def read(self, size):
        while len(self.received) < size:
            data = self.connection.recv(65536)
            if not data:
                raise Gone()
            self.received += data
        data, self.received = self.received[:size], self.received[size:]
        return data

    def packet(self, payload, padding=None):
        """RFC 4253, 6; the length is in clear with AES-GCM and no part of what is padded."""
        block, clear = (16, 4) if self.sending else (8, 0)
        if padding is None:
            padding = block - (5 + len(payload) - clear) % block
            padding += block if padding < 4 else 0
        return self.sealed(bytes([padding]) + payload + os.urandom(padding))

    def sealed(self, body):
        length = uint32(len(body))
        return length + (self.sending.cipher.encrypt(self.sending.next_nonce(), body, length) if self.sending else body)

    def send(self, *payloads):
        with self.turn:
            self.write(b"".join(map(self.packet, payloads)))

    def receive(self):
        length = self.read(4)
        size = read_uint32(length, 0)
        if size > PACKET_MAX:
            raise Gone()
        if self.receiving:
            body = self.receiving.cipher.decrypt(self.receiving.next_nonce(), self.read(size + TAG), length)
        else:
            body = self.read(size)
        payload = body[1:len(body) - body[0]]
        if payload[0] == DISCONNECT:
            raise Gone()
        return payload

    # --- the handshake -------------------------------------------------------------------------------------------

    def kexinit(self):
        lists = [self.kex_names, "ssh-ed25519", *[self.ciphers] * 2, *["hmac-sha2-256"] * 2, *["none"] * 2, *[""] * 2]
        return message(KEXINIT, os.urandom(16), *map(string, lists), b"\0", 0)

    def identify(self):
        self.write(self.before + self.version + self.line_end)
        line = b""
        while not line.endswith(b"\n"):
            line += self.read(1)
        self.client_version = line.rstrip(b"\r\n")

    def exchange_keys(self, mine, theirs=None, lie=None):
        """`mine` has been sent. `lie` changes the reply: what is signed, or the whole message."""
        while not theirs:
            payload = self.receive()
            theirs = payload if payload[0] == KEXINIT else None
        while (payload := self.receive())[0] != KEX_INIT:
            pass
        their_key, _ = read_string(payload)
        key = X25519PrivateKey.generate()
        my_key, secret = raw(key.public_key()), key.exchange(X25519PublicKey.from_public_bytes(their_key))
        digest = hashlib.sha256(b"".join([*map(string, (
            self.client_version, self.version, theirs, mine, PUBLIC_HOST_KEY, their_key, my_key)), mpint(secret)])).digest()
        self.session_id = self.session_id or digest
        self.now("reply")
        signature = string("ssh-ed25519") + string(HOST_KEY.sign(b"something else" if lie == "signature" else digest))
        point = bytes(32) if lie == "zero" else my_key
        self.send(message(KEX_REPLY, string(PUBLIC_HOST_KEY), string(point), string(signature)))
        self.now("newkeys")
        self.send(message(NEWKEYS))

        def derived(letter, size):
            return hashlib.sha256(mpint(secret) + digest + letter + self.session_id).digest()[:size]

        self.sending = Direction(derived(b"D", 16), derived(b"B", 12))
        self.now("secured")
        while self.receive()[0] != NEWKEYS:
            pass
        self.receiving = Direction(derived(b"C", 16), derived(b"A", 12))

    def log_in(self):
        self.now("begin")
        self.identify()
        mine = self.kexinit()
        self.send(mine)
        self.now("kexinit")
        self.exchange_keys(mine)
        while True:
            payload = self.receive()
            if payload[0] == SERVICE_REQUEST:
                self.send(message(SERVICE_ACCEPT, string(read_string(payload)[0])))
                self.now("service")
            elif payload[0] == AUTH_REQUEST and self.admits(payload):
                self.send(message(AUTH_SUCCESS))
                break
        self.now("admitted")

    def admits(self, payload):
        self.now("auth")
        _, at = read_string(payload)
        _, at = read_string(payload, at)
        method, _ = read_string(payload, at)
        if method == b"password":
            self.now("password")
            return True
        self.send(message(AUTH_FAILURE, string("password"), b"\0"))
        return False

    def answer_rekey(self, theirs):
        """A key exchange that the other side answers, or begins."""
        mine, lie = self.rekey_reply or (self.kexinit(), None)
        if not self.rekey_reply:
            self.send(mine)
        self.rekey_reply = None
        self.exchange_keys(mine, theirs, lie)
