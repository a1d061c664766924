"""run.py FOLDER [PATTERN…]: runs the tests of that folder beside this file and ends with "N passed, M failed". PATTERN
chooses tests by a part of their name."""
import fnmatch
import pathlib
import sys
import time
import unittest

here = pathlib.Path(__file__).parent / sys.argv[1]
sys.path.insert(0, str(here))
sys.dont_write_bytecode = True


class Result(unittest.TextTestResult):
    """Counts what has passed, too."""

    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


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
    failed = result.testsRun - result.passed - len(result.skipped)
    if result.skipped:
        print(f"{len(result.skipped)} skipped")
    print(f"{here.name}: {time.monotonic() - began:.0f} s")
    print(f"{result.passed} passed, {failed} failed")
    sys.exit(0 if result.passed and not failed else 1)


main()
