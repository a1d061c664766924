"""report.py FOLDER SECONDS: the end of a run of stages (scripts/stages). Prints what failed, the time table beside that of
the run before, the slowest tests, the sums by stage, and "N passed, M failed"; keeps it in FOLDER/summary.txt."""
import dataclasses
import io
import pathlib
import re
import sys

import junit

SLOWEST = 10
GROWN = 1.2  # as long as the last time and a fifth of that
GROWN_SECONDS = 5  # less than that is no news
LINES_OF_A_FAILURE = 60
LINES_OF_AN_EXPECTATION = 8
LINES_OF_A_STAGE = 300


@dataclasses.dataclass
class Stage:
    name: str
    result: str
    seconds: int
    log: pathlib.Path
    depth: int
    cases: list
    told_inside: bool  # a stage inside it has failed

    def count(self, result):
        return sum(case.result == result for case in self.cases)

    @property
    def failed(self):
        """A stage that failed without a failed test (a build, a test run that was cut short) counts as one failure."""
        return self.count("failed") or int(self.result != "ok" and not self.told_inside)


def stages_of(folder, depth=0):
    """Each stage, followed by those that ran inside it."""
    table, stages = folder / "stages.tsv", []
    for line in table.read_text().splitlines() if table.exists() else []:
        name, result, seconds = line.split("\t")
        inside = stages_of(folder / name, depth + 1)
        stages.append(Stage(name, result, int(seconds), folder / f"{name}.log", depth, cases_of(folder, name),
                            any(stage.failed for stage in inside)))
        stages += inside
    return stages


def cases_of(folder, stage):
    """A program that is one test for ctest is its cases, and itself only if it failed otherwise than by one of them."""
    whole = folder / f"{stage}.xml"
    cases = junit.read(whole) if whole.exists() else []
    for file in sorted((folder / f"{stage}.cases").glob("*.xml")):
        inside = junit.read(file)
        told = any(case.result == "failed" for case in inside)
        cases = [case for case in cases if case.name != file.stem or (case.result == "failed" and not told)] + inside
    return cases


def place(stage):
    """The same in each run."""
    return stage.log.parts[-stage.depth - 1:]


def has_grown(stage, before):
    return stage.seconds > before * GROWN and stage.seconds - before >= GROWN_SECONDS


def essence(output):
    """The expectations that GoogleTest names; or the end, which has what another program fails with."""
    lines = output.splitlines()
    named = [at for at, line in enumerate(lines) if line.endswith(": Failure")]
    told = [line for at in named for line in lines[at:at + LINES_OF_AN_EXPECTATION]]
    return (told or lines)[-LINES_OF_A_FAILURE:]


def tell_failures(stages, out):
    for stage in stages:
        if not stage.failed:
            continue
        print(f"\n=== what failed in {stage.name}", file=out)
        for case in stage.cases:
            if case.result == "failed":
                print(f"--- {case.name}", *essence(case.why), sep="\n", file=out)
        if not stage.count("failed") and stage.log.exists():
            said = [line for line in stage.log.read_text(errors="replace").splitlines()
                    if re.search(r"error: |: FAILED|: failed|^FAIL|^not ok|^lint: .* FAILED|\*\*\*", line)]
            print(*said[:LINES_OF_A_STAGE], sep="\n", file=out)


def tell_times(stages, last, total, out):
    before = {place(stage): stage.seconds for stage in last}
    print(f"\n{'stage':<20} {'result':<9} {'seconds':>8} {'last':>6}", file=out)
    for stage in stages:
        then = before.get(place(stage))
        grown = then is not None and has_grown(stage, then)
        print(f"{'  ' * stage.depth + stage.name:<20} {stage.result:<9} {stage.seconds:>8} {'' if then is None else then:>6}"
              + ("  has grown by more than a fifth" if grown else ""), file=out)
    print(f"{'total':<20} {'':<9} {total:>8}", file=out)


def tell_slowest(stages, out):
    cases = sorted(((case.seconds, stage.name, case.name) for stage in stages for case in stage.cases), reverse=True)
    if cases:
        print("\nslowest tests", file=out)
    for seconds, stage, name in cases[:SLOWEST]:
        print(f"{seconds:>7.1f} s  {stage}: {name}", file=out)


def reason(skipped):
    """GoogleTest says why on the line after the one that says where."""
    lines = skipped.splitlines()
    after = [line for where, line in zip(lines, lines[1:]) if re.search(r"\.cpp:\d+", where)]
    return (after or lines or [""])[0]


def tell_sums(stages, out):
    print(f"\n{'tests':<20} {'passed':>8} {'failed':>8} {'skipped':>8}", file=out)
    for stage in stages:
        if stage.cases:
            print(f"{stage.name:<20} {stage.count('passed'):>8} {stage.count('failed'):>8} {stage.count('skipped'):>8}", file=out)
    for stage in stages:
        for case in stage.cases:
            if case.result == "skipped":
                print(f"skipped in {stage.name}: {case.name}: {reason(case.why)}", file=out)


def report(folder, total):
    """The text, and whether all is well."""
    stages, last = stages_of(folder), stages_of(folder.with_name(folder.name + ".last"))
    out = io.StringIO()
    tell_failures(stages, out)
    tell_slowest(stages, out)
    tell_sums(stages, out)
    tell_times(stages, last, total, out)
    passed, failed, skipped = (sum(stage.count(result) for stage in stages) for result in ("passed", "failed", "skipped"))
    failed += sum(stage.failed - stage.count("failed") for stage in stages)
    print(f"\n{skipped} skipped\n{passed} passed, {failed} failed", file=out)
    return out.getvalue(), passed > 0 and failed == 0


def main():
    folder = pathlib.Path(sys.argv[1])
    text, well = report(folder, int(sys.argv[2]))
    (folder / "summary.txt").write_text(text)
    print(text, end="")
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
