"""Cases of the connection protocol (RFC 4254): requests, channels, windows, and the answers to what towline asks."""
import time

from hostile_case import EVIL, FORWARD, HUGE, JOINED, LISTENING, LIVES, OPEN, PROTOCOL, Case, both, on_channel, opening, say
from hostile_transport import begins_rekey
from ssh_peer import (CHANNEL_CLOSE, CHANNEL_DATA, CHANNEL_EOF, CHANNEL_REQUEST, CHANNEL_SUCCESS, EXTENDED_DATA, GLOBAL_REQUEST,
                      OPEN_CONFIRMATION, OPEN_FAILURE, REQUEST_FAILURE, REQUEST_SUCCESS, UNIMPLEMENTED, WINDOW_ADJUST, message,
                      string)

BLOCK = bytes(32768)
UNREAD = LIVES | {"rx_timeout", "protocol"}  # it says no word meanwhile, or does not read what it is sent
NO_ANSWER_FOR = {"TOWLINE_TARGET_TIMEOUT": "2s"}
CHOSEN_PORT = {"SSH_FORWARDS": "web=-R 0:127.0.0.1:{target}"}


def flood(payloads, times, seconds=0):
    """Without reading in between, and for some seconds behind."""
    def act(peer):
        for _ in range(times):
            peer.send(*payloads)
        time.sleep(seconds)
    return act


def confirmation(window=9, packet=9, rest=b""):
    return on_channel(OPEN_CONFIRMATION, 0, window, packet, rest)


def refusal(code=1, text=""):
    return on_channel(OPEN_FAILURE, code, string(text), string(""))


REQUESTS = [
    Case("request_string_length", LISTENING, say(message(GLOBAL_REQUEST, 0xffffffff, b"x")), PROTOCOL),
    Case("request_flood", LISTENING, flood([message(GLOBAL_REQUEST, string("x" * 100), b"\1")] * 100, 60), LIVES, weight=2),
    Case("request_flood_unread", LISTENING, flood([message(GLOBAL_REQUEST, string("x"), b"\1")] * 100, 300, 3), UNREAD,
         weight=2),
    Case("success_unasked", LISTENING, say(message(REQUEST_SUCCESS)), PROTOCOL),
    Case("failure_unasked", LISTENING, say(message(REQUEST_FAILURE)), PROTOCOL),
    Case("forward_twice_successful", FORWARD, say(message(REQUEST_SUCCESS), message(REQUEST_SUCCESS)), PROTOCOL),
    Case("forward_success_with_a_port", FORWARD, say(message(REQUEST_SUCCESS, 99999999)), LIVES),
    Case("forward_unimplemented", FORWARD, say(message(UNIMPLEMENTED, 7)), LIVES),
    Case("forward_chosen_port_missing", FORWARD, say(message(REQUEST_SUCCESS)), PROTOCOL, CHOSEN_PORT),
    Case("forward_chosen_port_huge", FORWARD, say(message(REQUEST_SUCCESS, 0xffffffff)), PROTOCOL, CHOSEN_PORT),
    Case("forward_chosen_port_zero", FORWARD, say(message(REQUEST_SUCCESS, 0)), PROTOCOL, CHOSEN_PORT),
]

OPENINGS = [
    Case("open_unknown_type", LISTENING, say(opening(kind="x11", rest=string("1.1.1.1") + message(0, 1)[1:])), LIVES),
    Case("open_type_evil", LISTENING, say(opening(kind=EVIL * 50, rest=b"")), LIVES),
    Case("open_session", LISTENING, say(opening(kind="session", rest=b"")), LIVES),
    Case("open_agent", LISTENING, say(opening(kind="auth-agent@openssh.com", rest=b"")), LIVES),
    Case("open_direct_tcpip", LISTENING, say(opening(kind="direct-tcpip", port=22)), LIVES),
    Case("open_wrong_port", LISTENING, say(opening(port=1)), LIVES),
    Case("open_wrong_address", LISTENING, say(opening(address=EVIL)), LIVES),
    Case("open_address_huge", LISTENING, say(opening(address="A" * 30000)), LIVES),
    Case("open_port_beyond_16_bits", LISTENING, say(opening(port=18080 + (1 << 16))), LIVES),
    Case("open_origin_evil", LISTENING, say(opening(origin=EVIL, origin_port=0xffffffff)), LIVES),
    Case("open_origin_huge", LISTENING, say(opening(origin="A" * 30000)), LIVES),
    Case("open_streamlocal_unasked", LISTENING,
         say(opening(kind="forwarded-streamlocal@openssh.com", rest=string("/etc/passwd") + string(""))), LIVES),
    Case("open_trailing", LISTENING, say(opening() + b"zzz"), PROTOCOL),
    Case("open_short", LISTENING, say(opening()[:-3]), PROTOCOL),
    Case("open_window_0", LISTENING, say(opening(window=0)), LIVES),
    Case("open_window_max", LISTENING, say(opening(window=0xffffffff)), LIVES),
    Case("open_packet_0", LISTENING, say(opening(packet=0)), LIVES | PROTOCOL),
    Case("open_packet_1", LISTENING, say(opening(packet=1)), LIVES),
    Case("open_same_number", LISTENING, say(*[opening(7)] * 50), LIVES),
    Case("open_flood_unread", LISTENING, flood([opening(number) for number in range(50)], 60, 2), UNREAD, weight=2),
    Case("open_flood", LISTENING, flood([opening(number) for number in range(50)], 100), LIVES, weight=2, seconds=12),
]

