"""The network of a measurement: a namespace of its own, and a long path in it."""
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SETTINGS = Path("/proc/sys/net/ipv4")
DEVICE = "path"
NETWORK = "10.9.0.0/24"
HERE, THERE = "10.9.0.1", "10.9.0.2"  # who connects to THERE meets the servers of this machine, by way of the device


@dataclass(frozen=True)
class Link:
    """A path between the forwarder and the SSH server."""

    megabits: int
    round_trip_ms: int

    def __str__(self):
        return f"{self.megabits} Mbit/s {self.round_trip_ms} ms"


def enter():
    """Starts this program again where there is no other traffic; returns only where that is not possible."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        return
    probe = subprocess.run(["unshare", "--net", "true"], stderr=subprocess.DEVNULL, check=False)
    if probe.returncode == 0:
        os.execvp("unshare", ["unshare", "--net", sys.executable, *sys.argv, "--inside"])


def put(name, value):
    (SETTINGS / name).write_text(value, encoding="ascii")


def run(*words):
    return subprocess.run(words, check=False, capture_output=True, text=True)


def prepare():
    """Returns what keeps long paths from being made, "" if nothing."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    # Some algorithms pace what they send, which a loopback device turns into nonsense.
    put("tcp_congestion_control", "reno")
    # Tens of thousands of ports in TIME_WAIT would make every further connection slower.
    put("ip_local_port_range", "10000 65000")
    put("tcp_max_tw_buckets", "1000")
    # What one contestant's TCP has learned of the path is not the next one's.
    put("tcp_no_metrics_save", "1")
    for words in (["tuntap", "add", "dev", DEVICE, "mode", "tun"],
                  ["address", "add", f"{HERE}/24", "dev", DEVICE],
                  ["link", "set", DEVICE, "up", "txqueuelen", "5000"],
                  # Linux's own choice, which a namespace's setting may not name.
                  ["route", "replace", NETWORK, "dev", DEVICE, "congctl", "cubic"]):
        done = run("ip", *words)
        if done.returncode != 0:
            return f"ip {' '.join(words)}: {done.stderr.strip()}"
    return ""
