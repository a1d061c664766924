"""The results as tables for people and as JSON for programs."""
import json
import os
import platform
import statistics
import subprocess
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

from scenarios import Metric


def first_line(*command):
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.stdout.splitlines()[0].strip()


def machine(towline):
    cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    cpus = [line.split(":", 1)[1].strip() for line in cpuinfo if line.startswith("model name")]
    return {
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "cpu": f"{os.cpu_count()} x {cpus[0] if cpus else platform.machine()}",
        "kernel": platform.release(),
        "congestion control": Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text(encoding="ascii").strip(),
        "load average before": " ".join(f"{number:.1f}" for number in os.getloadavg()),
        "ssh and sshd": first_line("ssh", "-V"),
        "towline": first_line(str(towline), "version"),
    }


def short(number):
    if number is None:
        return "–"
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


@dataclass
class Report:
    """What was measured where. `names` are the two that are compared: the ratio is the second's to the first's."""

    facts: dict
    names: list
    metrics: list

    @classmethod
    def of_json(cls, text):
        whole = json.loads(text)
        metrics = [Metric(**{key: value for key, value in each.items() if key != "ratio"}) for each in whole["metrics"]]
        return cls(whole["machine"], whole["contestants"], metrics)

    def as_json(self):
        """A line for each metric: results are kept."""
        rows = ",\n".join(json.dumps({**asdict(metric), "ratio": self.ratio(metric)}) for metric in self.metrics)
        return (f'{{"machine": {json.dumps(self.facts, indent=1)},\n"contestants": {json.dumps(self.names)},\n'
                f'"metrics": [\n{rows}\n]}}\n')

    def metric(self, name):
        return next((each for each in self.metrics if each.name == name), None)

    def median(self, name, contestant):
        """None where that was not measured."""
        metric = self.metric(name)
        return median(metric, contestant) if metric else None

    def compared(self, metrics):
        """The two names that stand first in the table of these metrics; autossh, where the first took no part."""
        first, second = self.names
        present = {name for metric in metrics for name in metric.samples}
        return [first if first in present else "autossh", second]

    def ratio(self, metric):
        """The median of the rounds' ratios: what slows a whole round down cancels out. None if there is no such thing."""
        first, second = (metric.samples.get(name, []) for name in self.compared([metric]))
        ratios = [after / before for before, after in zip(first, second) if before]
        return statistics.median(ratios) if ratios else None


def median(metric, contestant):
    samples = metric.samples.get(contestant)
    return statistics.median(samples) if samples else None


def verdict(target, number):
    if not target or number is None:
        return ""
    relation, bound = target.split()
    met = number >= float(bound) if relation == ">=" else number <= float(bound)
    return f"{target}: {'met' if met else '**missed**'}"


EXPLANATION = """\
Medians of all rounds; the ratio is the median of the rounds' ratios. CPU is user and system time of the forwarding
process alone. GB and MB are powers of ten. "up" is from the local client to the target behind the server.
"""


def table(report, metrics):
    """One row for each metric; the two that are compared first, then their ratio, then the others."""
    first, second = report.compared(metrics)
    others = [name for name in dict.fromkeys(name for metric in metrics for name in metric.samples)
              if name not in (first, second)]
    judged = report.names[0] == "ssh" and any(metric.target for metric in metrics)
    head = ["what", "unit", first, second, f"{second} / {first}", *others, *(["target"] if judged else [])]
    rows = [head, ["---", "---", *["---:"] * (3 + len(others)), *(["---"] if judged else [])]]
    for metric in metrics:
        ratio = report.ratio(metric)
        numbers = [median(metric, first), median(metric, second), ratio, *(median(metric, name) for name in others)]
        texts = [short(number) for number in numbers]
        rows.append([metric.name, metric.unit, *texts, *([verdict(metric.target, ratio)] if judged else [])])
    return "".join(f"| {' | '.join(row)} |\n".replace("|  |", "| |") for row in rows)


def groups(metrics):
    return {name: [metric for metric in metrics if metric.group == name]
            for name in dict.fromkeys(metric.group for metric in metrics)}


def markdown(report):
    facts = "".join(f"- {key}: {value}\n" for key, value in report.facts.items())
    tables = (f"\n### {name}\n\n{table(report, metrics)}" for name, metrics in groups(report.metrics).items())
    return f"{facts}\n{EXPLANATION}{''.join(tables)}"
