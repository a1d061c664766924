"""A TCP relay between towline and its server, which can do to a connection what networks do."""
import contextlib
import socket
import struct
import threading
import time

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends RST


def reset(connection):
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.shutdown(socket.SHUT_RD)  # a thread that reads holds it open
    connection.close()


def close(connection):
    connection.close()


class Relay:
    """Ways: "up" from towline to the server, "down" back."""

    def __init__(self, port):
        self.server_port = port
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.listener.getsockname()[1]
        self.open = {"up": threading.Event(), "down": threading.Event()}
        self.delay, self.bytes_at_a_time, self.turns_away = 0.0, None, None
        self.pairs, self.half_open, self.accepted = set(), [], 0
        self.pass_on()
        threading.Thread(target=self.accept, daemon=True).start()

    # --- faults --------------------------------------------------------------------------------------------------

    def hold(self, *ways):
        for way in ways or self.open:
            self.open[way].clear()

    def pass_on(self):
        for way in self.open.values():
            way.set()

    def reset_all(self):
        for pair in self.taken_pairs():
            for connection in pair:
                reset(connection)

    def end_all(self):
        """A FIN each way, whatever is in between."""
        for pair in self.taken_pairs():
            for connection in pair:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)

    def forget_all(self):
        """What is connected now is half open: the server has gone, and nobody tells towline."""
        for client, server in self.taken_pairs():
            self.half_open.append(client)
            reset(server)

    def taken_pairs(self):
        """What nobody copies between any more."""
        pairs, self.pairs = self.pairs, set()
        return pairs

    # --- the relay -----------------------------------------------------------------------------------------------

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            self.accepted += 1
            if self.turns_away:
                self.turns_away(client)
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self.server_port), 3)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            pair = (client, server)
            self.pairs.add(pair)
            for way, source, sink in (("up", client, server), ("down", server, client)):
                threading.Thread(target=self.copy, args=(pair, way, source, sink), daemon=True).start()

    def copy(self, pair, way, source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.open[way].wait()
                if self.delay:
                    time.sleep(self.delay)
                while data and (few := self.bytes_at_a_time):
                    sink.sendall(data[:few])
                    data = data[few:]
                    time.sleep(0.005)
                sink.sendall(data)
        for connection in pair if pair in self.pairs else ():
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
