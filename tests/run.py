"""run.py FOLDER [PATTERN…]: runs the tests of that folder beside this file and ends with "N passed, M failed". PATTERN
chooses tests by a part of their name."""
import fnmatch
import pathlib
import sys
import time
import unittest

import junit

here = pathlib.Path(__file__).parent / sys.argv[1]
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

    def count(self, result):
        return sum(case.result == result for case in self.cases)


def all_tests(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from all_tests(test)
        else:
            yield test


def main():
    began = time.monotonic()
    found = all_tests(unittest.defaultTestLoader.discover(str(here), "*_test.py"))
    patterns = sys.argv[2:]
    chosen = [t for t in found if not patterns or any(fnmatch.fnmatch(t.id(), f"*{p}*") for p in patterns)]
    result = unittest.TextTestRunner(sys.stdout, verbosity=2, resultclass=Result).run(unittest.TestSuite(chosen))
    cases = result.cases
    if not result.wasSuccessful() and not result.count("failed"):  # where no test was under way
        cases.append(junit.Case("outside of the tests", 0, "failed", "\n".join(why for _, why in result.errors)))
    junit.write(cases)
    if result.skipped:
        print(f"{len(result.skipped)} skipped")
    print(f"{here.name}: {time.monotonic() - began:.0f} s")
    print(f"{result.count('passed')} passed, {result.count('failed')} failed")
    sys.exit(0 if result.count("passed") and not result.count("failed") else 1)


main()
