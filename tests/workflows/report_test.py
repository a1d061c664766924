"""What a run of stages says at its end (tests/report.py)."""
import pathlib
import tempfile
import unittest

import report


class Report(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name, "run")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def stages(self, *rows, run="."):
        self.write(f"{run}/stages.tsv", "".join("\t".join(row) + "\n" for row in rows))

    def ctest(self, name, *cases):
        """Of ctest's kind: (name, what stands in the element)."""
        self.write(name, "<testsuite>" + "".join(
            f'<testcase name="{case}" classname="{case}" time="1.5">{inside}</testcase>' for case, inside in cases) + "</testsuite>")

    def program(self, name, *cases):
        """Of GoogleTest's kind."""
        self.write(name, '<testsuites><testsuite name="Suite">' + "".join(
            f'<testcase name="{case}" classname="Suite" time="0.1">{inside}</testcase>' for case, inside in cases)
            + "</testsuite></testsuites>")

    def told(self):
        text, well = report.report(self.folder, 100)
        return text.splitlines(), well

    def test_all_is_well_when_every_stage_and_every_test_is(self):
        self.stages(("build", "ok", "30"), ("unit", "ok", "10"))
        self.ctest("unit.xml", ("A.b", ""), ("A.c", "<skipped/><system-out>a_test.cpp:7: Skipped\nno root\nend</system-out>"))
        lines, well = self.told()
        self.assertTrue(well)
        self.assertEqual(lines[-2:], ["1 skipped", "1 passed, 0 failed"])
        self.assertIn("skipped in unit: A.c: no root", lines)
        self.assertIn("    1.5 s  unit: A.b", lines)

    def test_nothing_run_is_not_well(self):
        self.stages(("build", "ok", "30"))
        self.assertFalse(self.told()[1])

    def test_a_stage_without_tests_that_failed_is_a_failure_and_says_why(self):
        self.stages(("build", "FAILED", "30"), ("unit", "ok", "10"))
        self.write("build.log", "[1/2]\nx.cpp:1: error: no such thing\n")
        self.ctest("unit.xml", ("A.b", ""))
        lines, well = self.told()
        self.assertFalse(well)
        self.assertEqual(lines[-1], "1 passed, 1 failed")
        self.assertIn("x.cpp:1: error: no such thing", lines)

    def test_a_failed_test_is_told_with_its_output(self):
        self.stages(("unit", "FAILED", "10"))
        self.ctest("unit.xml", ("A.b", "<failure/><system-out>expected 1</system-out>"), ("A.c", ""))
        lines, _ = self.told()
        self.assertEqual(lines[-1], "1 passed, 1 failed")
        self.assertIn("--- A.b", lines)
        self.assertIn("expected 1", lines)

    def test_the_cases_of_a_program_stand_for_it(self):
        self.stages(("unit", "FAILED", "10"))
        self.ctest("unit.xml", ("net_test", "<failure/>"), ("ssh_test", ""))
        self.program("unit.cases/net_test.xml", ("good", ""), ("bad", '<failure message="no"/>'))
        self.program("unit.cases/ssh_test.xml", ("one", ""), ("two", ""))
        lines, _ = self.told()
        self.assertEqual(lines[-1], "3 passed, 1 failed")
        self.assertIn("--- Suite.bad", lines)

    def test_a_program_that_ends_badly_after_its_cases_or_without_a_word_has_failed(self):
        self.stages(("unit", "FAILED", "10"))
        self.ctest("unit.xml", ("net_test", "<failure/><system-out>leaked</system-out>"), ("ssh_test", "<failure/>"))
        self.program("unit.cases/net_test.xml", ("good", ""))
        lines, _ = self.told()
        self.assertEqual(lines[-1], "1 passed, 2 failed")
        self.assertIn("leaked", lines)

    def test_stages_inside_a_stage_fail_once(self):
        self.stages(("test", "FAILED", "40"))
        self.stages(("unit", "FAILED", "10"), ("chart", "ok", "20"), run="test")
        self.ctest("test/unit.xml", ("A.b", "<failure/>"))
        self.ctest("test/chart.xml", ("c", ""))
        lines, _ = self.told()
        self.assertEqual(lines[-1], "1 passed, 1 failed")

    def test_a_stage_that_has_grown_by_more_than_a_fifth_is_named(self):
        self.stages(("build", "ok", "30"), ("unit", "ok", "61"), ("demo", "ok", "4"), ("new", "ok", "99"))
        self.stages(("build", "ok", "28"), ("unit", "ok", "50"), ("demo", "ok", "1"), run="../run.last")
        lines, _ = self.told()
        grown = [line.split()[0] for line in lines if "has grown" in line]
        self.assertEqual(grown, ["unit"])
