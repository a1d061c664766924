"""No session: names, the network, the server's port, its key, the login."""
import time

from openssh import make_key
from network import tunnel_device
from relay import reset
from situation import Saying, situation
from ssh_peer import UNIMPLEMENTED, message
from world import run

NAME = "bastion.example.test"


def named(scene, **says):
    scene.names(**says)
    sshd = scene.sshd()
    return scene.towline(sshd.settings(SSH_REMOTE_HOST=NAME, SSH_FORWARDS="d=-D 0"))


def looked_up(name, **says):
    def make(scene):
        return named(scene, **says)
    make.__name__ = name
    situation(make)


looked_up("name_unknown", A="nxdomain", AAAA="nxdomain")
looked_up("name_without_address", A="nodata", AAAA="nodata")
looked_up("name_server_fails", A="servfail", AAAA="servfail")
looked_up("name_server_refuses", A="refused", AAAA="refused")
looked_up("name_server_talks_nonsense", A="lying-count", AAAA="lying-count")
looked_up("name_server_silent", A="silent", AAAA="silent")
looked_up("name_server_silent_for_one_family", A="127.0.0.1", AAAA="silent")


def saying(name, words=b"", then="close", **settings):
    def make(scene):
        return scene.at(Saying(words, then).port, **settings)
    make.__name__ = name
    situation(make)


saying("port_accepts_and_closes")
saying("port_accepts_and_resets", then="reset")
saying("port_silent", then="hold")
saying("port_silent_after_identification", b"SSH-2.0-OpenSSH_9.2\r\n", "hold")
saying("port_speaks_http", b"HTTP/1.1 400 Bad Request\r\n\r\n")
saying("server_turns_address_away", b"Not allowed at this time\r\n")
saying("server_has_too_many_logins", b"Exceeded MaxStartups\r\n")


@situation
def port_refuses(scene):
    return scene.at(scene.free_port())


@situation
def port_drops_packets(scene):
    tunnel_device("hole")
    run("ip", "address", "add", "10.255.0.1/16", "dev", "hole")
    run("ip", "link", "set", "hole", "up")
    return scene.at(22, SSH_REMOTE_HOST="10.255.255.1")


@situation
def no_route(scene):
    return scene.at(22, SSH_REMOTE_HOST="10.9.9.9")


@situation
def algorithms_of_another_age(scene):
    _, towline = scene.with_sshd("Ciphers aes128-cbc\nMACs hmac-sha1")
    return towline


@situation
def server_resets_during_login(scene):
    return scene.hostile("auth", lambda peer: reset(peer.connection), TOWLINE_BACKOFF_MAX="1s")


@situation
def odd_message_during_login(scene):
    return scene.hostile("auth", lambda peer: peer.send(message(UNIMPLEMENTED, 5)))


@situation
def login_hangs(scene):
    return scene.hostile("auth", lambda peer: time.sleep(4))


def wrong_key(scene, **settings):
    key = make_key(scene.world.folder / "other_key")
    _, towline = scene.with_sshd(SSH_KEY_FILE=key, **settings)
    return towline


@situation
def key_refused(scene):
    return wrong_key(scene)


@situation
def key_refused_and_exit_on(scene):
    return wrong_key(scene, TOWLINE_EXIT_ON="auth")


@situation
def password_refused(scene):
    options = "PasswordAuthentication yes\nKbdInteractiveAuthentication no\nPubkeyAuthentication no"
    _, towline = scene.with_sshd(options, SSH_PASSWORD="wrong horse")
    return towline


OTHER_FINGERPRINT = "SHA256:" + "A" * 43


@situation
def host_key_wrong(scene):
    _, towline = scene.with_sshd(SSH_HOST_KEY_FINGERPRINT=OTHER_FINGERPRINT)
    return towline


@situation
def host_key_wrong_and_exit_on(scene):
    _, towline = scene.with_sshd(SSH_HOST_KEY_FINGERPRINT=OTHER_FINGERPRINT, TOWLINE_EXIT_ON="host_key")
    return towline


@situation
def host_key_unknown(scene):
    known_hosts = scene.world.folder / "known_hosts"
    known_hosts.write_text("# nobody yet\n")
    _, towline = scene.with_sshd(SSH_HOST_KEY_FINGERPRINT=None, SSH_KNOWN_HOSTS_FILE=known_hosts)
    return towline


@situation
def jump_host_forbids(scene):
    sshd = scene.sshd("AllowTcpForwarding no")
    settings = sshd.settings(SSH_FORWARDS="d=-D 0", SSH_JUMP_HOSTS=f"root@127.0.0.1:{sshd.port}", SSH_REMOTE_HOST="127.0.0.2")
    return scene.towline(settings)


@situation
def first_attempt_fails_within_gatetime(scene):
    return scene.at(scene.free_port(), AUTOSSH_GATETIME="30")


@situation
def attempts_are_used_up(scene):
    return scene.at(scene.free_port(), AUTOSSH_MAXSTART="2")


@situation
def lifetime_is_over_and_never_ready(scene):
    return scene.at(scene.free_port(), AUTOSSH_MAXLIFETIME="1")


@situation
def lifetime_is_over(scene):
    _, towline = scene.with_sshd(AUTOSSH_MAXLIFETIME="2")
    return towline
