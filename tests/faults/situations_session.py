"""A session ends, or does not."""
import os
import signal
import threading
import time

import hostile_transport as transport
from hostile import Server
from hostile_case import JOINED, LISTENING, LIVES, Case, on_channel
from network import SSH_PORT, FAR, Net, dropping, refusing
from openssh import make_key
from relay import Relay
from situation import situation
from ssh_peer import CHANNEL_DATA, message, string
from world import eventually, run


@situation
def session_killed(scene):
    sshd, towline = scene.with_sshd(ready=True)
    sshd.signal_sessions()
    return towline


@situation
def server_restarted(scene):
    sshd, towline = scene.with_sshd(ready=True)
    sshd.stop()
    eventually(5, lambda: towline.total("towline_ssh_connect_failures_total"))
    sshd.start()
    return towline


@situation
def server_gone(scene):
    sshd, towline = scene.with_sshd(ready=True)
    sshd.stop()
    return towline


def relayed(scene, **settings):
    sshd = scene.sshd()
    relay = Relay(sshd.port)
    towline = scene.towline(sshd.settings(SSH_REMOTE_PORT=relay.port, SSH_FORWARDS="d=-D 0", **settings), ready=True)
    return relay, towline


@situation
def session_reset(scene):
    relay, towline = relayed(scene)
    relay.reset_all()
    return towline


@situation
def server_says_goodbye(scene):
    return scene.hostile(LISTENING, transport.goodbye("down for maintenance", 11), SSH_FORWARDS="r=-R 18080:127.0.0.1:1")


@situation
def server_frozen(scene):
    sshd, towline = scene.with_sshd(ready=True)
    sshd.freeze()
    return towline


@situation
def server_frozen_and_back(scene):
    relay, towline = relayed(scene)
    relay.forget_all()  # what is connected stays silent, a new connection works
    return towline


@situation
def towline_paused(scene):
    _, towline = scene.with_sshd(ready=True)
    towline.signal(signal.SIGSTOP)
    time.sleep(6)  # twice the deadline: what is looked at is the pause
    towline.signal(signal.SIGCONT)
    return towline


@situation
def server_ends_sessions_at_once(scene):
    """A few times; the next one is never more than a few seconds away."""
    sshd, towline = scene.with_sshd(ready=True)
    for _ in range(5):
        before = sshd.logins()
        sshd.signal_sessions()
        began = time.monotonic()
        eventually(20, lambda before=before: sshd.logins() > before)
        took = time.monotonic() - began
        scene.world.expect(took < 5, f"{took:.1f} s from the loss of a session to the next login")
        eventually(5, towline.ready)
    return towline


def networked(scene, **settings):
    net = Net(scene.world)
    sshd = scene.sshd(address="0.0.0.0", port=SSH_PORT, command=net.over_there)
    return net, scene.towline(sshd.settings(SSH_REMOTE_HOST=FAR, SSH_FORWARDS="d=-D 0", **settings), ready=True)


def path_drops(name, *ways):
    def make(scene):
        net, towline = networked(scene)
        net.cable.fault = dropping(ways)
        return towline
    make.__name__ = name
    situation(make)


path_drops("path_drops_packets", "in", "out")
path_drops("path_drops_what_goes_out", "out")
path_drops("path_drops_what_comes_in", "in")


@situation
def path_is_prohibited(scene):
    net, towline = networked(scene)
    net.cable.fault = refusing(13)
    return towline


@situation
def link_down(scene):
    _, towline = networked(scene)
    run("ip", "link", "set", "near", "down")
    return towline


@situation
def address_away(scene):
    _, towline = networked(scene)
    run("ip", "address", "flush", "dev", "near")
    return towline


def violated(name, act, moment=LISTENING, **settings):
    """By the server, once; the session behind it is a good one."""
    def make(scene):
        return scene.hostile(moment, act, SSH_FORWARDS="r=-R 18080:127.0.0.1:1", **settings)
    make.__name__ = name
    situation(make)


