"""The process: how it starts, where it writes, how it ends."""
import itertools
import os
import resource
import signal
import socket
import stat
import time

from matrix import FullDisk, fill, fill_pipe
from situation import Saying, situation
from towline import limited, of_user
from world import eventually


@situation
def all_is_well(scene):
    return scene.with_sshd()[1]


@situation
def configuration_wrong(scene):
    return scene.with_sshd(SSH_REMOTE_PORT="tcp://10.0.0.1:22")[1]


@situation
def variable_misspelt(scene):
    return scene.with_sshd(TOWLINE_LOG_LEVLE="debug")[1]


def named_file(name, variable, value):
    def make(scene):
        path = value(scene)
        return scene.with_sshd(**{"SSH_HOST_KEY_FINGERPRINT": None, variable: path})[1]
    make.__name__ = name
    situation(make)


def fifo(scene):
    path = scene.world.folder / "fifo"
    os.mkfifo(path)
    return path


named_file("key_is_an_endless_device", "SSH_KEY_FILE", lambda scene: "/dev/zero")
named_file("key_is_a_fifo", "SSH_KEY_FILE", fifo)
named_file("key_is_missing", "SSH_KEY_FILE", lambda scene: scene.world.folder / "nowhere")
named_file("known_hosts_is_an_endless_device", "SSH_KNOWN_HOSTS_FILE", lambda scene: "/dev/zero")


@situation
def admin_port_taken(scene):
    taken = socket.create_server(("127.0.0.1", 0))
    scene.clients.append(taken)
    return scene.with_sshd(TOWLINE_ADMIN_LISTEN=f"127.0.0.1:{taken.getsockname()[1]}")[1]


@situation
def descriptors_too_few_to_start(scene):
    sshd = scene.sshd()
    return scene.towline(sshd.settings(SSH_FORWARDS="d=-D 0"), prepare=limited(resource.RLIMIT_NOFILE, 16))


def with_threads(scene, user):
    """What starts with each limit of threads, up to the first that is enough."""
    sshd = scene.sshd()
    settings = sshd.settings(SSH_FORWARDS="d=-D 0", SSH_CONNECTIONS="3")
    for number in itertools.count(1):
        towline = scene.towline(settings, *of_user(user), name=f"with-{number}", prepare=limited(resource.RLIMIT_NPROC, number))
        yield number, sshd, towline
        if towline.wait_ready():
            return


@situation
def threads_too_few_to_start(scene):
    *too_few, (_, _, enough) = with_threads(scene, 61001)
    enough.end_well()
    for number, _, towline in too_few:
        code = towline.stop()
        scene.world.expect(code == 71, f"exit code {code} with {number} threads")
    return too_few[-1][2]


@situation
def threads_out(scene):
    """Those that it starts with are all there are, for a new session and for its end as well."""
    *_, (_, sshd, towline) = with_threads(scene, 61002)
    towline.signal(signal.SIGUSR1)
    scene.world.expect(eventually(10, lambda: sshd.logins() > 1), "it does not reconnect without a further thread")
    return towline


# --- where it writes ----------------------------------------------------------------------------------------------

@situation
def log_reader_stops(scene):
    """A blocking pipe that nobody reads, while more lines are written than are kept for a reader that comes back."""
    read_end, write_end = os.pipe()
    sshd = scene.sshd()
    forward = f"l=-L 0:127.0.0.1:{scene.target.port}"
    towline = scene.towline(sshd.settings(SSH_FORWARDS=forward, TOWLINE_ACCESS_LOG="true"), log=write_end, ready=True)
    fill_pipe(write_end)
    before = sshd.logins()
    towline.signal(signal.SIGUSR1)
    scene.world.expect(eventually(10, lambda: sshd.logins() > before), "it does not reconnect while its log is stuck")
    scene.world.expect(towline.ask("/livez")[0] == 200, f"/livez beside a stuck log: {towline.ask('/livez')}")
    dropped = lambda: write_about_connections(towline) or towline.total("towline_log_messages_dropped_total")
    scene.world.expect(eventually(120, dropped), "no line is dropped, however many are written")
    scene.keep_reading(read_end, towline.log_path)
    return towline


def write_about_connections(towline):
    """Fifty at once, until all have ended: one by one they take half a minute of a busy machine."""
    connections = [socket.create_connection(("127.0.0.1", towline.port("l")), timeout=30) for _ in range(50)]
    for connection in connections:
        connection.shutdown(socket.SHUT_WR)
    for connection in connections:
        while connection.recv(4096):
            pass
        connection.close()


