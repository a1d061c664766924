"""The session is up: listeners, connections, probes."""
import contextlib
import resource
import socket

from hostile import Server
from hostile_case import LIVES, OPEN, Case
from relay import reset
from situation import Saying, situation
from towline import limited
from world import eventually


def remote(scene, options="", port=None, target=None, **settings):
    port = port or scene.free_port()
    target = target or scene.target.port
    sshd, towline = scene.with_sshd(options, f"r=-R 127.0.0.1:{port}:127.0.0.1:{target}", **settings)
    return sshd, towline, port


def local(scene, options="", to=None, ready=True, **settings):
    sshd, towline = scene.with_sshd(options, f"l=-L 0:{to or f'127.0.0.1:{scene.target.port}'}", ready=ready, **settings)
    return sshd, towline, towline.port("l")


# --- listeners ----------------------------------------------------------------------------------------------------

def refused(name, options):
    def make(scene):
        return remote(scene, options)[1]
    make.__name__ = name
    situation(make)


refused("remote_forwarding_not_allowed", "AllowTcpForwarding no")
refused("forwarding_disabled", "DisableForwarding yes")
refused("remote_port_not_permitted", "PermitListen 1")


@situation
def remote_port_taken(scene):
    taken = socket.create_server(("127.0.0.1", 0))
    scene.clients.append(taken)
    return remote(scene, port=taken.getsockname()[1])[1]


@situation
def remote_port_taken_by_half(scene):
    """-R without an address means both of loopback."""
    taken = socket.create_server(("127.0.0.1", 0))
    scene.clients.append(taken)
    _, towline = scene.with_sshd(forwards=f"r=-R {taken.getsockname()[1]}:127.0.0.1:{scene.target.port}")
    return towline


@situation
def local_port_taken(scene):
    taken = socket.create_server(("127.0.0.1", 0))
    scene.clients.append(taken)
    return scene.with_sshd(forwards=f"l=-L {taken.getsockname()[1]}:x:1")[1]


@situation
def local_port_taken_beside_others(scene):
    taken = socket.create_server(("127.0.0.1", 0))
    scene.clients.append(taken)
    return scene.with_sshd(forwards=f"l=-L {taken.getsockname()[1]}:x:1;d=-D 0")[1]


@situation
def local_address_not_here(scene):
    return scene.with_sshd(forwards="l=-L 192.0.2.1:0:x:1;d=-D 0")[1]


@situation
def local_port_coveted_during_outage(scene):
    """Another program tries to take it while no session is up, and a client that retries must not meet itself."""
    sshd, towline, port = local(scene)
    sshd.stop()
    eventually(5, lambda: not towline.ready())
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            thief.bind(("127.0.0.1", port))
            thief.listen()
            scene.world.expect(False, f"port {port} of an outage can be taken by another program")
    eventually(5, lambda: towline.total("towline_ssh_connect_failures_total"))
    sshd.start()
    eventually(10, towline.ready)
    scene.world.expect(towline.ports().get("l") == port, f"the port file names {towline.ports()}, it was {port}")
    return towline


# --- connections --------------------------------------------------------------------------------------------------

@situation
def local_forwarding_not_allowed(scene):
    _, towline, port = local(scene, "AllowTcpForwarding no")
    scene.use(port)
    return towline


@situation
def target_not_permitted(scene):
    _, towline, port = local(scene, "PermitOpen none")
    scene.use(port)
    return towline


@situation
def target_refused_at_the_server(scene):
    _, towline, port = local(scene, to=f"127.0.0.1:{scene.free_port()}")
    scene.use(port)
    return towline


@situation
def target_refused(scene):
    _, towline, port = remote(scene, target=scene.free_port(), ready=True)
    scene.use(port)
    return towline


@situation
def target_unknown(scene):
    port = scene.free_port()
    scene.names(A="nxdomain", AAAA="nxdomain")
    _, towline = scene.with_sshd(forwards=f"r=-R 127.0.0.1:{port}:no.such.host.test:1", ready=True)
    scene.use(port)
    return towline


@situation
def target_accepts_and_resets(scene):
    _, towline, port = remote(scene, target=Saying(then="reset").port, ready=True)
    clients = 20  # whether the reset comes before towline has looked at the connection is chance
    for _ in range(clients):
        scene.use(port)

    def counted():
        return sum(value for _, labels, value in towline.samples() if labels.get("reason") == "target_reset")

    scene.world.expect(eventually(5, lambda: counted() >= clients),
                       f"not all of {clients} are counted as target_reset: {sorted(towline.reasons())}")
    return towline


