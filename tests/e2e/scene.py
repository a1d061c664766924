"""A compose file in a project of its own, and an SSH server outside of every project, as in real life."""
import json
import os
import shutil
import socket

import rig
from rig import PEER, ROOT, docker, eventually


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Project:
    """docker compose with one file, or with more that add to it; what is started ends with the block."""

    def __init__(self, *files, **environment):
        self.name = f"towline-e2e-{files[-1].stem}-{os.getpid()}"
        self.files = [argument for file in files for argument in ("-f", file)]
        self.environment = {**os.environ, **{name: str(value) for name, value in environment.items()}}

    def compose(self, *arguments, **options):
        return docker("compose", "--ansi", "never", "--progress", "quiet", "-p", self.name, *self.files, *arguments,
                      env=self.environment, **options)

    def __enter__(self):
        return self

    def __exit__(self, kind, problem, trace):
        if problem:
            print(self.compose("--profile", "*", "logs", "--tail", "12", check=False).stdout)
        self.compose("--profile", "*", "down", "-v", "-t", "5", check=False)

    def up(self, *services):
        self.compose("up", "-d", "--wait", "--wait-timeout", "150", *services, timeout=200)

    def container(self, service):
        return self.compose("ps", "-a", "-q", service).split()[0]

    def logs(self, service):
        return self.compose("logs", "--no-log-prefix", service)

    def execute(self, service, *command, **options):
        return self.compose("exec", "-T", service, *command, **options)

    def config(self):
        return json.loads(self.compose("--profile", "*", "config", "--format", "json"))


class Outside:
    """The SSH server of the files in compose/, with a web server at its localhost; and a copy of those files, unchanged,
    beside which .env and secrets/ are written."""

    def __init__(self, folder):
        self.folder = folder / "compose"
        shutil.copytree(ROOT / "compose", self.folder, ignore=shutil.ignore_patterns(".env", "secrets"))
        shutil.copytree(ROOT / "helm", folder / "helm")
        secrets = self.folder / "secrets"
        secrets.mkdir()
        rig.make_keys(secrets)
        rig.make_key(secrets / "app", os.getuid())
        rig.make_key(secrets / "endpoint", rig.UID)
        self.names = "tunnels.example.com"
        (secrets / "entrance_users").write_text((secrets / "id_ed25519.pub").read_text() + (secrets / "app.pub").read_text())
        (secrets / "entrance_known_hosts").write_text("[entrance]:2222 " + (secrets / "endpoint.pub").read_text())
        self.make_certificate()
        self.containers = rig.Containers()
        # Containers reach it as they would reach any machine: by an address of this one.
        self.address = json.loads(docker("network", "inspect", "bridge"))[0]["IPAM"]["Config"][0]["Gateway"]
        self.server = self.containers.start("outside", "-p", f"{self.address}::22", "-v", f"{secrets}:/keys:ro", PEER,
                                            "sh", "-c", "busybox httpd -p 80 -h /srv/www && exec sshd-with-keys")
        self.port = int(docker("port", self.server, "22").split()[0].rsplit(":", 1)[1])
        (secrets / "known_hosts").write_text(rig.known_hosts_line(secrets, self.address, self.port))
        eventually(90, "sshd listens", lambda: docker("exec", self.server, "test", "-s", "/run/sshd/sshd.pid") == "")
        self.socks_port, self.prometheus_port = free_port(), free_port()
        self.ssh_port, self.http_port, self.https_port = free_port(), free_port(), free_port()
        (self.folder / ".env").write_text(
            f"SSH_REMOTE_HOST={self.address}\nSSH_REMOTE_PORT={self.port}\nSSH_REMOTE_USER=tunnel\n"
            f"CLIENT_IMAGE={PEER}\nSSH_CLIENT_IMAGE={PEER}\nWEB_IMAGE={PEER}\nPROMETHEUS_IMAGE={PEER}\n"
            f"SOCKS_PORT={self.socks_port}\nPROMETHEUS_PORT={self.prometheus_port}\n"
            f"EXPOSE_DOMAIN={self.names}\nSSH_PORT={self.ssh_port}\nHTTP_PORT={self.http_port}\nHTTPS_PORT={self.https_port}\n")

    def make_certificate(self):
        """A wildcard certificate of an authority of our own, in place of the one before; returns it."""
        secrets = self.folder / "secrets"
        folder = secrets / "tls"
        folder.mkdir(exist_ok=True)
        new = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30")
        if not (secrets / "ca.pem").exists():
            rig.run(*new, "-subj", "/CN=test authority", "-keyout", secrets / "ca.key", "-out", secrets / "ca.pem")
        rig.run(*new, "-CA", secrets / "ca.pem", "-CAkey", secrets / "ca.key", "-subj", f"/CN={self.names}",
                "-addext", f"subjectAltName=DNS:{self.names},DNS:*.{self.names}", "-addext", "basicConstraints=critical,CA:FALSE",
                "-keyout", folder / "new.key", "-out", folder / "new.pem")
        os.chown(folder / "new.key", rig.UID, rig.UID)
        (folder / "new.key").rename(folder / "privkey.pem")
        (folder / "new.pem").rename(folder / "fullchain.pem")
        return (folder / "fullchain.pem").read_text().strip()

    def project(self, *names):
        return Project(*(self.folder / f"{name}.yaml" for name in names))

    def fetch(self, url):
        """A page, asked for on the server."""
        return docker("exec", self.server, "curl", "-fsS", "--max-time", "5", url)
