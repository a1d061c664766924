"""Cases of the login: authentication (RFC 4252) and what a server announces before it (RFC 8308)."""
import time

from hostile_case import AUTH, EVIL, HUGE, LISTENING, LIVES, PROTOCOL, Case, both, opening, say
from ssh_peer import (AUTH_60, AUTH_BANNER, AUTH_FAILURE, AUTH_REQUEST, AUTH_SUCCESS, CHANNEL_DATA, DISCONNECT, EXT_INFO,
                      GLOBAL_REQUEST, IGNORE, SERVICE_ACCEPT, UNIMPLEMENTED, message, string)
from hostile_transport import close, goodbye, reset

CLOSED = frozenset({"closed"})


REQUEST = message(AUTH_REQUEST, string("root"), string("ssh-connection"), string("none"))


def failure(methods, partial=b"\0"):
    return message(AUTH_FAILURE, string(methods), partial)


def rekeys(peer):
    peer.send(peer.kexinit())


CASES = [
    Case("ext_info_repeated", "secured",
         say(*[message(EXT_INFO, 1, string("server-sig-algs"), string("x" * 20000))] * 100), LIVES | PROTOCOL),
    Case("ext_info_evil", "secured",
         say(message(EXT_INFO, 3, *map(string, (EVIL, EVIL, "server-sig-algs", EVIL, "no-flow-control", "p")))), LIVES),
    Case("ext_info_short", "secured", say(message(EXT_INFO, 5, string("server-sig-algs"))), LIVES | PROTOCOL),
    Case("ext_info_length", "secured", say(message(EXT_INFO, 1, 0xfffffff0, b"a")), LIVES | PROTOCOL),
    Case("service_other", "service", say(message(SERVICE_ACCEPT, string("x" * 1000))), LIVES | PROTOCOL),
    Case("service_goodbye_huge", "service", say(message(DISCONNECT, 11, string(EVIL * 300), string(""))), CLOSED, words="RED"),
    Case("service_closed", "service", close, CLOSED),
    Case("service_reset", "service", reset, CLOSED),
    Case("auth_closed", "auth", close, CLOSED),
    Case("auth_reset", "auth", reset, CLOSED),
    Case("auth_goodbye", "auth", goodbye("Too many authentication failures"), CLOSED | AUTH,
         words="Too many authentication failures"),
    Case("auth_silence", "auth", lambda peer: time.sleep(5), frozenset({"timeout"}), {"SSH_CONNECT_TIMEOUT": "2s"}),
    Case("auth_banner_evil", "auth", say(message(AUTH_BANNER, string(EVIL * 20), string(""))), LIVES),
    Case("auth_banner_flood", "auth", say(*[message(AUTH_BANNER, string("B" * 30000), string(""))] * 200), LIVES),
    Case("auth_banner_length", "auth", say(message(AUTH_BANNER, 0xffffffff, b"a")), LIVES | PROTOCOL),
    Case("auth_methods_huge", "auth", say(failure(",".join(["password\x1b[31m"] * 2000))), AUTH),
    Case("auth_methods_empty", "auth", say(failure("")), AUTH | LIVES),
    Case("auth_failure_short", "auth", say(message(AUTH_FAILURE)), AUTH | PROTOCOL),
    Case("auth_failure_endless", "auth", say(*[failure("password")] * 3000), AUTH | LIVES),
    Case("auth_success_early", "auth", say(message(AUTH_SUCCESS)), LIVES | PROTOCOL),
    Case("auth_success_long", "password", say(message(AUTH_SUCCESS, bytes(1000))), LIVES | PROTOCOL),
    Case("auth_partial_success", "auth", say(failure("password,publickey,keyboard-interactive", b"\1")), AUTH | LIVES),
    Case("auth_password_change", "password",
         both(say(message(AUTH_60, string(EVIL), string(""))), lambda peer: time.sleep(0.3)), AUTH),
    Case("auth_questions_4_billion", "password",
         say(message(AUTH_60, string("n"), string("i"), string(""), 0xffffffff)), AUTH | PROTOCOL),
    Case("auth_channel_open", "auth", say(opening()), PROTOCOL),
    Case("auth_channel_data", "auth", say(message(CHANNEL_DATA, 0, string("x"))), PROTOCOL),
    Case("auth_global_request", "auth", say(message(GLOBAL_REQUEST, string("x"), b"\1")), PROTOCOL),
    Case("auth_request", "auth", say(REQUEST), PROTOCOL),
    Case("auth_unimplemented", "auth", say(*[message(UNIMPLEMENTED, 5)] * 10), PROTOCOL),
    Case("auth_unknown_message", "auth", say(bytes([79]) + bytes(9)), PROTOCOL | LIVES),
    Case("auth_ignore_flood", "auth", say(*[message(IGNORE, string(bytes(1000)))] * 2000), LIVES),
    Case("auth_rekey", "auth", rekeys, frozenset({"timeout", "kex", "protocol", "closed"}), {"SSH_CONNECT_TIMEOUT": "3s"}),
    Case("admitted_rekey_thrice", "admitted", lambda peer: [rekeys(peer) for _ in range(3)], frozenset({"rekey", "protocol"})),
    Case("admitted_and_closed", "admitted", close, frozenset({"peer_closed", "socket_error"})),
    Case("admitted_open_flood", "admitted", say(*[opening(number) for number in range(2000)]), LIVES),
    Case("late_success", LISTENING, say(message(AUTH_SUCCESS)), PROTOCOL),
    Case("late_banner", LISTENING, say(message(AUTH_BANNER, string(EVIL), string(""))), PROTOCOL),
    Case("late_service_accept", LISTENING, say(message(SERVICE_ACCEPT, string("ssh-connection"))), PROTOCOL),
    Case("late_auth_request", LISTENING, say(REQUEST), PROTOCOL),
    Case("late_auth_failure", LISTENING, say(failure("x" * HUGE)), PROTOCOL),
]
