"""What the situations of docs/truth.md are made of: servers, targets and a towline, by name."""
import contextlib
import functools
import os
import socket
import threading

from hostile import Server, a_client
from hostile_case import LIVES, Case
from names import NameServer
from openssh import Sshd
from relay import reset
from towline import Towline, free_port
from transfers import Target, Way, transfer

ALL = {}


def situation(function):
    """function(scene) makes what its row says and returns the towline to look at."""
    ALL[function.__name__] = function
    return function


class Saying:
    """A TCP server that says one thing, and closes, resets or holds what it has accepted."""

    def __init__(self, words=b"", then="close"):
        self.words, self.then, self.held = words, then, []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.listener.accept()
            with contextlib.suppress(OSError):
                connection.sendall(self.words)
                if self.then == "hold":
                    self.held.append(connection)
                elif self.then == "reset later":
                    threading.Timer(0.3, reset, [connection]).start()
                elif self.then == "reset":
                    reset(connection)
                else:
                    connection.close()


class Scene:
    def __init__(self, world):
        self.world = world
        self.clients = []
        self.stop = lambda towline: towline.stop()  # returns its exit code
        self.afterwards = lambda seconds: None  # what must be true then; `seconds` is what its end has taken

    @functools.cached_property
    def target(self):
        return Target()

    def sshd(self, options="", **more):
        return Sshd(self.world, options, **more)

    def names(self, **says):
        return NameServer(self.world, **says)

    def towline(self, settings, *command, ready=False, **more):
        """With an attempt of 3 s and a deadline of 3 s, so that time-outs come soon."""
        soon = {"SSH_CONNECT_TIMEOUT": "3s", "SSH_SERVER_ALIVE_INTERVAL": "1", "SSH_SERVER_ALIVE_COUNT_MAX": "2"}
        towline = Towline(self.world, {**soon, **settings}, *command, **more)
        if ready:
            towline.must_be_ready()
        return towline

    def at(self, port, **settings):
        """A towline whose server is something else than sshd."""
        return self.towline({"SSH_REMOTE_HOST": "127.0.0.1", "SSH_REMOTE_PORT": port, "SSH_REMOTE_USER": "root",
                             "SSH_PASSWORD": "correct horse", "SSH_KNOWN_HOSTS_FILE": "/dev/null",
                             "SSH_FORWARDS": "d=-D 0", **settings})

    def with_sshd(self, options="", forwards="d=-D 0", ready=False, **settings):
        sshd = self.sshd(options)
        return sshd, self.towline(sshd.settings(SSH_FORWARDS=forwards, **settings), ready=ready)

    def hostile(self, moment, act, **settings):
        """A server by hand, see hostile.py."""
        server = Server(Case("", moment, act, LIVES))
        towline = self.at(server.port, **settings)
        if not server.done.wait(15):
            raise AssertionError(f"the moment {moment} has not come: {towline.last_lines(2)}")
        return towline

    def client(self, port, data=b""):
        client = a_client(port, data)
        self.clients.append(client)
        return client

    def use(self, port, size=1000):
        """One connection through a forward."""
        return transfer(Way(port), size, size, 15)

    def keep_reading(self, read_end, path):
        """What arrives at the pipe goes to the file, from now on."""
        def copy():
            with open(path, "ab", buffering=0) as out:
                while data := os.read(read_end, 65536):
                    out.write(data.replace(b"\n\n", b""))
        threading.Thread(target=copy, daemon=True).start()

    def before_the_end(self):
        """Clients go first, so that nobody is waited for."""
        for client in self.clients:
            client.close()

    free_port = staticmethod(free_port)
