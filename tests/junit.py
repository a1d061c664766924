"""What became of tests, as JUnit XML: written by the suites that are Python, read by report.py."""
import dataclasses
import os
import pathlib
import xml.etree.ElementTree as ET


@dataclasses.dataclass
class Case:
    name: str
    seconds: float
    result: str = "passed"  # or failed, skipped
    why: str = ""


def write(cases):
    """Beside the stage's log, where a run of stages asks for it (scripts/stages)."""
    folder, stage = os.environ.get("RUN_RESULTS"), os.environ.get("RUN_STAGE")
    if not folder or not stage:
        return
    suite = ET.Element("testsuite", name=stage)
    for case in cases:
        element = ET.SubElement(suite, "testcase", name=case.name, time=f"{case.seconds:.3f}")
        if case.result != "passed":
            ET.SubElement(element, {"failed": "failure", "skipped": "skipped"}[case.result], message=case.why)
    ET.ElementTree(suite).write(pathlib.Path(folder, stage + ".xml"), encoding="unicode")


def read(path):
    """The cases in a file by this module, ctest (which has the output of a test, not a message) or GoogleTest."""
    cases = []
    for element in ET.parse(path).getroot().iter("testcase"):
        name = element.get("name")
        if element.get("classname") not in (None, name):
            name = f"{element.get('classname')}.{name}"
        case = Case(name, float(element.get("time") or 0))
        for result, tag in (("skipped", "skipped"), ("failed", "failure")):
            if (found := element.find(tag)) is not None:
                case.result = result
                case.why = (element.findtext("system-out") or found.get("message") or "").strip()
        cases.append(case)
    return cases
