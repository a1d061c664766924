"""A tunnel service: five of them, as far as a client can tell, each with its own rules, which it enforces.

tunnel_server.py PORT HOST_KEY AUTHORIZED_KEYS sandhole|sish|srvus|localhostrun|serveo [KEY=VALUE…]
  names=A,B   the names that are assigned, one for each forward that is asked for; the last stays. "=": as asked
  refuse=A    a name that is refused
  ping=5      seconds between two questions to the client; drop=10: how long it has for the answer
  close=1     the session is closed after the first forward
Prints one line for each thing that happens: "session", "shell", "exec WORDS", "forward 'name' 80", "visit 'name' 80 PORT"
(who connects to PORT is a visitor), "cancel …", "pong", "goodbye", "lost"; and "BROKEN …" where a rule is broken.
"""
import asyncio
import socket
import sys
import time

import asyncssh
from asyncssh.channel import SSHServerChannel
from asyncssh.connection import SSHServerConnection
from asyncssh.packet import UInt32

PORT, HOST_KEY, AUTHORIZED_KEYS, SERVICE = sys.argv[1:5]
SETTINGS = dict(setting.split("=", 1) for setting in sys.argv[5:])
NAMES = SETTINGS.get("names", "=").split(",")
DOMAIN = "example"
ANSWERS = {"shell": {"sandhole": None, "sish": None}, "exec": {"sish": None, "srvus": False}}
NOTED = []


def note(*words):
    print(*words, flush=True)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Terminal(asyncssh.SSHServerSession):
    """The one session channel."""

    def __init__(self, owner):
        self.owner = owner
        self.asked = 0

    def connection_made(self, chan):
        self.chan = chan
        chan.resume_reading()
        self.owner.session_opened(self)

    def say(self, text):
        self.chan.write(text.replace("\n", "\r\n").encode())

    def asks(self, what, words=""):
        note(what, words)
        self.asked += 1
        if self.asked > 1:
            self.owner.broken("asks for a second thing in its session")
        return self.owner.answer(what, words)

    def shell_requested(self):
        return self.asks("shell")

    def exec_requested(self, command):
        return self.asks("exec", command)

    def eof_received(self):
        return True

    def connection_lost(self, exc):
        self.owner.terminal_lost()


