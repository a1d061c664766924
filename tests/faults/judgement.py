"""Whether what is wrong is called wrong: the judges of the other suites, each with something to find and with nothing."""
import socket
import threading
import types

import log_lines
import relay
import truth
from cells import Cell
from transfers import HEAD, Target, Way, digest, exactly, transfer

TIME = "2026-01-02T03:04:05.678Z "
GOOD_LINE = TIME + 'WARN  ssh.disconnected lost reason=socket_error err="reset" errno=ECONNRESET hint="look"'
UNCLEAN = ["\x1b[31m", "\x07", "a\tb", "\u202e", "\u2028", "\u200b", "\u0085", "x" * 5000]
UNTRUE = [GOOD_LINE.replace(" errno=ECONNRESET", ""), GOOD_LINE.replace("socket_error", "internal"),
          GOOD_LINE.replace(' hint="look"', ""),
          TIME + 'WARN  conn.error failed reason=target_refused err="Too many open files" errno=EMFILE hint="look"']


def lines_are_looked_at(world):
    world.expect(not log_lines.complaint(GOOD_LINE.encode()), "a good line is complained of")
    for dirt in UNCLEAN:
        world.expect(log_lines.complaint(GOOD_LINE.replace("lost", dirt).encode()), f"{dirt[:10]!r} is not found")
    for raw in (b"\xff", b"forged", TIME.encode() + b"ERROR"):
        world.expect(log_lines.complaint(raw), f"{raw!r} passes for a line")
    world.expect(not log_lines.complaint(b'{"a": "\\u202e"}', "json"), "JSON is complained of")
    for raw in (b'{"a": "cut', b"[]", '{"a": "\u202e"}'.encode()):
        world.expect(log_lines.complaint(raw, "json"), f"{raw!r} passes for JSON")


def untruths_are_found(world):
    world.expect(not list(log_lines.untruths(log_lines.parse(GOOD_LINE))), "a true line is called untrue")
    for text in UNTRUE:
        world.expect(list(log_lines.untruths(log_lines.parse(text))), f"believed: {text}")


def said(ready="ok", metrics=(), lines=(GOOD_LINE,)):
    """What a towline might say, without one."""
    state = truth.Said.__new__(truth.Said)
    state.towline = types.SimpleNamespace(ended=lambda: False)
    state.ready, state.metrics = ready, set(metrics)
    state.lines = [log_lines.parse(text) for text in lines]
    return state


def rows_are_compared(world):
    lost = 'towline_ssh_disconnects_total{reason="socket_error"}'
    row = truth.row(["words", "`ok`", f"`{lost}` (`other`)", "`ssh.disconnected` `socket_error` “res”: lo", "0"])
    world.expect(not list(said(metrics=[lost]).differences(row)), "what the row says is called different")
    world.expect(not list(said(metrics=[lost, "other"]).differences(row)), "what may be counted must not be")
    other = GOOD_LINE.replace("ssh.disconnected", "conn.error").replace("socket_error", "limit")
    different = {"ready": said("dns", [lost]), "no metric": said(), "one more": said(metrics=[lost, "more"]),
                 "no line": said(metrics=[lost], lines=[]),
                 "hint": said(metrics=[lost], lines=[GOOD_LINE.replace("look", "wait")]),
                 "words": said(metrics=[lost], lines=[GOOD_LINE.replace('"reset"', '"x"')]),
                 "another reason": said(metrics=[lost], lines=[GOOD_LINE, other])}
    for what, state in different.items():
        world.expect(list(state.differences(row)), f"not seen: {what}")


class Dishonest(Target):
    """A target whose connections end, or answer, as they should not."""

    def __init__(self, how):
        self.how = how
        super().__init__()

    def serve(self, connection):  # pylint: disable=arguments-differ
        up, down = HEAD.unpack(exactly(connection, HEAD.size))
        if self.how == "silent":
            threading.Event().wait(5)
        elif self.how == "reset":
            connection.sendall(bytes(down // 2))
            relay.reset(connection)
        elif self.how == "refused":
            relay.reset(connection)
        elif self.how == "early":
            exactly(connection, up)
            connection.sendall(bytes(down // 2))
            connection.shutdown(socket.SHUT_WR)
        else:
            exactly(connection, up)
            connection.sendall(bytes(down) + digest(up, b"up"))


def transfers_are_compared(world):
    good = transfer(Way(Target().port), 100_000, 200_000)
    world.expect(good.how == "right", f"a good transfer is {good}")
    for how in ("wrong", "early", "reset", "refused", "silent"):
        got = transfer(Way(Dishonest(how).port), 1000, 200_000, timeout=1)
        world.expect(got.how == how, f"{got} instead of {how}")
    nobody = socket.create_server(("127.0.0.1", 0))
    port = nobody.getsockname()[1]
    nobody.close()
    world.expect(transfer(Way(port), 1, 1).how == "refused", "a refused connection is none")


def cells(_form):
    for run in (lines_are_looked_at, untruths_are_found, rows_are_compared, transfers_are_compared):
        yield Cell("judgement", run.__name__, run)
