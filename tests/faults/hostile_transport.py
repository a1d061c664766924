"""Cases of the transport (RFC 4253): the identification, the key exchange, packets, and what may come at any time."""
import os
import socket
import struct
import threading
import time

from hostile_case import BANNER, EVIL, HUGE, KEX, LISTENING, LIVES, PROTOCOL, REKEY, Case, both, say
from ssh_peer import (AUTH_SUCCESS, DEBUG, DISCONNECT, EXT_INFO, GLOBAL_REQUEST, IGNORE, KEX_REPLY, KEXINIT, NEWKEYS,
                      PUBLIC_HOST_KEY, TAG, UNIMPLEMENTED, Gone, message, string, uint32)

# What decrypts to nonsense may be noticed by its length or by its authentication.
DAMAGED = frozenset({"mac", "protocol"})
SAID_GOODBYE = frozenset({"peer_disconnect_msg"})


def identifies(version=b"SSH-2.0-peer", before=b"", line_end=b"\r\n"):
    def act(peer):
        peer.version, peer.before, peer.line_end = version, before, line_end
    return act


def begins_rekey(lie=None):
    """A KEXINIT of ours; towline's answer to it is answered, with a lie or without."""
    def act(peer):
        mine = peer.kexinit()
        peer.rekey_reply = (mine, lie)
        peer.send(mine)
    return act


def never_ends_rekey(alive):
    """Begins and says no more about it; with `alive` a sign of life each second."""
    def act(peer):
        peer.ignores_rekey = True
        peer.send(peer.kexinit())

        def live():
            try:
                while alive:
                    time.sleep(1)
                    peer.send(message(IGNORE, string("still here")))
            except OSError:
                return
        threading.Thread(target=live, daemon=True).start()
    return act


def offers(**lists):
    """A KEXINIT with other lists."""
    def act(peer):
        kept = {name: getattr(peer, name) for name in lists}
        for name, value in lists.items():
            setattr(peer, name, value)
        peer.send(peer.kexinit())
        for name, value in kept.items():
            setattr(peer, name, value)
    return act


def write(data):
    return lambda peer: peer.write(data)


def wrong_tag(peer):
    packet = peer.packet(message(GLOBAL_REQUEST, string("x"), b"\0"))
    peer.write(packet[:-1] + bytes([packet[-1] ^ 1]))


def half_a_packet(peer):
    peer.write(peer.packet(message(IGNORE, string("abc")))[:9])
    peer.connection.shutdown(socket.SHUT_WR)


def byte_by_byte(peer):
    for byte in peer.packet(message(GLOBAL_REQUEST, string("x"), b"\1")):
        peer.write(bytes([byte]))
        time.sleep(0.02)


def reset(peer):
    peer.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.connection.close()
    raise Gone()


def close(peer):
    peer.connection.shutdown(socket.SHUT_RDWR)
    raise Gone()


def goodbye(text, code=2):
    return say(message(DISCONNECT, code, string(text), string("")))


def reply(key=PUBLIC_HOST_KEY, mine=bytes(32), signature=string("ssh-ed25519") + string(bytes(64))):
    return say(message(KEX_REPLY, string(key), string(mine), string(signature)))


IDENTIFICATION = [
    Case("ident_huge_line", "begin", identifies(b"SSH-2.0-" + b"A" * 5000), LIVES | BANNER),
    Case("ident_1_mb_without_newline", "begin", identifies(b"SSH-2.0-" + b"A" * (1 << 20), line_end=b""), KEX | BANNER),
    Case("ident_controls", "begin", identifies(b"SSH-2.0-x\x1b[31m\x07\xff\xfe forged"), LIVES | BANNER),
    Case("ident_nul", "begin", identifies(b"SSH-2.0-a\0b"), LIVES | BANNER),
    Case("ident_1_99", "begin", identifies(b"SSH-1.99-x"), LIVES),
    Case("ident_1_5", "begin", identifies(b"SSH-1.5-x"), LIVES | BANNER),
    Case("ident_9_9", "begin", identifies(b"SSH-9.9-x"), LIVES | BANNER),
    Case("ident_empty_version", "begin", identifies(b"SSH-"), LIVES | BANNER),
    Case("ident_many_lines_before", "begin", identifies(before=b"hello \x1b[31m\r\n" * 20000), LIVES | BANNER),
    Case("ident_endless_line_before", "begin", identifies(before=b"Z" * 3000000), LIVES | BANNER | {"timeout"}),
    Case("ident_http", "begin", identifies(b"", b"HTTP/1.1 400 Bad Request\r\n\r\n<html>", b""), BANNER,
         words="400 Bad Request"),
    Case("ident_tls", "begin", identifies(b"", b"\x15\x03\x01\x00\x02\x02\x28", b""), BANNER),
    Case("ident_not_allowed", "begin",
         both(identifies(b"Not allowed at this time"), lambda peer: setattr(peer, "at", {"kexinit": close})),
         BANNER | {"closed"}, words="Not allowed at this time"),
    Case("ident_line_feed_only", "begin", identifies(line_end=b"\n"), LIVES),
    Case("ident_and_closed", "kexinit", close, KEX | {"closed"}),
    Case("ident_and_reset", "kexinit", reset, KEX | {"closed"}),
    Case("accepted_and_closed", "begin", close, BANNER | {"closed"}),
    Case("accepted_and_reset", "begin", reset, BANNER | {"closed"}),
]