class Server(asyncssh.SSHServer):
    def connection_made(self, conn):
        self.conn = conn
        self.terminal = None
        self.opened = asyncio.Event()
        self.forwards = []
        self.commanded = ""
        self.tasks = [asyncio.ensure_future(self.ping())]

    def connection_lost(self, exc):
        note("lost" if exc else "goodbye")
        for task in self.tasks:
            task.cancel()

    # Who answers no question at all is let in.
    def kbdint_auth_supported(self):
        return SERVICE == "serveo"

    def get_kbdint_challenge(self, username, lang, submethods):
        return "", "welcome", "en", []

    def validate_kbdint_response(self, username, responses):
        note("questions", len(responses))
        return not responses

    def broken(self, rule):
        note("BROKEN:", rule)
        self.conn.abort()

    async def ping(self):
        while True:
            await asyncio.sleep(float(SETTINGS.get("ping", 5)))
            began = time.monotonic()
            try:
                await asyncio.wait_for(self.conn._make_global_request(b"keepalive@sish"), float(SETTINGS.get("drop", 10)))
                note("pong %.1f" % (time.monotonic() - began))
            except asyncio.TimeoutError:
                self.broken("does not answer a question")

    def session_requested(self):
        if self.terminal:
            self.broken("opens a second session")
            return False
        note("session")
        return Terminal(self)

    def session_opened(self, terminal):
        self.terminal = terminal
        self.opened.set()
        if SERVICE == "sish":
            terminal.say("Press Ctrl-C to close the session.\n\n")
        if SERVICE == "srvus":
            self.tasks.append(asyncio.ensure_future(self.close_idle()))

    def terminal_lost(self):
        pass

    async def close_idle(self):
        await asyncio.sleep(1)
        if not self.forwards:
            self.terminal.chan.exit(1)

    def answer(self, what, words):
        self.commanded = words
        if SERVICE == "sandhole" and what == "exec" and set(words.split()) - {"force-https", "http2"}:
            self.terminal.say("\x1b[31mError\x1b[0m Unknown command %s\n" % words.split()[0])
            asyncio.get_event_loop().call_later(0.2, self.conn.close)
            return False
        return ANSWERS.get(what, {}).get(SERVICE, True)

    async def forward(self, host, port):
        note("forward", repr(host), port)
        if SERVICE == "srvus":
            await self.opened.wait()
        if SERVICE == "sish":
            try:
                await asyncio.wait_for(self.opened.wait(), 1)
            except asyncio.TimeoutError:
                pass
        if host == SETTINGS.get("refuse"):
            self.say("Error: %s is not for you\n" % host)
            return self.conn._report_global_response(False)
        visitors = free_port()
        bound = port or visitors
        listener = await self.conn.forward_local_port("127.0.0.1", visitors, host, bound)
        self.forwards.append((host, bound))
        self.conn._local_listeners[host, bound] = listener
        reply = UInt32(443) if SERVICE == "srvus" else UInt32(bound) if port == 0 else True
        assigned = NAMES[min(len(NOTED), len(NAMES) - 1)]
        NOTED.append(host)
        self.announce(host, bound, assigned)
        note("visit", repr(host), bound, visitors)
        self.conn._report_global_response(reply)
        if SETTINGS.get("close"):
            self.terminal.chan.exit(3)

    def say(self, text):
        if self.terminal:
            self.terminal.say(text)

    def announce(self, host, port, assigned):
        asked = host.rpartition("@")[2].partition("/")[0]
        name = (asked if asked not in ("", "*") else "qxzy") if assigned == "=" else assigned
        place = name if "." in name else "%s.%s" % (name, DOMAIN)
        http = port in (80, 443) or SERVICE == "srvus"
        getattr(self, "announce_" + SERVICE)(host, port, place, http)

    def announce_sandhole(self, host, port, place, http):
        start = "\x1b[2m2025-01-31T10:00:00.123Z\x1b[0m Starting "
        if not http:
            return self.say(start + "TCP port on \x1b[36m%s:%d\x1b[0m for address %s\n" % (DOMAIN, port, host))
        for scheme in ("http", "https"):
            self.say(start + "%s on \x1b[36m%s://%s\x1b[0m for address \x1b[36m%s\x1b[0m\n" %
                     (scheme.upper(), scheme, place, host))

    def announce_sish(self, host, port, place, http):
        name = host.rpartition("@")[2]
        if http and not place.startswith(name.partition("/")[0]):
            self.say("The subdomain %s.%s is unavailable. Assigning a random subdomain.\n" % (host, DOMAIN))
        self.say("Starting SSH Forwarding service for \x1b[32m%s:%d\x1b[0m. Forwarded connections can be accessed via "
                 "the following methods:\n" % ("http" if http else "tcp", port))
        if not http:
            return self.say("\x1b[44mTCP\x1b[0m: %s:%d\n\n" % (DOMAIN, port))
        self.say("Service console can be accessed here: https://%s/_sish/console?x-authorization=console-token\n" % place)
        login = host.rpartition("@")[0]
        url = (login + "@" if login else "") + place
        self.say("\x1b[44mHTTP\x1b[0m: http://%s\n\x1b[44mHTTPS\x1b[0m: https://%s\n\n" % (url, url))

    def announce_srvus(self, host, port, place, http):
        self.say("%d: https://%d.srv.us, https://anna-%d.srv.us\n" % (port, port, port))

    def announce_localhostrun(self, host, port, place, http):
        if "--output json" in self.commanded:
            self.say('{"connection_id": "1", "event": "authn", "message": "authenticated as anonymous user"}\n'
                     '{"connection_id": "1", "event": "tcpip-forward", "message": "%s tunneled with tls termination, '
                     'https://%s", "address": "%s", "status": "success"}\n' % (place, place, place))
        else:
            self.say("\n** your connection id is 1, see https://localhost.run/docs/faq **\n"
                     "%s tunneled with tls termination, https://%s\n" % (place, place))

    def announce_serveo(self, host, port, place, http):
        if http:
            self.say("\x1b[32mForwarding HTTP traffic from \x1b[1mhttps://%s\x1b[0m\n" % place)
        else:
            self.say("\x1b[32mForwarding TCP connections from \x1b[1m%s:%d\x1b[0m\n" % (DOMAIN, port))


class Connection:
    """What asyncssh does for a server and these do not."""

    def forward(self, packet):
        host, port = packet.get_string().decode(), packet.get_uint32()
        self.create_task(self._owner.forward(host, port))

    def cancel(self, packet):
        host, port = packet.get_string().decode(), packet.get_uint32()
        note("cancel", repr(host), port)
        listener = self._local_listeners.pop((host, port), None)
        if listener:
            listener.close()
        self._report_global_response(listener is not None)


def forbidden(name):
    def handler(channel, packet):
        channel._conn._owner.broken("sends " + name)
        return None
    return handler


SSHServerConnection._process_tcpip_forward_global_request = Connection.forward
SSHServerConnection._process_cancel_tcpip_forward_global_request = Connection.cancel
SSHServerChannel._process_env_request = forbidden("env")
SSHServerChannel._process_pty_req_request = forbidden("pty-req")


async def main():
    keys = () if SERVICE == "serveo" else AUTHORIZED_KEYS
    await asyncssh.create_server(Server, "127.0.0.1", int(PORT), server_host_keys=[HOST_KEY], encoding=None,
                                 authorized_client_keys=keys, reuse_address=True, keepalive_interval=0)
    await asyncio.Future()


asyncio.run(main())