violated("mac_wrong", transport.wrong_tag)
violated("packet_empty", lambda peer: peer.send(b""))
violated("message_malformed", lambda peer: peer.send(message(80, 0xffffffff)))
violated("message_for_no_channel", lambda peer: peer.send(message(CHANNEL_DATA, 77, string("x"))))
violated("newkeys_unasked", lambda peer: peer.send(message(21)))
violated("rekey_garbage", lambda peer: peer.send(message(20, os.urandom(60))))
violated("rekey_without_common_cipher", transport.offers(ciphers="none"))
violated("rekey_wrong_signature", transport.begins_rekey("signature"))
violated("rekey_never_ends", transport.never_ends_rekey(True))


@situation
def window_exceeded(scene):
    server = Server(Case("", JOINED, on_channel(CHANNEL_DATA, string(bytes(32768)), times=400), LIVES))
    towline = scene.at(server.port, SSH_FORWARDS="l=-L 0:db:5432")
    towline.must_be_ready()
    scene.client(towline.port("l"), b"x")
    return towline


@situation
def reload(scene):
    sshd, towline = scene.with_sshd(ready=True)
    before = sshd.logins()
    towline.signal(signal.SIGHUP)
    eventually(10, lambda: sshd.logins() > before)
    return towline


@situation
def reconnect_asked_for(scene):
    sshd, towline = scene.with_sshd(ready=True)
    before = sshd.logins()
    towline.signal(signal.SIGUSR1)
    eventually(10, lambda: sshd.logins() > before)
    return towline


@situation
def reload_beside_clients(scene):
    """What sshd has accepted for -R is not lost while one session hands over to the next."""
    port = scene.free_port()
    sshd = scene.sshd()
    towline = scene.towline(sshd.settings(SSH_FORWARDS=f"r=-R 127.0.0.1:{port}:127.0.0.1:{scene.target.port}"), ready=True)
    over, hows = threading.Event(), set()

    def come_again():
        while not over.is_set():
            hows.add(scene.use(port).how)

    clients = [threading.Thread(target=come_again, daemon=True) for _ in range(10)]
    for client in clients:
        client.start()
    for _ in range(4):
        before = sshd.logins()
        towline.signal(signal.SIGHUP)
        scene.world.expect(eventually(10, lambda before=before: sshd.logins() > before), "a reload leads to no login")
        eventually(10, towline.ready)
        time.sleep(0.5)  # clients between two reloads
    over.set()
    for client in clients:
        client.join()
    lost = sshd.log_text().count("open failed")
    scene.world.expect(not lost, f"{lost} connections that sshd had accepted were refused")
    scene.world.expect(hows <= {"right", "refused"}, f"connections ended {sorted(hows)}")
    return towline


def with_key_file(scene):
    key = scene.world.folder / "mounted_key"
    sshd = scene.sshd()
    key.write_bytes(sshd.user_key.read_bytes())
    return key, sshd, scene.towline(sshd.settings(SSH_KEY_FILE=key, SSH_FORWARDS="d=-D 0"), ready=True)


def reload_fails(scene, spoil):
    key, sshd, towline = with_key_file(scene)
    spoil(key)
    towline.signal(signal.SIGHUP)
    return sshd, towline


def to_garbage(key):
    key.write_bytes(bytes(range(256)) * 10)


def to_fifo(key):
    key.unlink()
    os.mkfifo(key)


@situation
def reload_with_garbage(scene):
    return reload_fails(scene, to_garbage)[1]


@situation
def reload_without_the_key(scene):
    return reload_fails(scene, lambda key: key.unlink())[1]


@situation
def reload_with_a_fifo(scene):
    return reload_fails(scene, to_fifo)[1]


@situation
def reload_refused(scene):
    return reload_fails(scene, lambda key: key.write_bytes(make_key(scene.world.folder / "other").read_bytes()))[1]


@situation
def key_gone_and_session_lost(scene):
    key, sshd, towline = with_key_file(scene)
    key.unlink()
    sshd.signal_sessions()
    return towline
