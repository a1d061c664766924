"""An SSH server that does what no sshd can be made to do: while it is logged in to, when it is asked to listen, or
when a connection is to be opened; or one that knows but one algorithm: mac_algs=hmac-sha1 and the like.

strange_server.py WHAT[;LIST=ALGORITHMS...] HOST_KEY AUTHORIZED_KEYS PORT_FILE
"""
import asyncio
import contextlib
import os
import socket
import struct
import sys

import asyncssh
from asyncssh.packet import String, UInt32

what, host_key, authorized_keys, port_file = sys.argv[1:]
what, *lists = what.split(';') if '=' not in what.split(';')[0] else ['', *what.split(';')]
# RFC 4253, 12
MSG_IGNORE, MSG_UNIMPLEMENTED, MSG_NEWKEYS = 2, 3, 21
# RFC 4254, 9
MSG_GLOBAL_REQUEST, MSG_CHANNEL_OPEN, MSG_CHANNEL_WINDOW_ADJUST = 80, 90, 93
MSG_CHANNEL_DATA, MSG_CHANNEL_SUCCESS = 94, 99


def close(conn):
    conn._transport.close()


def reset(conn):
    tcp = conn.get_extra_info('socket')
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    conn._transport.abort()


def goodbye(conn):
    conn.disconnect(11, 'down for maintenance')


def rekey(conn, keys):
    conn._server_host_keys = keys
    conn._send_kexinit()
    conn._kexinit_sent = True


def change_host_key(conn):
    other = asyncssh.load_keypairs([asyncssh.generate_private_key('ssh-ed25519')])[0]
    rekey(conn, {name: other for name in conn._server_host_keys})


class Liar:
    """A host key that signs something else than it is asked to."""

    def __init__(self, pair):
        self.pair = pair

    def __getattr__(self, name):
        return getattr(self.pair, name)

    def sign(self, data):
        return self.pair.sign(b'something else')


def lie_in_rekey(conn):
    rekey(conn, {name: Liar(pair) for name, pair in conn._server_host_keys.items()})


def chat(conn):
    """Signs of life, and nothing else."""
    if conn._transport and not conn._transport.is_closing():
        conn.send_packet(MSG_IGNORE, String('still here'))
        asyncio.get_event_loop().call_later(0.2, chat, conn)


def rekey_without_end(conn):
    conn._transport.pause_reading()
    conn._transport.resume_reading = lambda: None
    rekey(conn, conn._server_host_keys)
    chat(conn)


def answer_nothing(conn):
    conn._packet_handlers = {**conn._packet_handlers, MSG_GLOBAL_REQUEST: lambda *_: None}
    chat(conn)


def no_packet(conn, length):
    """With the length in clear, as AES-GCM has it, and a tag that fits nothing."""
    conn._send(UInt32(length) + bytes(64))


def ask(conn, count):
    """What send_packet() does, as often, with one system call for all: the test waits for millions of bytes of answers."""
    question = bytes([MSG_CHANNEL_OPEN]) + String('x') + 3 * UInt32(0)
    block = conn._send_blocksize
    padding = block + -(conn._send_enchdrlen + len(question)) % block
    packet = bytes([padding]) + question + bytes(padding)
    packets = []
    for _ in range(count):
        packets += conn._send_encryption.encrypt_packet(conn._send_seq, UInt32(len(packet)), packet)
        conn._send_seq += 1
    conn._send(b''.join(packets))


async def pour(conn):
    """Asks without end and reads the answers in sips: of a socket that is never read Linux drops the acknowledgements
    too once its buffer is full, and the questions get through no more."""
    answers = socket.socket(fileno=os.dup(conn.get_extra_info('socket').fileno()))
    answers.setblocking(False)
    while not conn._transport.is_closing():
        with contextlib.suppress(BlockingIOError):
            answers.recv(4096)
        if conn._transport.get_write_buffer_size() < 1 << 20:
            ask(conn, 500)
        await asyncio.sleep(0.001)


def ask_and_hardly_read(conn):
    asyncssh.connection.MSG_EXT_INFO = MSG_CHANNEL_OPEN  # without a message to ignore before each
    conn._transport.pause_reading()
    conn._transport.resume_reading = lambda: None
    conn.create_task(pour(conn))


