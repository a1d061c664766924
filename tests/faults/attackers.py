"""Clients of a -S that mean it no good, until they are ended: attackers.py KIND HOST PORT KEY CLIENTS STALLED.

They come from many addresses of 10.9.0.0/16, as fast as they are answered. On SIGTERM they print what they have done."""
import asyncio
import collections
import itertools
import json
import logging
import os
import pathlib
import signal
import socket
import struct
import sys

import asyncssh
from asyncssh.packet import Boolean, String, UInt32

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
# pylint: disable=wrong-import-position
from raw_client import (MSG_CHANNEL_FAILURE, MSG_CHANNEL_OPEN, MSG_CHANNEL_REQUEST, MSG_CHANNEL_SUCCESS,  # noqa: E402
                        MSG_CLOSE, MSG_DATA, MSG_OPEN_CONFIRMATION, MSG_OPEN_FAILURE, MSG_REQUEST_FAILURE,
                        MSG_WINDOW_ADJUST, Raw)

HALF_OPEN = 1_000
SIDE_BY_SIDE = 32
BATCH = 200  # messages between two looks whether the server is still there
ADDRESSES = 50_000
PAUSE = 0.5  # of somebody who was turned away
done = collections.Counter()


class Attack:
    def __init__(self, host, port, key, clients, stalled):
        """`clients` log in where the attack begins behind the login; `stalled`: channels of each that are not read."""
        self.host, self.port, self.key, self.clients, self.channels_stalled = host, int(port), key, int(clients), int(stalled)
        self.sources = (f"10.9.{1 + number // 250 % 200}.{1 + number % 250}" for number in itertools.cycle(range(ADDRESSES)))

    # --- before the login ---------------------------------------------------------------------------------------------------

    async def connected(self, source=None):
        connection = socket.socket()
        connection.setblocking(False)
        connection.bind((source or next(self.sources), 0))
        await asyncio.get_running_loop().sock_connect(connection, (self.host, self.port))
        done["connections"] += 1
        return connection

    async def stay(self, source):
        """Says who it is and nothing else, over and over."""
        loop = asyncio.get_running_loop()
        while True:
            with await self.connected(source) as connection:
                await loop.sock_sendall(connection, b"SSH-2.0-half_open\r\n")
                while await loop.sock_recv(connection, 4096):
                    pass
            done["ended"] += 1
            await asyncio.sleep(PAUSE)

    async def half_open(self):
        await self.together([lambda: self.stay(None)] * HALF_OPEN)

    async def half_open_of_one_address(self):
        await self.together([lambda: self.stay("10.9.1.1")] * HALF_OPEN)

    async def huge_packets(self):
        """256 KiB each, before anything was agreed on."""
        async def one():
            loop = asyncio.get_running_loop()
            with await self.connected() as connection:
                await loop.sock_sendall(connection, b"SSH-2.0-huge\r\n" + struct.pack(">I", 256 * 1024) + bytes(256 * 1024))
                while await loop.sock_recv(connection, 4096):
                    pass
        await self.together([one] * SIDE_BY_SIDE)

    async def guesses(self):
        """Passwords, each connection as many as it may."""
        async def one():
            class Guesser(asyncssh.SSHClient):
                def password_auth_requested(self):
                    done["guesses"] += 1
                    return "not this"

            await asyncssh.connect(self.host, self.port, local_addr=(next(self.sources), 0), client_factory=Guesser,
                                   username="anna", known_hosts=None, config=None, client_keys=None, agent_path=None)
        await self.together([one] * SIDE_BY_SIDE)

    # --- logged in ----------------------------------------------------------------------------------------------------------

    def raw(self):
        done["logins"] += 1
        return Raw(self.port, self.host, username="root", client_keys=[self.key], agent_path=None, local_addr=(next(self.sources), 0))

    async def channels(self):
        """More at a time than there may be, and closed again."""
        async def one():
            async with self.raw() as raw:
                for first in itertools.count(0, 400):
                    before = raw.got(MSG_OPEN_CONFIRMATION, MSG_OPEN_FAILURE)
                    for number in range(400):
                        raw.open(first + number)
                    if not await raw.until(lambda b=before: raw.got(MSG_OPEN_CONFIRMATION, MSG_OPEN_FAILURE) == b + 400):
                        return
                    done["channels"] += 400
                    while raw.numbers:
                        raw.send(MSG_CLOSE, UInt32(raw.numbers.pop()))
                    if not await raw.is_there():
                        return
        await self.together([one] * self.clients)

    async def requests(self):
        async def one():
            async with self.raw() as raw:
                sent = 0
                while await raw.until(lambda: raw.got(MSG_REQUEST_FAILURE) >= sent):
                    for _ in range(BATCH):
                        raw.ask("nonsense@example.org", String(bytes(1000)))
                    sent += BATCH
                    done["requests"] += BATCH
        await self.together([one] * self.clients)

    async def requests_unread(self):
        """The answers stay where they are."""
        async def one():
            async with self.raw() as raw:
                raw.conn._transport.pause_reading()
                while not raw.gone.is_set():
                    for _ in range(BATCH):
                        raw.ask("nonsense@example.org", String(bytes(1000)))
                    done["requests"] += BATCH
                    await asyncio.sleep(0)
                    while raw.conn._transport.get_write_buffer_size() and not raw.gone.is_set():
                        await asyncio.sleep(0.01)
        await self.together([one] * self.clients)

    async def channel_requests(self):
        """That the server has to answer."""
        async def one():
            async with self.raw() as raw:
                channel = await raw.opened()
                sent = 0
                while await raw.until(lambda: raw.got(MSG_CHANNEL_SUCCESS, MSG_CHANNEL_FAILURE) >= sent):
                    for _ in range(BATCH):
                        raw.send(MSG_CHANNEL_REQUEST, channel, String("env"), Boolean(True), String("A"), String("B"))
                    sent += BATCH
                    done["requests"] += BATCH
        await self.together([one] * self.clients)

    async def stalled(self, window, is_read):
        async def one():
            async with self.raw() as raw:
                for number in range(self.channels_stalled):
                    raw.open(number, window=window)
                await raw.until(lambda: len(raw.numbers) == self.channels_stalled)
                for number in raw.numbers:
                    raw.send(MSG_CHANNEL_REQUEST, UInt32(number), String("exec"), Boolean(True), String("exec cat /dev/zero"))
                await raw.until(lambda: raw.got(MSG_CHANNEL_SUCCESS) == self.channels_stalled)
                done["channels"] += self.channels_stalled
                if not is_read:
                    raw.conn._transport.pause_reading()
                while not raw.gone.is_set():
                    await asyncio.sleep(0.1)
        await self.together([one] * self.clients)

    async def windows_of_nothing(self):
        await self.stalled(0, True)

    async def windows_of_all_there_can_be(self):
        """And nobody reads the connection."""
        await self.stalled(0xffffffff, False)

    async def input_nobody_reads(self):
        """Twice a window for each command: what the server takes, and as much again."""
        piece = bytes(4 << 20)

        async def one():
            done["logins"] += 1
            async with asyncssh.connect(self.host, self.port, local_addr=(next(self.sources), 0), username="root", known_hosts=None,
                                        config=None, client_keys=[self.key], agent_path=None) as connection:
                for _ in range(self.channels_stalled):
                    process = await connection.create_process("exec sleep 600", encoding=None)
                    process.stdin.write(piece)
                    done["channels"] += 1
                await connection.wait_closed()
        await self.together([one] * self.clients)

    async def windows_enlarged(self):
        """Beyond 2^32-1, which ends the connection."""
        async def one():
            async with self.raw() as raw:
                channel = await raw.opened(window=0xffffffff)
                raw.send(MSG_WINDOW_ADJUST, channel, UInt32(0xffffffff))
                await raw.until(raw.gone.is_set)
        await self.together([one] * self.clients)

    async def after_close(self):
        """Data behind CLOSE, which ends the connection."""
        async def one():
            async with self.raw() as raw:
                channel = await raw.opened()
                raw.send(MSG_CLOSE, channel)
                await raw.until(lambda: raw.got(MSG_CLOSE))
                for _ in range(BATCH):
                    raw.send(MSG_DATA, channel, String(bytes(32 * 1024)))
                await raw.until(raw.gone.is_set)
        await self.together([one] * self.clients)

    async def together(self, ones):
        async def again(one):
            while True:
                try:
                    await one()
                    done["rounds"] += 1
                except (OSError, asyncssh.Error) as problem:
                    done[type(problem).__name__] += 1
                    await asyncio.sleep(PAUSE if isinstance(problem, OSError) else 0)
        await asyncio.gather(*map(again, ones))


def tell_and_end():
    print(json.dumps(done), flush=True)
    os._exit(0)


async def main(kind, *where):
    logging.disable(logging.CRITICAL)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, tell_and_end)
    print("under way", flush=True)
    await getattr(Attack(*where), kind)()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