ANSWERS = [
    Case("refuse_evil", OPEN, refusal(2, EVIL), LIVES),
    Case("refuse_huge", OPEN, refusal(0xffffffff, "R" * HUGE), LIVES),
    Case("refuse_twice", OPEN, both(refusal(), refusal()), PROTOCOL),
    Case("refuse_then_confirm", OPEN, both(refusal(), confirmation()), PROTOCOL),
    Case("refuse_short", OPEN, on_channel(OPEN_FAILURE), PROTOCOL),
    Case("confirm_short", OPEN, on_channel(OPEN_CONFIRMATION, 0), PROTOCOL),
    Case("confirm_trailing", OPEN, confirmation(rest=b"q"), PROTOCOL),
    Case("confirm_window_9", OPEN, confirmation(), LIVES),
    Case("confirm_window_0_packet_0", OPEN, confirmation(0, 0), LIVES | PROTOCOL),
    Case("confirm_unknown", OPEN, say(message(OPEN_CONFIRMATION, 4444, 0, 9, 9)), PROTOCOL),
    Case("data_before_confirm", OPEN, on_channel(CHANNEL_DATA, string("x")), PROTOCOL),
    Case("close_before_confirm", OPEN, on_channel(CHANNEL_CLOSE), PROTOCOL),
    Case("confirm_and_close", OPEN, both(confirmation(), on_channel(CHANNEL_CLOSE)), LIVES),
    Case("open_never_answered", OPEN, lambda peer: None, LIVES, NO_ANSWER_FOR),
]

CHANNELS = [
    Case("data_beyond_window", JOINED, on_channel(CHANNEL_DATA, string(BLOCK), times=400), PROTOCOL),
    Case("data_beyond_packet", JOINED, on_channel(CHANNEL_DATA, string(bytes(100000))), PROTOCOL),
    Case("data_length", JOINED, on_channel(CHANNEL_DATA, 0xffffffff, b"xx"), PROTOCOL),
    Case("data_trailing", JOINED, on_channel(CHANNEL_DATA, string("x"), b"y"), PROTOCOL),
    Case("data_empty_flood", JOINED, on_channel(CHANNEL_DATA, string(""), times=10000), LIVES),
    Case("data_after_eof", JOINED, both(on_channel(CHANNEL_EOF), on_channel(CHANNEL_DATA, string("x"))), PROTOCOL),
    Case("data_after_close", JOINED, both(on_channel(CHANNEL_CLOSE), on_channel(CHANNEL_DATA, string("x"))), PROTOCOL),
    Case("data_unknown_channel", JOINED, say(message(CHANNEL_DATA, 0xffffffff, string("x"))), PROTOCOL),
    Case("close_twice", JOINED, on_channel(CHANNEL_CLOSE, times=2), PROTOCOL),
    Case("close_unknown_channel", JOINED, say(message(CHANNEL_CLOSE, 4444)), PROTOCOL),
    Case("eof_twice", JOINED, on_channel(CHANNEL_EOF, times=2), PROTOCOL),
    Case("eof_trailing", JOINED, on_channel(CHANNEL_EOF, b"zz"), PROTOCOL),
    Case("adjust_overflow", JOINED, on_channel(WINDOW_ADJUST, 0xffffffff, times=2), PROTOCOL),
    Case("adjust_zero_flood", JOINED, on_channel(WINDOW_ADJUST, 0, times=10000), LIVES),
    Case("adjust_unknown_channel", JOINED, say(message(WINDOW_ADJUST, 99, 1)), PROTOCOL),
    Case("adjust_after_eof", JOINED, both(on_channel(CHANNEL_EOF), on_channel(WINDOW_ADJUST, 10, times=10)), LIVES),
    Case("adjust_short", JOINED, on_channel(WINDOW_ADJUST), PROTOCOL),
    Case("confirm_twice", JOINED, on_channel(OPEN_CONFIRMATION, 5, 1, 1), PROTOCOL),
    Case("failure_after_confirm", JOINED, on_channel(OPEN_FAILURE, 2, string("x"), string("")), PROTOCOL),
    Case("extended_data_flood", JOINED, on_channel(EXTENDED_DATA, 1, string(bytes(32000)), times=60), LIVES),
    Case("extended_data_type", JOINED, on_channel(EXTENDED_DATA, 0xffffffff, string("x")), LIVES),
    Case("extended_data_beyond_window", JOINED, on_channel(EXTENDED_DATA, 1, string(BLOCK), times=1000), LIVES | PROTOCOL,
         weight=2),
    Case("channel_request_flood", JOINED, on_channel(CHANNEL_REQUEST, string("x"), b"\1", times=10000), LIVES),
    Case("channel_request_short", JOINED, on_channel(CHANNEL_REQUEST), PROTOCOL),
    Case("exit_status_short", JOINED, on_channel(CHANNEL_REQUEST, string("exit-status"), b"\0\1"), PROTOCOL | LIVES),
    Case("exit_signal_evil", JOINED,
         on_channel(CHANNEL_REQUEST, string("exit-signal"), b"\0", string(EVIL), b"\0", string(EVIL), string("")), LIVES),
    Case("channel_success_unasked", JOINED, on_channel(CHANNEL_SUCCESS), PROTOCOL),
    Case("rekey_between_data", JOINED, both(on_channel(CHANNEL_DATA, string(b"x" * 1000)), begins_rekey()), LIVES),
]

CASES = REQUESTS + OPENINGS + ANSWERS + CHANNELS