def say_and_close(conn):
    conn.send_auth_banner('\x1b[1mWelcome\x1b[0m to the machine\r\n')
    conn.send_debug('to be shown', always_display=True)
    conn.send_debug('not to be shown')
    conn.send_auth_banner('Your account has expired; please contact your system administrator.\n')
    close(conn)


def say_and_let_in(conn):
    conn.send_auth_banner('Welcome to the machine\n')


behind_login = {'close_behind': close, 'goodbye_behind': goodbye, 'reset_behind': reset}
at_login = {'close_early': close, 'reset_early': reset, 'goodbye_early': goodbye, 'expired': say_and_close,
            'banner': say_and_let_in, 'unimplemented': lambda conn: conn.send_packet(MSG_UNIMPLEMENTED, UInt32(0))}
when_listening = {
    'debug': lambda conn: conn.send_debug('down for\r\nmaintenance soon', always_display=True),
    'goodbye': goodbye,
    'reset': reset,
    'host_key': change_host_key,
    'lie': lie_in_rekey,
    'pour': ask_and_hardly_read,
    'rekey': rekey_without_end,
    'mac': lambda conn: no_packet(conn, 32),
    'length': lambda conn: no_packet(conn, 0x7fffffff),
    'empty': lambda conn: no_packet(conn, 0),
    'newkeys': lambda conn: conn.send_packet(MSG_NEWKEYS),
    'unknown_channel': lambda conn: conn.send_packet(MSG_CHANNEL_DATA, UInt32(77), String(b'x')),
    'malformed': lambda conn: conn.send_packet(MSG_GLOBAL_REQUEST, UInt32(1000)),
}


def exceed_window(conn, channel):
    for _ in range(64 * 32):  # 64 MiB
        conn.send_packet(MSG_CHANNEL_DATA, UInt32(channel._send_chan), String(bytes(32 * 1024)))


when_joined = {
    'window': exceed_window,
    'too_large': lambda conn, channel: conn.send_packet(
        MSG_CHANNEL_DATA, UInt32(channel._send_chan), String(bytes(channel._send_pktsize + 1))),
    'overflow': lambda conn, channel: conn.send_packet(
        MSG_CHANNEL_WINDOW_ADJUST, UInt32(channel._send_chan), UInt32(0xffffffff)),
    'unexpected': lambda conn, channel: conn.send_packet(MSG_CHANNEL_SUCCESS, UInt32(channel._send_chan)),
}
refusals = {'channels': asyncssh.OPEN_RESOURCE_SHORTAGE, 'unknown_type': asyncssh.OPEN_UNKNOWN_CHANNEL_TYPE}


class Server(asyncssh.SSHServer):
    def connection_made(self, conn):
        self.conn = conn

    def begin_auth(self, username):
        if what in at_login:
            at_login[what](self.conn)
        return True

    def auth_completed(self):
        if what in behind_login:
            asyncio.get_event_loop().call_later(0.1, behind_login[what], self.conn)

    def server_requested(self, host, port):
        if what == 'silent':
            return asyncio.Future()
        if what in when_listening:
            asyncio.get_event_loop().call_soon(when_listening[what], self.conn)
        return True

    def unix_server_requested(self, path):
        return asyncio.Future()

    def connection_requested(self, *addresses):
        if what in refusals:
            raise asyncssh.ChannelOpenError(refusals[what], 'out of\r\n\x1b[31m' + what)
        if what == 'lost':
            close(self.conn)
        if what == 'deaf':
            answer_nothing(self.conn)
        if what not in when_joined:
            return asyncio.Future()

        async def join(reader, writer):
            when_joined[what](self.conn, writer.channel)
            await asyncio.Future()

        return join


def algorithms():
    return {name: value.split(',') for name, value in (each.split('=') for each in lists)}


async def main():
    server = await asyncssh.listen('127.0.0.1', 0, server_factory=Server, server_host_keys=[host_key],
                                   authorized_client_keys=authorized_keys, **algorithms())
    for listener in server.sockets:  # what is not read is soon too much
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    with open(port_file, 'w') as out:
        out.write('%d\n' % server.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


asyncio.run(main())