KEY_EXCHANGE = [
    Case("kex_message_before", "kexinit", say(message(GLOBAL_REQUEST, string("x"), b"\1")), KEX),
    Case("kex_ignore_before_strict", "kexinit", say(message(IGNORE, string("x"))), KEX),
    Case("kex_debug_flood", "kexinit", say(*[message(DEBUG, b"\1", string(EVIL), string(""))] * 2000), KEX),
    Case("kex_goodbye", "kexinit", goodbye("Too many authentication failures, " + EVIL, 3), KEX | {"closed"},
         words="Too many authentication failures"),
    Case("kex_newkeys_early", "reply", say(message(NEWKEYS)), KEX),
    Case("kex_success_early", "reply", say(message(AUTH_SUCCESS)), KEX),
    Case("kex_reply_of_junk", "reply", lambda peer: peer.send(message(KEX_REPLY, os.urandom(100))), KEX),
    Case("kex_reply_length", "reply", say(message(KEX_REPLY, 0xffffffff, b"x")), KEX),
    Case("kex_reply_zero_point", "reply", reply(), KEX | {"host_key"}),
    Case("kex_reply_short_point", "reply", reply(mine=b"\1"), KEX | {"host_key"}),
    Case("kex_reply_short_key", "reply", reply(key=string("ssh-ed25519") + string(b"\1")), KEX | {"host_key"}),
    Case("kex_silence", "kexinit", lambda peer: time.sleep(6), frozenset({"timeout"}), {"SSH_CONNECT_TIMEOUT": "2s"}),
    Case("kex_twice_newkeys", "newkeys", say(message(NEWKEYS)), KEX | {"closed"}),
    Case("kex_no_common_cipher", "begin", lambda peer: setattr(peer, "ciphers", "none"), KEX),
    Case("kex_no_common_method", "begin", lambda peer: setattr(peer, "kex_names", "diffie-hellman-group1-sha1"), KEX),
]

REKEYING = [
    Case("rekey_good", LISTENING, begins_rekey(), LIVES),
    Case("rekey_wrong_signature", LISTENING, begins_rekey("signature"), REKEY),
    Case("rekey_zero_point", LISTENING, begins_rekey("zero"), REKEY),
    Case("rekey_without_end", LISTENING, never_ends_rekey(False), REKEY | {"rx_timeout"}, seconds=20),
    Case("rekey_without_end_but_alive", LISTENING, never_ends_rekey(True), REKEY, seconds=25),
    Case("rekey_kexinit_of_junk", LISTENING, lambda peer: peer.send(message(KEXINIT, os.urandom(60))), REKEY | PROTOCOL),
    Case("rekey_kexinit_short", LISTENING, say(message(KEXINIT)), REKEY | PROTOCOL),
    Case("rekey_kexinit_length", LISTENING, say(message(KEXINIT, bytes(16), 0xffffffff, b"a")), REKEY | PROTOCOL),
    Case("rekey_no_common_cipher", LISTENING, offers(ciphers="none"), REKEY),
    Case("rekey_no_common_method", LISTENING, offers(kex_names="x,y"), REKEY),
    Case("rekey_huge_lists", LISTENING, offers(kex_names=",".join(["x" * 60] * 500)), REKEY | PROTOCOL),
    Case("rekey_kexinit_twice", LISTENING, lambda peer: peer.send(peer.kexinit(), peer.kexinit()), REKEY | PROTOCOL),
    Case("rekey_message_between", LISTENING,
         lambda peer: peer.send(peer.kexinit(), message(GLOBAL_REQUEST, string("keepalive@openssh.com"), b"\1")),
         REKEY | PROTOCOL | LIVES),
    Case("rekey_goodbye_between", LISTENING, both(lambda peer: peer.send(peer.kexinit()), goodbye("out of patience")),
         SAID_GOODBYE | REKEY, words="out of patience"),
    Case("rekey_newkeys_unasked", LISTENING, say(message(NEWKEYS)), REKEY | PROTOCOL),
    Case("rekey_reply_unasked", LISTENING, say(message(KEX_REPLY, *[string("x")] * 3)), REKEY | PROTOCOL),
    Case("rekey_closed_between", LISTENING, both(lambda peer: peer.send(peer.kexinit()), close),
         frozenset({"peer_closed", "rekey"})),
]

