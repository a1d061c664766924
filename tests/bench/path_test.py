"""The long path of bench/run: what goes over it arrives later, at its rate, and not if the queue is full."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH))

import network  # noqa: E402

LINK = network.Link(megabits=10, round_trip_ms=40)
PORT = 4000
PAYLOAD = 1222  # 1250 bytes with the headers: a millisecond
BURST = 2000  # queues have room for 150 KB, 120 ms


def compile_path(folder):
    compiler = next(filter(None, map(shutil.which, ("clang++-19", "g++", "clang++"))))
    program = folder / "towline_path"
    subprocess.run([compiler, "-std=c++20", "-O1", BENCH / "path.cpp", "-o", program], check=True)
    return program


def serve(server):
    """Answers each packet with its number, and so tells which have arrived."""
    while True:
        packet, sender = server.recvfrom(2000)
        server.sendto(packet[:4], sender)


def measure(program):
    trouble = network.prepare()
    if trouble:
        return {"skip": trouble}
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("0.0.0.0", PORT))
    threading.Thread(target=serve, args=[server], daemon=True).start()
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    client.settimeout(1)
    client.connect((network.THERE, PORT))
    command = [program, network.DEVICE, str(LINK.megabits), str(LINK.round_trip_ms), str(PORT)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as path:
        path.stdout.readline()
        try:
            return {"trips": [trip(client) for _ in range(10)], "burst": burst(client)}
        finally:
            path.terminate()


def trip(client):
    began = time.monotonic()
    client.send(bytes(4))
    client.recv(4)
    return time.monotonic() - began


def burst(client):
    """When the answers to many packets came that were sent at once."""
    began = time.monotonic()
    for _ in range(BURST):
        client.send(bytes(PAYLOAD))
    arrived = []
    while True:
        try:
            client.recv(4)
        except TimeoutError:
            return arrived
        arrived.append(time.monotonic() - began)


def may_have_a_network():
    if os.geteuid() != 0 or not shutil.which("ip"):
        return False
    return subprocess.run(["unshare", "--net", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0


@unittest.skipUnless(may_have_a_network(), "needs iproute2 and, as root, a network namespace")
class Path(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            program = compile_path(pathlib.Path(folder))
            command = ["unshare", "--net", sys.executable, __file__, str(program)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=60)
        cls.measured = json.loads(done.stdout)
        if "skip" in cls.measured:
            raise unittest.SkipTest(cls.measured["skip"])

    def test_delays_by_its_round_trip(self):
        fastest = min(self.measured["trips"])
        self.assertGreaterEqual(fastest, 0.040)
        self.assertLess(fastest, 0.080)

    def test_passes_on_at_its_rate(self):
        burst = self.measured["burst"]
        self.assertGreaterEqual(burst[-1] - 0.040, (len(burst) - 1) * 0.001)

    def test_drops_what_finds_the_queue_full(self):
        self.assertGreaterEqual(len(self.measured["burst"]), 100)
        self.assertLess(len(self.measured["burst"]), BURST)


if __name__ == "__main__":
    json.dump(measure(sys.argv[1]), sys.stdout)