def with_log(name, redirection):
    def make(scene):
        sshd = scene.sshd()
        return scene.towline(sshd.settings(SSH_FORWARDS="d=-D 0"), "sh", "-c", f'exec "$0" "$@" {redirection}')
    make.__name__ = name
    situation(make)


with_log("log_to_a_full_device", "2>/dev/full")
with_log("log_closed", "0<&- 1>&- 2>&-")


@situation
def log_broken(scene):
    read_end, write_end = os.pipe()
    os.close(read_end)
    sshd = scene.sshd()
    return scene.towline(sshd.settings(SSH_FORWARDS="d=-D 0"), log=write_end)


@situation
def log_disk_full(scene):
    disk = FullDisk(scene.world)
    sshd = scene.sshd()
    towline = scene.towline(sshd.settings(SSH_FORWARDS="d=-D 0"), log=disk.write_end, ready=True)
    fill(disk.parent)
    return towline


def with_state(name, spoil):
    def make(scene):
        folder = scene.world.mount_disk("state", "16k")
        sshd = scene.sshd()
        spoil(folder, sshd)
        return scene.towline(sshd.settings(SSH_FORWARDS="d=-D 0", SSH_HOST_KEY_FINGERPRINT=None, TOWLINE_STATE_DIR=folder))
    make.__name__ = name
    situation(make)


def half_a_line(folder, sshd):
    kind, key = (sshd.host_key.parent / "host_key.pub").read_text().split()[:2]
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{sshd.port} {kind} {key[:30]}")


with_state("state_folder_full", lambda folder, sshd: fill(folder))
with_state("state_is_garbage", lambda folder, sshd: (folder / "known_hosts").write_bytes(b"\0\xff garbage\n" * 3))
with_state("state_ends_in_half_a_line", half_a_line)


@situation
def port_file_is_a_device(scene):
    """A node of its own: it must be there afterwards."""
    node = scene.world.folder / "full"
    os.mknod(node, stat.S_IFCHR | 0o666, os.makedev(1, 7))
    towline = scene.with_sshd(TOWLINE_PORT_FILE=node)[1]
    scene.afterwards = lambda _: scene.world.expect(
        node.exists() and stat.S_ISCHR(node.stat().st_mode), "the device node is gone")
    return towline


@situation
def port_file_is_somebodys(scene):
    """A file with other data in it: it must be there afterwards, as it was."""
    file = scene.world.folder / "data"
    file.write_text("dear diary\n")
    towline = scene.with_sshd(TOWLINE_PORT_FILE=file)[1]
    scene.afterwards = lambda _: scene.world.expect(
        file.exists() and file.read_text() == "dear diary\n", "somebody's file was replaced or removed")
    return towline


# --- how it ends --------------------------------------------------------------------------------------------------

def with_a_stuck_client(scene, drain_timeout):
    sshd = scene.sshd()
    forward = f"l=-L 0:127.0.0.1:{Saying(then='hold').port}"
    towline = scene.towline(sshd.settings(SSH_FORWARDS=forward, TOWLINE_DRAIN_TIMEOUT=drain_timeout), ready=True)
    client = scene.client(towline.port("l"), b"x")
    eventually(5, lambda: towline.total("towline_connections_active") == 1)
    scene.clients.remove(client)
    return client, towline


def is_reset(client):
    client.settimeout(5)
    try:
        client.recv(1)
    except ConnectionResetError:
        return True
    except OSError:
        return False
    return False


@situation
def stopped_with_a_stuck_client(scene):
    client, towline = with_a_stuck_client(scene, "2s")

    def afterwards(seconds):
        scene.world.expect(1.5 < seconds < 10, f"ended after {seconds:.1f} s, the drain timeout is 2 s")
        scene.world.expect(is_reset(client), "the client that was cut saw a clean end")
    scene.afterwards = afterwards
    return towline


@situation
def stopped_while_the_server_is_frozen(scene):
    """With a deadline that is far away, so that the silence alone does not end the session first."""
    sshd, towline = scene.with_sshd(ready=True, SSH_SERVER_ALIVE_INTERVAL="60")
    sshd.freeze()
    scene.afterwards = lambda seconds: scene.world.expect(seconds < 15, f"ended after {seconds:.1f} s")
    return towline


@situation
def stopped_twice(scene):
    client, towline = with_a_stuck_client(scene, "60s")
    del client

    def stop(towline):
        towline.signal(signal.SIGTERM)
        eventually(5, lambda: towline.ask("/readyz")[0] == 503)
        time.sleep(0.5)  # within 300 ms of the first it is the same signal
        return towline.stop()
    scene.stop = stop
    return towline
