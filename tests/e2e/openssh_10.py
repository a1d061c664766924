"""OpenSSH 10, which Debian 13 has, as a client of -S: what people do with it, with what it asks for by itself and with ML-KEM
alone, and with new keys all the time."""
import rig
from rig import IMAGE, PEER, docker, eventually, health

ML_KEM = "mlkem768x25519-sha256"
MEBIBYTES = 32


class Clients:
    """A server, a towline in front of it, and a client that knows only the latter. Its web page says that it is the client's."""

    def __init__(self, image):
        self.containers, keys = image.containers, image.keys
        rig.make_key(keys / "endpoint", rig.UID)
        rig.make_key(keys / "client", 0)
        (keys / "endpoint_known_hosts").write_text(f"[endpoint]:2222 {(keys / 'endpoint.pub').read_text()}")
        on = ("--network", image.network, "-v", f"{keys}:/keys:ro")
        self.server = self.containers.start("far", *on, "--network-alias", "far", PEER, "sshd-with-keys")
        self.endpoint = self.containers.start(
            "endpoint", *on, "--network-alias", "endpoint", "-e", "SSH_REMOTE_HOST=far", "-e", "SSH_REMOTE_USER=tunnel",
            "-e", "SSH_KEY_FILE=/keys/id_ed25519", "-e", "SSH_KNOWN_HOSTS=" + rig.known_hosts_line(keys, "far"),
            "-e", "SSH_FORWARDS=tools=-S 0.0.0.0:2222", "-e", "TOWLINE_HOST_KEY_FILE=/keys/endpoint",
            "-e", "TOWLINE_AUTHORIZED_KEYS_FILE=/keys/client.pub", IMAGE)
        self.client = self.containers.start("client", "--init", *on, PEER)
        eventually(90, "it is healthy", lambda: health(self.endpoint) == "healthy")
        self.execute("echo 'Hello from the client.' > /srv/www/index.html && "
                     f"dd if=/dev/urandom of=/tmp/bulk bs=1M count={MEBIBYTES} status=none")

    def execute(self, script, **options):
        return docker("exec", self.client, "sh", "-ec", script, **options)

    def close(self):
        for container in (self.client, self.endpoint, self.server):
            self.containers.remove(container)


def words(*options):
    return " ".join(("-F none -o BatchMode=yes -o IdentityFile=/keys/client -o UserKnownHostsFile=/keys/endpoint_known_hosts",
                     *(f"-o {option}" for option in options)))


def runs_commands(clients, options):
    done = clients.execute(f"ssh {options} -p 2222 anybody@endpoint 'cat; echo e >&2; exit 7' < /etc/hostname 2> /tmp/e", check=False)
    assert done.returncode == 7, f"exit {done.returncode}: {done.stdout}"
    assert done.stdout == clients.execute("cat /etc/hostname"), done.stdout
    assert clients.execute("cat /tmp/e") == "e\n", clients.execute("cat /tmp/e")


def copies(clients, options):
    clients.execute(f"scp -q {options} -P 2222 /tmp/bulk anybody@endpoint:there && "
                    f"scp -q {options} -P 2222 anybody@endpoint:there /tmp/back && cmp /tmp/bulk /tmp/back")
    clients.execute(f"printf 'put /tmp/bulk again\\nget again /tmp/again\\nrm again\\n' > /tmp/batch && "
                    f"sftp -q -b /tmp/batch {options} -P 2222 anybody@endpoint && cmp /tmp/bulk /tmp/again")


def forwards(clients, options):
    """Through a master that is told to go in the end."""
    clients.execute(f"ssh {options} -p 2222 -f -N -M -S /tmp/master -o ExitOnForwardFailure=yes -L 8090:far:22 "
                    "-R 0.0.0.0:8091:127.0.0.1:80 anybody@endpoint < /dev/null > /dev/null 2>&1")
    banner = clients.execute("nc -w 5 127.0.0.1 8090 < /dev/null | head -n 1")
    assert banner.startswith("SSH-2.0-OpenSSH_10"), banner
    page = clients.execute("curl -fsS --max-time 5 http://far:8091/")
    assert page == "Hello from the client.\n", page
    clients.execute("ssh -F none -S /tmp/master -O exit endpoint")


def renews_keys(clients, options, kex):
    """At least once for twice the limit: each direction counts for itself."""
    clients.execute(f"ssh {options} -v -E /tmp/v -o RekeyLimit=64K -p 2222 anybody@endpoint cat < /tmp/bulk | cmp /tmp/bulk -")
    said = clients.execute("cat /tmp/v; rm /tmp/v")
    exchanges = said.count("SSH2_MSG_NEWKEYS received")
    assert exchanges >= MEBIBYTES * 16 // 2, f"{exchanges} key exchanges"
    assert said.count(f"kex: algorithm: {kex}") >= exchanges, said[:4000]


def openssh_10_does_over_one_session_what_it_is_used_for(image):
    clients = Clients(image)
    version = clients.execute("ssh -V 2>&1")
    assert version.startswith("OpenSSH_10"), version
    for options in (words(), words(f"KexAlgorithms={ML_KEM}")):
        runs_commands(clients, options)
        copies(clients, options)
        forwards(clients, options)
        renews_keys(clients, options, ML_KEM)  # its first choice
    logins = docker("logs", clients.server).count("Accepted publickey")
    assert logins == 1, f"{logins} logins at the server"
    seen = docker("logs", clients.endpoint)
    assert f"kex={ML_KEM}" in seen, seen[-2000:]
    clients.close()
