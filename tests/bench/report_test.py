"""The arithmetic of bench/run, and what it reads from other programs."""
import pathlib
import sys
import unittest
import xml.etree.ElementTree as xml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

import pages  # noqa: E402
import plots  # noqa: E402
import report  # noqa: E402
import scenarios  # noqa: E402
import syscalls  # noqa: E402


def metric(name, samples, group="bulk", unit="GB/s", target=""):
    return scenarios.Metric(group, name, unit, target, samples)


def report_of(*metrics, names=("ssh", "towline")):
    return report.Report({"cpu": "one"}, list(names), list(metrics))


class Ratio(unittest.TestCase):
    def test_is_the_median_of_the_rounds_and_not_the_ratio_of_medians(self):
        slow_round = metric("speed", {"ssh": [1.0, 10.0, 2.0], "towline": [3.0, 10.0, 4.0]})
        self.assertEqual(report_of().ratio(slow_round), 2.0)

    def test_leaves_out_a_round_with_nothing_to_compare_with(self):
        self.assertEqual(report_of().ratio(metric("calls", {"ssh": [0, 2], "towline": [5, 1]})), 0.5)

    def test_is_none_where_one_took_no_part(self):
        self.assertIsNone(report_of().ratio(metric("readyz", {"towline": [5]})))

    def test_is_to_autossh_where_ssh_took_no_part(self):
        self.assertEqual(report_of().ratio(metric("back", {"autossh": [4], "towline": [1]})), 0.25)


class Table(unittest.TestCase):
    def test_has_the_two_their_ratio_and_then_the_others(self):
        both = [metric("up", {"direct": [8], "ssh": [1], "towline": [2]}, target=">= 1.0"), metric("down", {"ssh": [4]})]
        self.assertEqual(report.table(report_of(), both).splitlines(), [
            "| what | unit | ssh | towline | towline / ssh | direct | target |",
            "| --- | --- | ---: | ---: | ---: | ---: | --- |",
            "| up | GB/s | 1.00 | 2.00 | 2.00 | 8.00 | >= 1.0: met |",
            "| down | GB/s | 4.00 | – | – | – | |"])

    def test_says_what_was_missed(self):
        table = report.table(report_of(), [metric("up", {"ssh": [2], "towline": [1]}, target=">= 1.0")])
        self.assertIn("**missed**", table)

    def test_judges_against_ssh_only(self):
        other = report_of(names=("before", "towline"))
        table = report.table(other, [metric("up", {"before": [2], "towline": [1]}, target=">= 1.0")])
        self.assertNotIn("target", table)


class Json(unittest.TestCase):
    def test_makes_the_same_report_again(self):
        whole = report_of(metric("up", {"ssh": [1.5, 2.5], "towline": [2.0, 3.0]}), metric("readyz", {"towline": [5]}))
        self.assertEqual(report.Report.of_json(whole.as_json()), whole)


class SystemCalls(unittest.TestCase):
    PERF = """# started on Sun Nov 29 21:27:57 2026

120;;raw_syscalls:sys_enter;1263106;100.00;;
70;;syscalls:sys_enter_sendmsg;1263106;100.00;;
<not counted>;;syscalls:sys_enter_writev;0;100.00;;
30;;syscalls:sys_enter_epoll_wait;1263106;100.00;;
"""
    STRACE = """% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 60.00    0.000600           1        70           sendmsg
 30.00    0.000300           1        30         2 epoll_wait
 10.00    0.000100           1        20           madvise
------ ----------- ----------- --------- --------- ----------------
100.00    0.001000           1       120         2 total
"""

    def test_are_the_same_by_perf_and_by_strace(self):
        by_perf = syscalls.summed(syscalls.of_perf(self.PERF))
        by_strace = syscalls.summed(syscalls.of_strace(self.STRACE))
        self.assertEqual(by_perf, by_strace)
        self.assertEqual({name: count for name, count in by_perf.items() if count},
                         {"sendmsg": 70, "epoll_wait": 30, "others": 20, "all": 120})


class Pages(unittest.TestCase):
    def test_have_a_table_between_the_marks_and_nothing_else_changed(self):
        page = "before\n<!-- results: bulk -->\nold\n<!-- /results -->\nafter\n"
        filled = pages.filled(report_of(metric("up", {"ssh": [1], "towline": [2]})), page)
        self.assertTrue(filled.startswith("before\n<!-- results: bulk -->\n\n| what |"), filled)
        self.assertTrue(filled.endswith("|\n\n<!-- /results -->\nafter\n"), filled)
        self.assertNotIn("old", filled)

    def test_can_be_made_of_the_results_of_any_scenario_alone(self):
        """A drawing without its numbers is empty, and still one."""
        for results in (report_of(), report_of(metric("memory, no connection: RSS", {"ssh": [9], "towline": [8]}))):
            for draw in pages.DRAWN.values():
                xml.fromstring(draw(results))


class Bars(unittest.TestCase):
    def widths(self, chart):
        return [float(mark.get("width")) for mark in xml.fromstring(plots.bars(chart)).iter() if mark.get("rx") == "2"]

    def test_are_as_long_as_the_numbers_say(self):
        half, whole = self.widths(plots.Bars("t", ["x"], [("g", [("ssh", [2]), ("towline", [4])], None)]))
        self.assertAlmostEqual(half * 2, whole, delta=0.2)

    def test_have_a_scale_for_each_group_or_one_for_all(self):
        groups = [("a", [("ssh", [1])], None), ("b", [("ssh", [4])], None)]
        own = self.widths(plots.Bars("t", ["x"], groups))
        shared = self.widths(plots.Bars("t", ["x"], groups, shared=True))
        self.assertEqual(own[0], own[1])
        self.assertAlmostEqual(shared[0] * 4, shared[1], delta=0.4)

    def test_leave_a_place_empty_where_nothing_was_measured(self):
        self.assertEqual(len(self.widths(plots.Bars("t", ["x", "y"], [("g", [("ssh", [None, 1])], None)]))), 1)


class Names(unittest.TestCase):
    def test_beside_lines_do_not_cover_one_another(self):
        self.assertEqual(plots.apart([(12, "b"), (10, "a"), (60, "c")]), [(60, "c"), (12, "b"), (-3, "a")])


if __name__ == "__main__":
    unittest.main()
