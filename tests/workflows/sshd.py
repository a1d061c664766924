"""A real sshd on a free port of loopback, with a web server behind it that says hello."""
import functools
import http.server
import os
import pathlib
import pwd
import socket
import socketserver
import subprocess
import threading
import time

USER = pwd.getpwuid(os.geteuid()).pw_name
SSHD = next((path for path in ("/usr/sbin/sshd", "/usr/local/sbin/sshd") if os.path.exists(path)), "sshd")


def eventually(condition, what, seconds=60):
    """Waits until condition() is true and returns it."""
    last = time.monotonic() + seconds
    while True:
        if result := condition():
            return result
        if time.monotonic() > last:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


kept = []


def free_port():
    """Nobody else is given it: it stays bound, and whoever listens with SO_REUSEADDR (sshd, towline) still can."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind(("127.0.0.1", 0))
    kept.append(holder)
    return holder.getsockname()[1]


def listening(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def make_key(path, *arguments):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-C", path.name, "-f", path, *(arguments or ("-N", ""))], check=True)
    return path.read_text()


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"Hello through the tunnel.\n")

    def log_message(self, *arguments):
        pass


class WebServer(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Serves the page, or the files of a folder."""

    daemon_threads = True

    def __init__(self, folder=None):
        class Quiet(http.server.SimpleHTTPRequestHandler):
            def log_message(self, *arguments):
                pass

        super().__init__(("127.0.0.1", 0), functools.partial(Quiet, directory=folder) if folder else Page)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


class SshServer:
    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.port = free_port()
        self.key = make_key(folder / "id_ed25519")
        self.locked_key = make_key(folder / "id_locked", "-N", "correct horse battery")
        make_key(folder / "host_key")
        public = (folder / "host_key.pub").read_text().split()
        self.known_hosts = f"[127.0.0.1]:{self.port} {public[0]} {public[1]}\n"
        said = subprocess.run(["ssh-keygen", "-l", "-f", folder / "host_key.pub"], stdout=subprocess.PIPE, text=True, check=True)
        self.fingerprint = said.stdout.split()[1]
        (folder / "authorized_keys").write_text((folder / "id_ed25519.pub").read_text() + (folder / "id_locked.pub").read_text())
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        # Without PAM an account whose password is locked cannot log in; with it, one whose password sshd cannot see can.
        locked = os.geteuid() == 0 and "\nroot:!" in "\n" + pathlib.Path("/etc/shadow").read_text()
        (folder / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1\nPort {self.port}\nHostKey {folder}/host_key\nPidFile none\nUsePAM {'yes' if locked else 'no'}\n"
            f"AuthorizedKeysFile {folder}/authorized_keys\nStrictModes no\nPermitRootLogin yes\nPasswordAuthentication no\n"
            "UseDNS no\n")
        self.log = open(folder / "sshd.log", "w+")
        self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "sshd_config"], stderr=self.log)
        eventually(lambda: listening(self.port), "sshd listens")

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()
