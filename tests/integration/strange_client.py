"""A client that does to an SSH server what none should, with raw packets where a library would refuse.

strange_client.py WHAT PORT [COUNT]
Before the login: garbage, long_line, silence, silence_identified, silence_after_kex, length, early_newkeys, early_auth,
early_channel, wrong_keys. Logged in: channels, requests, listens, cancel, windows, overflow, beyond_window, after_close,
eof_twice. Prints what the server did; "ok" where it did what it should.
"""
import asyncio
import logging
import os
import socket
import struct
import sys

import asyncssh
from asyncssh.packet import Boolean, String, UInt32

from raw_client import (LIMIT, MSG_CHANNEL_OPEN, MSG_CHANNEL_REQUEST, MSG_CHANNEL_SUCCESS, MSG_CLOSE, MSG_DATA, MSG_EOF,
                        MSG_OPEN_CONFIRMATION, MSG_OPEN_FAILURE, MSG_REQUEST_FAILURE, MSG_WINDOW_ADJUST, Raw)

WHAT, PORT = sys.argv[1], int(sys.argv[2])
COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else 0
MSG_NEWKEYS, MSG_USERAUTH_REQUEST = 21, 50  # RFC 4253, 12
IDENTIFICATION = b'SSH-2.0-strange\r\n'


def connect():
    return socket.create_connection(('127.0.0.1', PORT), LIMIT)


def until_end(sock):
    """All that comes until the server hangs up; nothing when it does not."""
    sock.settimeout(LIMIT)
    came = b''
    try:
        while data := sock.recv(65536):
            came += data
    except TimeoutError:
        return None
    except OSError:
        pass
    return came


def plain(payload):
    """A packet without encryption (RFC 4253, 6)."""
    padding = 8 - (5 + len(payload)) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack('>IB', 1 + len(payload) + padding, padding) + payload + bytes(padding)


def ended_after(*parts):
    with connect() as sock:
        try:
            for part in parts:
                sock.sendall(part)
        except OSError:
            pass
        print('ok' if until_end(sock) is not None else 'it stays')


before_login = {
    'garbage': lambda: ended_after(b'GET / HTTP/1.1\r\nHost: x\r\n\r\n', os.urandom(100_000)),
    'long_line': lambda: ended_after(*[b'a' * 10_000] * 100),
    'silence': lambda: ended_after(),
    'silence_identified': lambda: ended_after(IDENTIFICATION),
    'length': lambda: ended_after(IDENTIFICATION, struct.pack('>I', 256 * 1024), bytes(256 * 1024)),
    'early_newkeys': lambda: ended_after(IDENTIFICATION, plain(bytes([MSG_NEWKEYS]))),
    'early_auth': lambda: ended_after(IDENTIFICATION, plain(bytes([MSG_USERAUTH_REQUEST]) + String('x') * 3)),
    'early_channel': lambda: ended_after(IDENTIFICATION, plain(bytes([MSG_CHANNEL_OPEN]) + String('session') +
                                                               bytes(12))),
}


class Silent(asyncssh.SSHClient):
    """Never begins to log in."""

    def connection_made(self, conn):
        conn.try_next_auth = lambda: None
        conn.send_service_request = lambda service: None


async def silence_after_kex():
    try:
        await asyncssh.connect('127.0.0.1', PORT, client_factory=Silent, username='x', known_hosts=None, config=None,
                               client_keys=None, login_timeout=LIMIT)
    except (OSError, asyncssh.Error):
        print('ok')


async def wrong_keys():
    keys = [asyncssh.generate_private_key('ssh-ed25519') for _ in range(20)]
    try:
        await asyncssh.connect('127.0.0.1', PORT, username='x', known_hosts=None, config=None, client_keys=keys)
        print('it was let in')
    except (OSError, asyncssh.Error) as error:
        print('ok', error)


async def channels(raw):
    """More than there may be: the rest is refused, and the connection stays."""
    for number in range(COUNT):
        raw.open(number)
    await raw.until(lambda: raw.got(MSG_OPEN_CONFIRMATION, MSG_OPEN_FAILURE) == COUNT)
    print('opened', raw.got(MSG_OPEN_CONFIRMATION), 'refused', raw.got(MSG_OPEN_FAILURE), await raw.is_there())


async def requests(raw):
    for _ in range(COUNT):
        raw.ask('nonsense@example.org', String(bytes(1000)))
    await raw.until(lambda: raw.got(MSG_REQUEST_FAILURE) == COUNT)
    print('refused', raw.got(MSG_REQUEST_FAILURE), await raw.is_there())


async def listens(raw):
    """Ports without number, and without wanting to know."""
    for number in range(COUNT):
        raw.ask('tcpip-forward', String('127.0.0.%d' % (number % 200 + 1) + ' ' * 2000), UInt32(number % 60000 + 1),
                reply=False)
        if number % 1000 == 0:
            await asyncio.sleep(0)
    print(await raw.is_there())


async def cancel(raw):
    raw.ask('cancel-tcpip-forward', String('127.0.0.1'), UInt32(1234))
    await raw.until(lambda: raw.got(MSG_REQUEST_FAILURE))
    print('ok' if raw.got(MSG_REQUEST_FAILURE) and await raw.is_there() else raw.counts)


async def windows(raw):
    """Of 0: nothing may come. Then of all there can be."""
    channel = await raw.opened(window=0)
    raw.send(MSG_CHANNEL_REQUEST, channel, String('exec'), Boolean(True), String('head -c 3000000 /dev/zero'))
    await raw.until(lambda: raw.got(MSG_CHANNEL_SUCCESS))
    there, early = await raw.is_there(), raw.got(MSG_DATA)
    raw.send(MSG_WINDOW_ADJUST, channel, UInt32(0xffffffff))
    print(there, early, await raw.until(lambda: raw.got(MSG_CLOSE)))
    raw.send(MSG_CLOSE, channel)


async def overflow(raw):
    channel = await raw.opened(window=0xffffffff)
    raw.send(MSG_WINDOW_ADJUST, channel, UInt32(0xffffffff))
    print('there' if await raw.is_there() else 'ended')


async def beyond_window(raw):
    """Much more than the server has asked for."""
    channel = await raw.opened()
    raw.send(MSG_CHANNEL_REQUEST, channel, String('exec'), Boolean(True), String('sleep 600'))
    for _ in range(64 * 32):
        raw.send(MSG_DATA, channel, String(bytes(32 * 1024)))
    print('there' if await raw.is_there() else 'ended')


async def after_close(raw):
    channel = await raw.opened()
    raw.send(MSG_CLOSE, channel)
    await raw.until(lambda: raw.got(MSG_CLOSE))
    raw.send(MSG_DATA, channel, String(b'late'))
    raw.send(MSG_CLOSE, channel)
    print('there' if await raw.is_there() else 'ended')


async def eof_twice(raw):
    channel = await raw.opened()
    raw.send(MSG_CHANNEL_REQUEST, channel, String('exec'), Boolean(True), String('cat'))
    for _ in range(2):
        raw.send(MSG_EOF, channel)
    raw.send(MSG_DATA, channel, String(b'late'))
    print('there' if await raw.is_there() else 'ended')


async def logged_in(what):
    async with Raw(PORT) as raw:
        await what(raw)


logging.disable(logging.CRITICAL)
if WHAT in before_login:
    before_login[WHAT]()
elif WHAT in ('silence_after_kex', 'wrong_keys'):
    asyncio.run(globals()[WHAT]())
else:
    asyncio.run(logged_in(globals()[WHAT]))
