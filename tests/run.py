"""run.py [--jobs N] FOLDER [PATTERN…]: runs the tests of that folder beside this file and ends with "N passed, M failed".
PATTERN chooses tests by a part of their name. With --jobs N that many processes share them, for tests that share
nothing."""
import argparse
import collections
import concurrent.futures
import fnmatch
import io
import multiprocessing
import pathlib
import sys
import time
import unittest

import junit

parser = argparse.ArgumentParser()
parser.add_argument("--jobs", type=int, default=1)
parser.add_argument("folder")
parser.add_argument("patterns", nargs="*")
arguments = parser.parse_args()
here = pathlib.Path(__file__).parent / arguments.folder
sys.path.insert(0, str(here))
sys.dont_write_bytecode = True


class Result(unittest.TextTestResult):
    """Keeps what became of each test and how long it took."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.cases = []

    def startTest(self, test):
        super().startTest(test)
        self.cases.append(junit.Case(test.id(), 0))
        self.began = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        case = self.cases[-1]
        case.seconds = time.monotonic() - self.began
        troubles = [why for wrong in (self.failures, self.errors) for where, why in wrong
                    if where is test or getattr(where, "test_case", None) is test]
        skips = [why for where, why in self.skipped if where is test]
        if troubles:
            case.result, case.why = "failed", "\n".join(troubles)
        elif skips:
            case.result, case.why = "skipped", skips[0]


def all_tests(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from all_tests(test)
        else:
            yield test


def chosen_tests():
    found = all_tests(unittest.defaultTestLoader.discover(str(here), "*_test.py"))
    patterns = arguments.patterns
    return [t for t in found if not patterns or any(fnmatch.fnmatch(t.id(), f"*{p}*") for p in patterns)]


def run(tests, stream):
    """The cases of these tests, and what went wrong where none of them was under way."""
    result = unittest.TextTestRunner(stream, verbosity=2, resultclass=Result).run(unittest.TestSuite(tests))
    if not result.wasSuccessful() and not any(case.result == "failed" for case in result.cases):
        result.cases.append(
            junit.Case("outside of the tests", 0, "failed", "\n".join(why for _, why in result.errors)))
    return result.cases


def run_one(index):
    stream = io.StringIO()
    cases = run([tests[index]], stream)
    return cases, stream.getvalue() if any(case.result == "failed" for case in cases) else ""


def run_side_by_side():
    # A fork has the tests already.
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs, multiprocessing.get_context("fork")) as pool:
        cases = []
        for done, told in pool.map(run_one, range(len(tests))):
            cases += done
            sys.stdout.write(told)
        return cases


def main():
    began = time.monotonic()
    cases = run(tests, sys.stdout) if arguments.jobs == 1 else run_side_by_side()
    junit.write(cases)
    count = collections.Counter(case.result for case in cases)
    if count["skipped"]:
        print(f"{count['skipped']} skipped")
    print(f"{here.name}: {time.monotonic() - began:.0f} s")
    print(f"{count['passed']} passed, {count['failed']} failed")
    sys.exit(0 if count["passed"] and not count["failed"] else 1)


tests = chosen_tests()
main()
