"""A real sshd, its keys, and what can be done to it."""
import os
import pathlib
import re
import shutil
import signal

from towline import free_port
from world import eventually, run

SSHD = next((path for path in ("/usr/sbin/sshd", "/usr/local/sbin/sshd") if os.path.exists(path)), "/usr/sbin/sshd")


def make_key(path):
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", path)
    return path


def fingerprint(path):
    return run("ssh-keygen", "-l", "-f", path).split()[1]


def sshd_processes():
    """Pids in this world."""
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if (folder / "stat").read_text().split(" ", 2)[1] .startswith("(sshd"):  # sshd-session from 9.8 on
                    yield int(folder.name)
            except OSError:
                continue


class Sshd:
    def __init__(self, world, options="", address="127.0.0.1", port=None, command=()):
        """`command` is what it is started with, in another network for instance."""
        self.world, self.address, self.options, self.command = world, address, options, command
        self.port = port or free_port()
        self.host_key, self.user_key = world.folder / "host_key", world.folder / "user_key"
        if not self.host_key.exists():
            make_key(self.host_key)
            make_key(self.user_key)
            shutil.copy(world.folder / "user_key.pub", world.folder / "authorized_keys")
        self.log_path = world.folder / f"sshd-{self.port}.log"
        self.start()

    def start(self):
        os.makedirs("/run/sshd", exist_ok=True)
        config = self.world.folder / f"sshd-{self.port}.conf"
        # The first value that sshd finds for an option counts.
        config.write_text(f"{self.options}\nListenAddress {self.address}\nPort {self.port}\nHostKey {self.host_key}\n"
                          f"AuthorizedKeysFile {self.world.folder}/authorized_keys\nPermitRootLogin yes\nStrictModes no\n"
                          "UsePAM no\nUseDNS no\nPidFile none\nLogLevel VERBOSE\nMaxStartups 500\nMaxSessions 5000\n")
        with open(self.log_path, "ab") as log:
            self.process = self.world.start([*self.command, SSHD, "-D", "-e", "-f", config], stderr=log)
        if not eventually(10, lambda: b"Server listening" in self.log_path.read_bytes()):
            raise AssertionError(f"sshd does not listen: {self.log_path.read_text()[-300:]}")

    def settings(self, **more):
        """What a towline needs to log in here. The main process is the world's only listener of its port."""
        return {"SSH_REMOTE_HOST": self.address, "SSH_REMOTE_PORT": self.port, "SSH_REMOTE_USER": "root",
                "SSH_KEY_FILE": self.user_key, "SSH_HOST_KEY_FINGERPRINT": fingerprint(f"{self.host_key}.pub"), **more}

    def sessions(self):
        return [pid for pid in sshd_processes() if pid != self.process.pid]

    def signal_sessions(self, number=signal.SIGKILL):
        for pid in self.sessions():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)
        self.signal_sessions(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)
        self.signal_sessions(signal.SIGCONT)

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.signal_sessions()
        self.log_path.write_bytes(self.log_path.read_bytes().replace(b"Server listening", b"Server listened"))

    def log_text(self):
        return self.log_path.read_text(errors="replace")

    def logins(self):
        return len(re.findall(r"Accepted \S+ for ", self.log_text()))  # there is a line for the key too
