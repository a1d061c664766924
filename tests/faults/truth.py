"""docs/truth.md, row by row: each situation is made on real servers, and what /readyz, the metrics, the log and the exit code
say is compared with the row."""
import dataclasses
import re
import time

import situations_connect  # noqa: F401
import situations_forward  # noqa: F401
import situations_process  # noqa: F401
import situations_session  # noqa: F401
from cells import Cell
from situation import ALL, Scene
from towline import ROOT
from world import eventually

DOCUMENT = ROOT / "docs/truth.md"
NOTHING = "–"
WORD = re.compile(r"[a-z_]+")  # of a closed set; a reason in a sentence is none
SECONDS = 25  # until all says what the row says
STEADY_SECONDS = 1.5  # that it must go on saying so
LINE = re.compile(r"`(?P<event>[a-z_.]+)`(?: `(?P<reason>[a-z_0-9]+)`)?(?: “(?P<words>[^”]+)”)?(?:: (?P<hint>.+))?")


@dataclasses.dataclass(frozen=True)
class Row:
    """What is in parentheses in the document is counted, or said, or not, as the moment has it. `exit`: after SIGTERM, or
    with `alone` of itself."""
    ready: str
    metrics: frozenset
    may_count: frozenset
    lines: tuple
    may_say: tuple
    exit: int
    alone: bool

    @property
    def reasons(self):
        """Every word that may be a reason in this situation."""
        counted = {found[1] for name in self.metrics | self.may_count if (found := re.search(r'reason="(\w+)"', name))}
        return counted | {line["reason"] for line in (*self.lines, *self.may_say)} | {self.ready}


def code_words(cell):
    return re.findall(r"`([^`]+)`", cell)


def lines_of(cells):
    return tuple(LINE.fullmatch(each.strip()).groupdict() for each in cells if each != NOTHING)


def row(cells):
    _, ready, metrics, log, code = cells
    optional = " ".join(re.findall(r"\(([^)]*)\)", metrics))
    return Row(ready.strip("`"), frozenset(code_words(re.sub(r"\([^)]*\)", "", metrics))), frozenset(code_words(optional)),
               lines_of(each for each in log.split("<br>") if not each.startswith("(")),
               lines_of(each[1:-1] for each in log.split("<br>") if each.startswith("(")),
               int(code.split()[0]), code.endswith("by itself"))


def document():
    """The rows by the name of their situation."""
    rows = {}
    for line in DOCUMENT.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| `") and len(cells) == 6:
            name = cells[0].strip("`")
            if name in rows:
                raise ValueError(f"two rows for {name}")
            rows[name] = row(cells[1:])
    return rows


class Said:
    """What towline says of itself now. Of a process that has ended only the log is left."""

    def __init__(self, towline):
        self.towline = towline
        self.ready, self.metrics = NOTHING, set()
        if not towline.ended():
            status, body = towline.ask("/readyz")
            found = re.search(r"reason=(\w+)", body)
            self.ready = "ok" if status == 200 else found[1] if found else f"{status} {body.strip()}"
            self.metrics = {f'{name}{{reason="{reason}"}}' for name, reason in towline.reasons()}
            if towline.total("towline_log_messages_dropped_total"):
                self.metrics.add("towline_log_messages_dropped_total")
        self.lines = towline.lines()

    def differences(self, expected):
        if self.ready != expected.ready:
            yield f"/readyz says {self.ready}, the document {expected.ready}"
        if not expected.metrics <= self.metrics <= expected.metrics | expected.may_count:
            yield f"the metrics count {sorted(self.metrics) or NOTHING}, the document {sorted(expected.metrics) or NOTHING}"
        for wanted in expected.lines:
            comes_with_the_end = wanted["event"].startswith("shutdown.") and not self.towline.ended()
            if not comes_with_the_end and not any(says(line, wanted) for line in self.lines):
                yield f"no line of the log says {describe(wanted)}; there is {self.failures() or 'none'}"
        for line in self.lines:
            if line.level in ("WARN", "ERROR") and WORD.fullmatch(line["reason"]) and line["reason"] not in expected.reasons:
                yield f"the log says {line.event} reason={line['reason']}: {line['hint']}"
        if not expected.lines + expected.may_say and (failures := self.failures()):
            yield f"the log says {failures}, the document nothing"

    def failures(self):
        return [f"{line.event} {line['reason']} “{line['err'][:120]}”: {line['hint'][:160]}" for line in self.lines
                if line.level in ("WARN", "ERROR") and (line["reason"] or line["err"])][:3]


def says(line, wanted):
    return (line.event == wanted["event"] and wanted["reason"] in (None, line["reason"])
            and (wanted["words"] or "") in line["err"] and line["hint"].startswith(wanted["hint"] or ""))


def describe(wanted):
    return " ".join(f"{name}={value!r}" for name, value in wanted.items() if value)


def compare(world, name):
    expected = document().get(name)
    scene = Scene(world)
    towline = ALL[name](scene)
    if not expected:
        raise AssertionError(f"{DOCUMENT.name} has no row for it")
    if expected.alone:
        world.expect(eventually(SECONDS, towline.ended), "it does not end by itself")
    eventually(SECONDS, lambda: not list(Said(towline).differences(expected)))
    eventually(STEADY_SECONDS, towline.ended)
    said = Said(towline)
    world.expect(towline.ended() == expected.alone, "it has ended by itself" if towline.ended() else "it still runs")
    scene.before_the_end()
    world.tell(f"{said.ready}; {', '.join(sorted(said.metrics)) or NOTHING}")
    began = time.monotonic()
    code = scene.stop(towline)
    scene.afterwards(time.monotonic() - began)
    said.lines = towline.lines()
    world.wrong += said.differences(expected)
    world.expect(code == expected.exit, f"exit code {code}, the document has {expected.exit}")
    towline.judge_log()


def document_is_whole(world):
    rows = document()
    world.expect(len(rows) >= 36, f"only {len(rows)} rows")
    for name in sorted(set(rows) - set(ALL)):
        world.expect(False, f"nobody makes {name}")
    for name in sorted(set(ALL) - set(rows)):
        world.expect(False, f"docs/truth.md has no row for {name}")


def cells(_form):
    yield Cell("truth", "document_is_whole", document_is_whole)
    for name in ALL:
        yield Cell("truth", name, lambda world, a=name: compare(world, a), seconds_max=120)
