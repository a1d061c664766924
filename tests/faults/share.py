"""What a -S keeps of many sessions and clients: nothing; and what it makes of bytes, whatever the cipher and however often keys
are renewed: the same bytes."""
import asyncio
import contextlib
import itertools
import pathlib
import resource
import signal
import subprocess
import threading
import time

import asyncssh

import keystream
from cells import Cell
from endpoint import QUICK_SHELLS, Endpoint
from load import Figures, judge
from openssh import Sshd
from towline import INSTRUMENTED, Watch
from world import eventually

MEBIBYTE = 1 << 20
CIPHERS = ("chacha20-poly1305@openssh.com", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes256-ctr")
SESSIONS = {"short": 600, "long": 10_000}  # so many one after another, and as many again side by side
AT_ONCE = 50
CONNECTIONS = 5  # that carry those, at most 256 channels each
CLIENTS = {"short": 40, "long": 1_000}  # programs of their own
CLIENTS_AT_ONCE = 8
VOLUME = {"short": 16 * MEBIBYTE, "long": 1024 * MEBIBYTE}
REKEYED = {"short": 4 * MEBIBYTE, "long": 256 * MEBIBYTE}
REKEY_LIMIT = 64 * 1024
MEMORY_MAX_KIB = 64 * 1024


# --- sessions and clients ---------------------------------------------------------------------------------------------------


async def connected(endpoint, count):
    return [await asyncssh.connect(endpoint.address, endpoint.port, username="anybody", known_hosts=None, config=None,
                                   client_keys=None, agent_path=None) for _ in range(count)]


async def run_sessions(endpoint, count, at_once, wrong):
    """Each ends with a status of its own, which has to be the one that comes back."""
    connections = await connected(endpoint, min(CONNECTIONS, at_once))
    numbers = iter(range(count))  # of them all

    async def work(connection):
        for number in numbers:
            ran = await connection.run(f"exit {number % 100}")
            if ran.exit_status != number % 100:
                wrong.append((number, ran.exit_status, ran.stderr))

    await asyncio.gather(*(work(connections[each % len(connections)]) for each in range(at_once)))
    for connection in connections:
        connection.close()
        await connection.wait_closed()


def run_clients(endpoint, count, wrong):
    numbers = iter(range(count))  # of them all

    def work():
        for number in numbers:
            ran = endpoint.run(f"exit {number % 100}")
            if ran.returncode != number % 100:
                wrong.append((number, ran.returncode, ran.stdout))

    side_by_side([work] * CLIENTS_AT_ONCE)


def side_by_side(works):
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def settled(endpoint):
    """What it takes when all clients have gone."""
    nobody = eventually(20, lambda: endpoint.clients() == 0 and endpoint.towline.total("towline_client_channels") == 0)
    endpoint.world.expect(nobody, f"{endpoint.clients()} clients are there still")
    return Figures.of(endpoint.towline)


def much_used(world, what, at_once, use):
    """use(endpoint, count, wrong), a tenth of it first, so that allocators have settled."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    sshd = Sshd(world, QUICK_SHELLS)
    endpoint, wrong, began = Endpoint(world, sshd), [], time.monotonic()
    count = (CLIENTS if use is run_clients else SESSIONS)[world.form]
    with Watch(endpoint.towline, every=1):
        use(endpoint, max(count // 10, at_once), wrong)
        before = settled(endpoint)
        use(endpoint, count, wrong)
    judge(world, f"{count} {what}", before, settled(endpoint), time.monotonic() - began)
    world.expect(not wrong, f"{len(wrong)} went wrong: {wrong[:1]}")
    world.expect(sshd.logins() == 1, f"towline has logged in {sshd.logins()} times")
    endpoint.towline.end_well()


def sessions_one_after_another(world):
    much_used(world, "sessions", 1, lambda endpoint, count, wrong: asyncio.run(run_sessions(endpoint, count, 1, wrong)))


def sessions_side_by_side(world):
    much_used(world, f"sessions, {AT_ONCE} at a time", AT_ONCE,
              lambda endpoint, count, wrong: asyncio.run(run_sessions(endpoint, count, AT_ONCE, wrong)))


def clients_come_and_go(world):
    much_used(world, f"clients, {CLIENTS_AT_ONCE} at a time", CLIENTS_AT_ONCE, run_clients)


# --- volume -----------------------------------------------------------------------------------------------------------------


def judge_memory(world, endpoint):
    peak = endpoint.towline.of_status("VmHWM")
    world.tell(f"{peak} KiB at most")
    world.expect(INSTRUMENTED or peak < MEMORY_MAX_KIB, f"{peak} KiB of memory")


def there_and_back(world, endpoint, size, options):
    """Through `cat` on the server, so that as much goes each way at the same time. What ssh said of it on the way."""
    errors = world.folder / "ssh.log"
    began = time.monotonic()
    with open(errors, "wb") as file:
        echoed = keystream.Echoed(endpoint.ssh("cat", options=options), size, 1, file)
        wrong = echoed.wrong()
    seconds = time.monotonic() - began
    world.expect(not wrong, f"{wrong}: {errors.read_text(errors='replace')[-300:]}")
    world.tell(f"{size >> 20} MiB each way in {seconds:.1f} s, {2 * size / seconds / 1e6:.0f} MB/s in all")
    return errors.read_text(errors="replace")


def volume(world, cipher):
    """Both towline's sides have this cipher."""
    sshd = Sshd(world, QUICK_SHELLS)
    endpoint = Endpoint(world, sshd, SSH_OPTIONS=f"-o Ciphers={cipher}")
    with Watch(endpoint.towline, every=1):
        there_and_back(world, endpoint, VOLUME[world.form], ["-c", cipher])
    ciphers = {labels.get("cipher") for name, labels, _ in endpoint.towline.samples() if name == "towline_ssh_session_info"}
    world.expect(ciphers == {cipher}, f"the session has {ciphers}")
    judge_memory(world, endpoint)
    endpoint.towline.end_well()


def rekeyed(world, by_client, by_server):
    """New keys every 64 KiB of either direction. The exchange is the cheapest: what ssh prefers would take most of the time."""
    size = REKEYED[world.form]
    sshd = Sshd(world, f"{QUICK_SHELLS}\n" + (f"RekeyLimit {REKEY_LIMIT}\nLogLevel DEBUG1" if by_server else ""))
    endpoint = Endpoint(world, sshd)
    client_log = world.folder / "client.log"
    options = ["-o", f"RekeyLimit={REKEY_LIMIT}", "-v", "-E", str(client_log)] if by_client else []
    with Watch(endpoint.towline, every=1):
        there_and_back(world, endpoint, size, ["-o", "KexAlgorithms=curve25519-sha256", *options])
    for who, path in [("client", client_log)] * by_client + [("server", sshd.log_path)] * by_server:
        count = path.read_text(errors="replace").count("SSH2_MSG_NEWKEYS received")
        world.tell(f"{count} key exchanges with the {who}")
        world.expect(count >= size // REKEY_LIMIT, f"only {count} key exchanges with the {who}")
    world.expect(endpoint.towline.total("towline_ssh_disconnects_total") == 0, "the session was lost")
    judge_memory(world, endpoint)
    endpoint.towline.end_well()


# --- a reader that stands -----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def standing(command):
    """A client that is stopped once it has begun, and goes on behind the block: its output, in the end, by a file."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    first = process.stdout.read(1)  # and no more: a pipe that is full stops whoever writes
    process.send_signal(signal.SIGSTOP)
    result = {}
    try:
        yield result
    finally:
        process.send_signal(signal.SIGCONT)
        got = keystream.hashlib.sha256(first)
        for data in iter(lambda: process.stdout.read(keystream.PIECE), b""):
            got.update(data)
        result["digest"], result["code"] = got.hexdigest(), process.wait()


def stalled_reader(world, beside):
    """One that does not read what it has asked for, and one that reads, with connections of their own or `beside` it in the same:
    the one that stands holds nobody up, costs one window, and misses nothing when it goes on."""
    size = VOLUME[world.form] // 2
    sshd = Sshd(world, QUICK_SHELLS)
    endpoint = Endpoint(world, sshd)
    stored, master = world.folder / "stored", world.folder / "master"
    keystream.write(stored, size, 2)
    options = ["-S", str(master)] if beside else []
    if beside:
        world.start(endpoint.ssh(options=["-M", "-N", *options]))
        world.expect(eventually(20, lambda: master.exists()), "no master")
    with Watch(endpoint.towline, every=1), standing(endpoint.ssh(f"cat {stored}", options=options)) as stood:
        there_and_back(world, endpoint, size, options)
        judge_memory(world, endpoint)
    world.expect(stood == {"digest": keystream.digest(size, 2), "code": 0}, f"the one that stood has {stood}")
    endpoint.towline.end_well()


def cells(form):
    heavy = 3 if form == "short" else 16
    limit = 120 if form == "short" else 1800

    def cell(name, run):
        return Cell("share", name, run, weight=heavy, seconds_max=limit)

    for run in (sessions_one_after_another, sessions_side_by_side, clients_come_and_go):
        yield cell(run.__name__, run)
    for cipher in CIPHERS:
        yield cell(f"volume_{cipher.partition('@')[0]}", lambda world, a=cipher: volume(world, a))
    for name, by_client, by_server in (("client", True, False), ("server", False, True), ("both", True, True)):
        yield cell(f"rekeyed_by_{name}", lambda world, a=by_client, b=by_server: rekeyed(world, a, b))
    for name, beside in (("elsewhere", False), ("in_the_same_connection", True)):
        yield cell(f"stalled_reader_{name}", lambda world, a=beside: stalled_reader(world, a))