PACKETS = [
    Case("packet_wrong_tag", LISTENING, wrong_tag, frozenset({"mac"})),
    Case("packet_length_zero", LISTENING, write(uint32(0) + bytes(TAG)), DAMAGED),
    Case("packet_length_huge", LISTENING, write(uint32(0x7fffffff) + bytes(100)), DAMAGED),
    Case("packet_length_64k", LISTENING, write(uint32(0x10000) + bytes(70000)), DAMAGED),
    Case("packet_length_odd", LISTENING, write(uint32(33) + bytes(60)), DAMAGED),
    Case("packet_much_padding", LISTENING,
         lambda peer: peer.write(peer.packet(message(IGNORE, string("")), padding=250)), LIVES),
    Case("packet_padding_over_all", LISTENING, lambda peer: peer.write(peer.sealed(bytes([255, IGNORE]) + bytes(14))), DAMAGED),
    Case("packet_of_250k", LISTENING, say(message(IGNORE, string(bytes(250000)))), LIVES | PROTOCOL),
    Case("packet_half_and_end", LISTENING, half_a_packet, frozenset({"peer_closed"})),
    Case("packet_byte_by_byte", LISTENING, byte_by_byte, LIVES),
    Case("packet_empty", LISTENING, say(b""), PROTOCOL),
    Case("reset_at_once", LISTENING, reset, frozenset({"socket_error"})),
]

AT_ANY_TIME = [
    Case("message_zero", LISTENING, say(bytes(8)), PROTOCOL),
    Case("message_one_byte_each", LISTENING, say(*[bytes([number]) for number in range(80, 101)]), PROTOCOL),
    Case("message_unknown", LISTENING, say(*[bytes([n]) + bytes(20) for n in (101, 120, 191, 192, 255, 127)]), LIVES),
    Case("unimplemented_unasked", LISTENING, say(message(UNIMPLEMENTED, 0)), LIVES),
    Case("unimplemented_flood", LISTENING, say(*[message(UNIMPLEMENTED, n) for n in range(2000)]), LIVES),
    Case("ignore_length", LISTENING, say(message(IGNORE, 0xffffffff, b"x")), LIVES | PROTOCOL),
    Case("ignore_flood", LISTENING, lambda peer: [say(*[message(IGNORE, string(bytes(30000)))] * 20)(peer) for _ in range(20)],
         LIVES, weight=2),
    Case("debug_short", LISTENING, say(message(DEBUG)), LIVES | PROTOCOL),
    Case("debug_flood", LISTENING, say(*[message(DEBUG, b"\1", string(EVIL), string(""))] * 3000), LIVES),
    Case("goodbye_evil", LISTENING, goodbye(EVIL), SAID_GOODBYE),
    Case("goodbye_huge", LISTENING, goodbye("D" * HUGE, 0xffffffff), SAID_GOODBYE),
    Case("goodbye_short", LISTENING, say(message(DISCONNECT)), SAID_GOODBYE | PROTOCOL),
    Case("goodbye_length", LISTENING, say(message(DISCONNECT, 2, 0xfffffff0, b"abc")), SAID_GOODBYE | PROTOCOL),
    Case("goodbye_nul", LISTENING, goodbye(b"a\0b\xff\xfe"), SAID_GOODBYE),
    Case("goodbye_bidirectional", LISTENING, goodbye("\u202emoc.elpmaxe\u2066\u200b\ufeff" * 20), SAID_GOODBYE),
    Case("goodbye_cut_in_a_character", LISTENING, goodbye("x" * 255 + "\U0001f512" * 200), SAID_GOODBYE),
    Case("ext_info_late", LISTENING, say(message(EXT_INFO, 1, string("server-sig-algs"), string("none"))), LIVES),
    Case("ext_info_count", LISTENING, say(message(EXT_INFO, 0xffffffff, string("a"), string("b"))), LIVES | PROTOCOL),
]

CASES = IDENTIFICATION + KEY_EXCHANGE + REKEYING + PACKETS + AT_ANY_TIME
