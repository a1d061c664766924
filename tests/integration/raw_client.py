"""A client of asyncssh's that has logged in and then says what it likes: packets as they are given, and answers that are
counted instead of believed."""
import asyncio

import asyncssh
from asyncssh.packet import Boolean, String, UInt32

LIMIT = 30
# RFC 4250, 4.1.2
MSG_GLOBAL_REQUEST, MSG_REQUEST_SUCCESS, MSG_REQUEST_FAILURE = 80, 81, 82
MSG_CHANNEL_OPEN, MSG_OPEN_CONFIRMATION, MSG_OPEN_FAILURE, MSG_WINDOW_ADJUST = 90, 91, 92, 93
MSG_DATA, MSG_EOF, MSG_CLOSE, MSG_CHANNEL_REQUEST, MSG_CHANNEL_SUCCESS, MSG_CHANNEL_FAILURE = 94, 96, 97, 98, 99, 100


class Raw:
    """Every answer of the server is counted by its number. `options`: asyncssh.connect()'s."""

    def __init__(self, port, host='127.0.0.1', **options):
        self.host, self.port = host, port
        self.options = {'username': 'x', 'known_hosts': None, 'config': None, 'client_keys': None, **options}

    async def __aenter__(self):
        self.conn = await asyncssh.connect(self.host, self.port, **self.options)
        self.counts = {}
        self.numbers = []  # of the server's channels
        self.gone = asyncio.Event()
        self.news = asyncio.Event()
        handlers = {number: self.count for number in range(80, 128)}
        self.conn._packet_handlers = {**self.conn._packet_handlers, **handlers}
        self.conn._channels = self  # whichever number is asked for
        lost = self.conn._cleanup
        self.conn._cleanup = lambda error: (self.gone.set(), self.news.set(), lost(None))[-1]
        return self

    async def __aexit__(self, *_):
        self.conn._channels = {}
        self.conn.abort()

    # As the table of channels, and as each of them.
    def __getitem__(self, number):
        return self

    def __contains__(self, number):
        return True

    def values(self):
        return []

    def log_received_packet(self, *_):
        pass

    def process_packet(self, number, sequence, packet):
        self.counts[number] = self.counts.get(number, 0) + 1
        if number == MSG_OPEN_CONFIRMATION:
            self.numbers.append(packet.get_uint32())
        self.news.set()
        return True

    def count(self, _, number, sequence, packet):
        self.process_packet(number, sequence, packet)

    def send(self, number, *parts):
        self.conn.send_packet(number, *parts)

    def open(self, number, window=1 << 20, packet=1 << 15):
        self.send(MSG_CHANNEL_OPEN, String('session'), UInt32(number), UInt32(window), UInt32(packet))

    def ask(self, name, *payload, reply=True):
        self.send(MSG_GLOBAL_REQUEST, String(name), Boolean(reply), *payload)

    async def until(self, condition):
        """True as soon as it holds; False when the server has hung up first or too much time has gone."""
        async def wait():
            while not condition() and not self.gone.is_set():
                self.news.clear()
                await self.news.wait()
        try:
            await asyncio.wait_for(wait(), LIMIT)
        except asyncio.TimeoutError:
            pass
        return condition()

    def got(self, *numbers):
        return sum(self.counts.get(number, 0) for number in numbers)

    async def is_there(self):
        """The connection is not broken: the server answers."""
        before = self.got(MSG_REQUEST_SUCCESS, MSG_REQUEST_FAILURE)
        self.ask('keepalive@openssh.com')
        return await self.until(lambda: self.got(MSG_REQUEST_SUCCESS, MSG_REQUEST_FAILURE) > before)

    async def opened(self, **how):
        self.open(0, **how)
        await self.until(lambda: self.numbers)
        return UInt32(self.numbers[0])
