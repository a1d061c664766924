"""Cells, and how they are run: side by side, each in a world of its own. Most of their time they wait."""
import contextlib
import dataclasses
import json
import os
import pathlib
import selectors
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable

from world import World, enter, keep


@dataclasses.dataclass(frozen=True)
class Cell:
    """One question. run() tells the world what it has found; whatever it raises is a finding too."""
    suite: str
    name: str
    run: Callable[[World], None]
    weight: int = 1  # how much of the machine it takes
    seconds_max: int = 180

    @property
    def full_name(self):
        return f"{self.suite}.{self.name}"


@dataclasses.dataclass
class Outcome:
    cell: Cell
    seconds: float
    wrong: list[str]
    told: list[str]


class Running:
    """A cell under way. Its findings arrive through a pipe, whose end is the end of its world."""

    def __init__(self, cell, form, place):
        self.cell, self.began, self.said = cell, time.monotonic(), b""
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=place))
        self.folder.chmod(0o755)
        self.pipe, findings = os.pipe()
        sys.stdout.flush()
        self.keeper = enter(lambda: self.live(findings, form))
        os.close(findings)

    def live(self, findings, form):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.close(self.pipe)
        world = World(self.folder, form)
        with open(self.folder / "cell.txt", "w", encoding="utf-8") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            try:
                self.cell.run(world)
            except Exception as problem:  # pylint: disable=broad-except
                traceback.print_exc()
                where = traceback.extract_tb(problem.__traceback__)[-1]
                world.wrong.append(f"{type(problem).__name__}: {problem} ({pathlib.Path(where.filename).name}:{where.lineno})")
            sys.stderr.flush()
        with open(findings, "w", encoding="utf-8") as out:
            json.dump([world.wrong, world.told], out)

    def late(self):
        return time.monotonic() - self.began > self.cell.seconds_max

    def kill(self):
        os.kill(self.keeper, signal.SIGKILL)

    def read(self):
        """False once all has been said."""
        data = os.read(self.pipe, 1 << 16)
        self.said += data
        return bool(data)

    def end(self):
        os.close(self.pipe)
        os.waitpid(self.keeper, 0)
        seconds = time.monotonic() - self.began
        try:
            wrong, told = json.loads(self.said)
        except ValueError:
            why = f"not done after {self.cell.seconds_max} s" if self.late() else "ended without a word"
            wrong, told = [why], []
        if wrong:
            with contextlib.suppress(OSError):
                told.append(f"see {keep(self.folder, self.cell.full_name)}")
        shutil.rmtree(self.folder, ignore_errors=True)
        return Outcome(self.cell, seconds, wrong, told)


def side_by_side(cells, form, room):
    """The outcomes as they come. `room` is the weight that may be under way at a time; the heaviest begin."""
    running = {}
    with tempfile.TemporaryDirectory(prefix="towline-faults.") as place:
        os.chmod(place, 0o755)  # a server that has dropped its rights reads keys below
        try:
            yield from outcomes_of(cells, lambda cell: Running(cell, form, place), room, running)
        finally:
            for each in running.values():
                each.kill()
                os.waitpid(each.keeper, 0)


def outcomes_of(cells, start, room, running):
    """`running` has those under way, by their pipes."""
    waiting, selector = sorted(cells, key=lambda cell: -cell.weight), selectors.DefaultSelector()
    while waiting or running:
        taken = sum(each.cell.weight for each in running.values())
        fitting = next((cell for cell in waiting if not running or taken + cell.weight <= room), None)
        if fitting:
            waiting.remove(fitting)
            each = start(fitting)
            running[each.pipe] = each
            selector.register(each.pipe, selectors.EVENT_READ)
            continue
        for key, _ in selector.select(timeout=1):
            if not running[key.fd].read():
                selector.unregister(key.fd)
                yield running.pop(key.fd).end()
        for each in running.values():
            if each.late():
                each.kill()