@situation
def target_resets_later(scene):
    _, towline, port = remote(scene, target=Saying(b"x", then="reset later").port, ready=True)
    scene.use(port)
    return towline


@situation
def target_drops_packets(scene):
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    for _ in range(3):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(full.getsockname())
        scene.clients.append(client)
    scene.clients.append(full)
    _, towline, port = remote(scene, target=full.getsockname()[1], ready=True, TOWLINE_TARGET_TIMEOUT="2s")
    scene.use(port)
    return towline


@situation
def target_never_answered_for(scene):
    """A server that does not answer the request for a channel."""
    server = Server(Case("", OPEN, lambda peer: None, LIVES))
    towline = scene.at(server.port, SSH_FORWARDS="l=-L 0:db:5432", TOWLINE_TARGET_TIMEOUT="2s")
    towline.must_be_ready()
    scene.client(towline.port("l"), b"x")
    return towline


@situation
def client_speaks_http_to_socks(scene):
    _, towline = scene.with_sshd(ready=True)
    scene.client(towline.port("d"), b"GET / HTTP/1.1\r\n\r\n")
    return towline


@situation
def connection_limit(scene):
    _, towline, port = local(scene, TOWLINE_MAX_CONNECTIONS="2")
    for _ in range(2):
        scene.client(port)
    eventually(5, lambda: towline.total("towline_connections_active") == 2)
    scene.client(port)
    return towline


@situation
def idle_connection(scene):
    _, towline, port = local(scene, TOWLINE_IDLE_TIMEOUT="1s")
    scene.client(port)
    return towline


@situation
def client_resets(scene):
    _, towline, port = local(scene)
    client = scene.client(port, b"x")
    eventually(5, lambda: towline.total("towline_connections_active") == 1)
    reset(client)
    return towline


# --- descriptors --------------------------------------------------------------------------------------------------

def crowd(scene, port, count, data=b"\5"):
    """Clients as they come; those that are turned away too."""
    for _ in range(count):
        with contextlib.suppress(OSError):
            scene.client(port, data)


def answers_beside(scene, towline):
    """Health answers beside the crowd."""
    for path in ("/livez", "/readyz"):
        status, body = towline.ask(path)
        scene.world.expect(status == 200, f"{path} beside the crowd: {status} {body.strip()}")


@situation
def descriptors_out(scene):
    """More clients than descriptors, with a hard limit that leaves no way out."""
    sshd = scene.sshd()
    towline = scene.towline(sshd.settings(SSH_FORWARDS="d=-D 0"), prepare=limited(resource.RLIMIT_NOFILE, 256), ready=True)
    crowd(scene, towline.port("d"), 400)
    answers_beside(scene, towline)
    return towline


@situation
def descriptors_out_at_targets(scene):
    sshd, port = scene.sshd(), scene.free_port()
    forwards = f"r=-R 127.0.0.1:{port}:127.0.0.1:{scene.target.port}"
    towline = scene.towline(sshd.settings(SSH_FORWARDS=forwards), prepare=limited(resource.RLIMIT_NOFILE, 128), ready=True)
    crowd(scene, port, 200, b"")
    answers_beside(scene, towline)
    return towline


@situation
def descriptors_soft_limit(scene):
    """The usual soft limit, and a hard one with room: the soft one is raised."""
    sshd = scene.sshd()
    forwards = f"l=-L 0:127.0.0.1:{scene.target.port}"
    towline = scene.towline(sshd.settings(SSH_FORWARDS=forwards),
                            prepare=limited(resource.RLIMIT_NOFILE, 256, 4096), ready=True)
    crowd(scene, towline.port("l"), 400, b"")
    answers_beside(scene, towline)
    return towline


# --- probes -------------------------------------------------------------------------------------------------------

def probed(name, words, then, probe):
    def make(scene):
        port = Saying(words, then).port
        return scene.with_sshd(forwards=f"l=-L 0:127.0.0.1:{port} probe={probe}", SSH_PROBE_INTERVAL="1s")[1]
    make.__name__ = name
    situation(make)


probed("probe_hangs", b"", "hold", "banner")
probed("probe_finds_an_error_page", b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", "close", "http:/")


@situation
def probe_finds_nobody(scene):
    return scene.with_sshd(forwards=f"l=-L 0:127.0.0.1:{scene.free_port()} probe=tcp", SSH_PROBE_INTERVAL="1s")[1]
