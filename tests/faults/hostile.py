"""A hostile server: each of its cases once, on the first connection; behind that it is an honest one, so that towline has
to come back."""
import contextlib
import dataclasses
import re
import socket
import threading
import time

import hostile_connection
import hostile_login
import hostile_transport
from cells import Cell
from hostile_case import FORWARD, JOINED, LISTENING, OPEN
from log_lines import WORDS_MAX
from ssh_peer import (CHANNEL_CLOSE, CHANNEL_OPEN, GLOBAL_REQUEST, KEXINIT, OPEN_CONFIRMATION, REQUEST_FAILURE, REQUEST_SUCCESS,
                      Gone, Peer, message, read_string, read_uint32)
from towline import INSTRUMENTED, Towline, Watch
from transfers import Sink
from world import eventually

CASES = hostile_transport.CASES + hostile_login.CASES + hostile_connection.CASES
SESSIONS = ("towline_ssh_disconnects_total", "towline_ssh_connect_failures_total")
MEMORY_MAX_KIB = 90_000  # 20,000 openings took 41 MB
STEADY_SECONDS = 1.0  # that a session must outlive a case by
# Cases whose texts go into the log, once more in each other format.
TEXTS = re.compile("_(evil|huge|bidirectional|character|controls|nul|goodbye)")
FORMATS = ("json", "gcp", "logfmt", "github")
FOR_A_LONG_TIME = {"auth", "host_key"}  # the next attempt is half a minute away


class Server:
    def __init__(self, case):
        self.case, self.done, self.problem = case, threading.Event(), None
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        hostile = True
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection, hostile), daemon=True).start()
            hostile = False

    def serve(self, connection, hostile):
        moments = {self.case.moment: self.do} if hostile else {}
        peer = Peer(connection, at=moments)
        with connection, contextlib.suppress(Gone, OSError):
            peer.log_in()
            while True:
                self.answer(peer, peer.receive())

    def do(self, peer):
        try:
            self.case.act(peer)
        except (Gone, OSError):
            raise
        except Exception as problem:  # pylint: disable=broad-except
            self.problem = repr(problem)
        finally:
            self.done.set()

    @staticmethod
    def answer(peer, payload):
        if payload[0] == GLOBAL_REQUEST:
            Server.answer_request(peer, payload)
        elif payload[0] == CHANNEL_OPEN:
            _, at = read_string(payload)
            peer.channel = read_uint32(payload, at)
            if OPEN in peer.at:
                peer.now(OPEN)
                return
            peer.send(message(OPEN_CONFIRMATION, peer.channel, peer.channel, 1 << 21, 32768))
            peer.now(JOINED)
        elif payload[0] == CHANNEL_CLOSE and read_uint32(payload) not in peer.closed:
            peer.send(message(CHANNEL_CLOSE, read_uint32(payload)))
        elif payload[0] == KEXINIT and not peer.ignores_rekey:
            peer.answer_rekey(payload)

    @staticmethod
    def answer_request(peer, payload):
        name, at = read_string(payload)
        if name != b"tcpip-forward":
            if payload[at]:
                peer.send(message(REQUEST_FAILURE))
            return
        if FORWARD in peer.at:
            peer.now(FORWARD)
            return
        _, port_at = read_string(payload, at + 1)
        peer.send(message(REQUEST_SUCCESS, *([] if read_uint32(payload, port_at) else [40000])))
        peer.now(LISTENING)


def words_in(line):
    """The longest run of one letter: how much of a server's text a line repeats. Texts of the cases are such runs."""
    longest = run = 0
    for before, letter in zip(line, line[1:]):
        run = run + 1 if letter == before and letter.isalpha() else 0
        longest = max(longest, run + 1)
    return longest


def judge_reasons(world, case, towline):
    def counted():
        return {reason for _, reason in towline.reasons(*SESSIONS)}

    if "lives" in case.then:
        time.sleep(STEADY_SECONDS)
    else:
        eventually(case.seconds, counted)
    got = counted()
    world.tell(", ".join(sorted(got)) or "lives")
    world.expect(got or "lives" in case.then, f"the session goes on; {sorted(case.then)} was to end it")
    world.expect(got <= case.then, f"{sorted(got)} instead of {sorted(case.then)}: {towline.last_lines(3)}")
    if not got & FOR_A_LONG_TIME:
        limit = 15 + case.seconds
        world.expect(towline.wait_ready(limit), f"not ready again after {limit:.0f} s: {towline.ask('/readyz')[1].strip()}")


def judge_words(world, case, towline):
    for line in towline.log_text().split("\n"):
        left_over = "ssh.disconnected" in line and "ssh-userauth" in line
        world.expect(not left_over, f"a text that is left over from the login: {line[25:200]}")
        world.expect(words_in(line) <= WORDS_MAX, f"{words_in(line)} characters of the server in a line: {line[25:120]}…")
    if case.words and towline.log_format == "text":
        errors = [line["err"] for line in towline.lines() if line["reason"]]
        world.expect(any(case.words in text for text in errors), f"the server's words, {case.words!r}, are in no err: {errors}")


def a_client(port, data):
    """It may be reset before it has said anything."""
    client = socket.socket()
    client.settimeout(10)
    with contextlib.suppress(ConnectionError):
        client.connect(("127.0.0.1", port))
        client.sendall(data)
    return client


def suffer(world, case):
    server, target = Server(case), Sink()
    settings = {
        "SSH_REMOTE_HOST": "127.0.0.1", "SSH_REMOTE_PORT": server.port, "SSH_REMOTE_USER": "root",
        "SSH_PASSWORD": "correct horse", "SSH_FORWARDS": "web=-R 18080:127.0.0.1:{target};db=-L 0:db:5432",
        "SSH_KNOWN_HOSTS_FILE": "/dev/null",
        "SSH_SERVER_ALIVE_INTERVAL": "2", "SSH_SERVER_ALIVE_COUNT_MAX": "2", "SSH_CONNECT_TIMEOUT": "10s",
        "TOWLINE_DRAIN_TIMEOUT": "1s", **case.settings}
    settings["SSH_FORWARDS"] = settings["SSH_FORWARDS"].format(target=target.port)
    towline = Towline(world, settings)
    client = None
    with Watch(towline):
        if case.moment in (OPEN, JOINED):
            client = a_client(towline.port("db"), b"x")
        world.expect(server.done.wait(30), f"the moment has not come: {towline.last_lines(2)}")
        judge_reasons(world, case, towline)
    judge_words(world, case, towline)
    world.expect(not server.problem, f"the case itself failed: {server.problem}")
    if client:
        client.close()
    peak = towline.of_status("VmHWM")
    world.expect(INSTRUMENTED or peak < MEMORY_MAX_KIB, f"{peak} KiB of memory")
    towline.end_well()


def cells(_form):
    for case in CASES:
        yield Cell("hostile", case.name, lambda world, a=case: suffer(world, a), weight=case.weight, seconds_max=90)
    for case in filter(lambda case: TEXTS.search(case.name), CASES):
        for log_format in FORMATS:
            other = dataclasses.replace(case, settings={**case.settings, "TOWLINE_LOG_FORMAT": log_format})
            yield Cell("hostile", f"{case.name}_{log_format}", lambda world, a=other: suffer(world, a), seconds_max=90)
