"""-S as its clients see it: the endpoint, and ssh on the way to it."""
import subprocess

from openssh import make_key
from towline import Towline, free_port

# A shell that is not the first one reads no ~/.bashrc, which may take seconds (bash, SSH_SOURCE_BASHRC).
QUICK_SHELLS = "SetEnv SHLVL=1"


class Endpoint:
    """A towline with -S. Clients of another address than 127.0.0.1 need settings that say who may log in."""

    def __init__(self, world, sshd, address="127.0.0.1", **settings):
        self.world, self.sshd, self.address, self.port = world, sshd, address, free_port()
        key = make_key(world.folder / "endpoint_key")
        self.known_hosts = world.folder / "known_hosts"
        lines = [f"[{host}]:{port} {' '.join(path.with_suffix('.pub').read_text().split()[:2])}\n"
                 for host, port, path in ((address, self.port, key), (sshd.address, sshd.port, sshd.host_key))]
        self.known_hosts.write_text("".join(lines))
        self.towline = Towline(world, sshd.settings(
            SSH_MODE="-S", SSH_BIND_IP=address, SSH_TUNNEL_PORT=self.port, TOWLINE_HOST_KEY_FILE=key,
            **{"TOWLINE_LOG_LEVEL": "warn", **settings}))
        self.towline.must_be_ready()

    def options(self):
        return ["-F", "none", "-o", f"UserKnownHostsFile={self.known_hosts}", "-o", "BatchMode=yes",
                "-o", f"IdentityFile={self.sshd.user_key}", "-o", "IdentitiesOnly=yes"]

    def ssh(self, *words, options=()):
        """ssh through the endpoint, with this command."""
        return ["ssh", *options, *self.options(), "-p", str(self.port), f"root@{self.address}", *words]

    def direct(self, *words, options=()):
        """The same without towline."""
        return ["ssh", *options, *self.options(), "-p", str(self.sshd.port), f"root@{self.sshd.address}", *words]

    def run(self, *words, timeout=60, **more):
        return subprocess.run(self.ssh(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False, timeout=timeout, **more)

    def clients(self):
        return self.towline.total("towline_clients")
