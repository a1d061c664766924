"""campaign.py [short|long] [SUITE[.PART]…]: runs the cells of the fault suites and ends with "N passed, M failed". See
scripts/faults."""
import collections
import os
import pathlib
import resource
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
import hostile  # noqa: E402
import judgement  # noqa: E402
import junit  # noqa: E402
import load  # noqa: E402
import matrix  # noqa: E402
import names  # noqa: E402
import network  # noqa: E402
import share  # noqa: E402
import strangers  # noqa: E402
import truth  # noqa: E402
from cells import side_by_side  # noqa: E402
from towline import BINARY  # noqa: E402

SUITES = {"judgement": judgement, "matrix": matrix, "network": network, "names": names, "hostile": hostile,
          "truth": truth, "load": load, "share": share, "strangers": strangers}
MEASURED = "strangers"  # by times, which depend on what else the machine does: on demand
LOADS = ("load", "share", "strangers")  # the long form of each by itself
DESCRIPTORS = 10_000  # a cell has both ends of up to 4,096 connections
ROOM = 16  # cells at a time: they wait, but each has a server, a towline and clients


def chosen(arguments):
    """The form, and its cells."""
    form = arguments.pop(0) if arguments and arguments[0] in ("short", "long") else "long" if arguments else "short"
    wanted = arguments or [name for name in SUITES if (form == "short" and name != MEASURED) or name not in LOADS]
    cells = []
    for each in wanted:
        suite, _, part = each.partition(".")
        if suite not in SUITES:
            print("usage: scripts/faults [short|long] [" + "|".join(SUITES) + "][.PART]…", file=sys.stderr)
            sys.exit(64)
        cells += [cell for cell in SUITES[suite].cells(form) if part in cell.name]
    return form, cells


def tell(outcome):
    state = "FAILED" if outcome.wrong else "ok"
    print(f"{state:<6} {outcome.cell.full_name:<58} {outcome.seconds:5.1f} s  {'; '.join(outcome.told)}")
    for why in outcome.wrong:
        print(f"         {why}")
    sys.stdout.flush()


def sums(outcomes):
    by_suite = collections.defaultdict(list)
    for outcome in outcomes:
        by_suite[outcome.cell.suite].append(outcome)
    print(f"\n{'suite':<10} {'cells':>6} {'failed':>7}")
    for suite, of_it in by_suite.items():
        print(f"{suite:<10} {len(of_it):>6} {sum(bool(each.wrong) for each in of_it):>7}")


def main():
    if os.geteuid() != 0:
        sys.exit("faults: needs root, for namespaces of its own")
    if not BINARY.exists():
        sys.exit(f"faults: no towline at {BINARY}")
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < DESCRIPTORS:
        sys.exit(f"faults: needs {DESCRIPTORS} descriptors (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (DESCRIPTORS, DESCRIPTORS))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # with what is under way
    began = time.monotonic()
    form, cells = chosen(sys.argv[1:])
    outcomes = []
    for outcome in side_by_side(cells, form, ROOM):
        outcomes.append(outcome)
        tell(outcome)
    junit.write([junit.Case(each.cell.full_name, each.seconds, "failed" if each.wrong else "passed", "\n".join(each.wrong))
                 for each in outcomes])
    sums(outcomes)
    failed = sum(bool(each.wrong) for each in outcomes)
    print(f"total {time.monotonic() - began:.0f} s")
    print(f"{len(outcomes) - failed} passed, {failed} failed")
    sys.exit(0 if outcomes and not failed else 1)


main()
