"""towline's log as a reader finds it: what a line says, and whether it is one."""
import dataclasses
import json
import re
import unicodedata

LINE_BYTES_MAX = 4096  # a line; Docker cuts at 16 KiB, and several of them belong on a screen
WORDS_MAX = 256  # what a server says, in one line

HEAD = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (ERROR|WARN |INFO |DEBUG|TRACE) ([a-z0-9_.]+) (.*)")
FIELD = re.compile(r' ([a-z_]+)=("(?:[^"\\]|\\.)*"|[^" ]*)')
PROBLEM = "towline: "
FAILURES = ("ssh.connect_failed", "ssh.auth_failed", "ssh.disconnected", "forward.refused")
OURS = ("shutdown", "admin", "key_rotation")
SEPARATORS = "\u2028\u2029\u0085"


@dataclasses.dataclass(frozen=True)
class Line:
    level: str
    event: str
    fields: dict[str, str]

    def __getitem__(self, name):
        return self.fields.get(name, "")


def unquoted(value):
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def parse(text):
    """None for what is no line of the log. Problems of the configuration are told before there is one."""
    if text.startswith(PROBLEM):
        return Line("ERROR", "config.error", {"err": text.removeprefix(PROBLEM)})
    found = HEAD.fullmatch(text)
    if not found:
        return None
    level, event, rest = found.groups()
    return Line(level.strip(), event, {name: unquoted(value) for name, value in FIELD.findall(" " + rest)})


def is_line(text, log_format):
    """By the looks of it; `log_format` is a value of TOWLINE_LOG_FORMAT."""
    if log_format in ("json", "gcp"):
        try:
            return isinstance(json.loads(text), dict)
        except ValueError:
            return False
    return log_format != "text" or HEAD.fullmatch(text) or text.startswith(PROBLEM)


def complaint(raw, log_format="text"):
    """What is wrong with the bytes of a line, or nothing."""
    if len(raw) > LINE_BYTES_MAX:
        return f"{len(raw)} bytes: {raw[:80]!r}…"
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return f"not UTF-8: {raw[:200]!r}"
    # Controls, and what turns the direction of writing or hides (RFC 3454, C.2 and C.8).
    if any(unicodedata.category(c) in ("Cc", "Cf") or c in SEPARATORS for c in text):
        return f"characters that are not to be shown: {text[:200]!r}"
    if not is_line(text, log_format):
        return f"no line of the log: {text[:200]!r}"
    return None


def untruths(line):
    """What no line may say, whatever has happened."""
    if line.event == "ssh.disconnected" and line["reason"] == "socket_error" and not line["errno"]:
        yield f"socket_error without an errno: {line.event} err={line['err']!r}"
    if line["reason"] == "internal":
        yield f"internal, which is a bug: {line.event} err={line['err']!r}"
    if line["errno"] in ("EMFILE", "ENFILE") and line["reason"] in ("target_refused", "unreachable", "dns", "auth"):
        yield f"our descriptors ran out, and {line['reason']} is blamed"
    # A session that we end has nothing to be done about, a line that sums up those left out has said it before.
    if line.event in FAILURES and not line["hint"] and line["reason"] not in OURS and not line["suppressed"]:
        yield f"{line.event} reason={line['reason']} says nothing of what to do"
