"""The results as a table for people and as JSON for programs."""
import json
import os
import platform
import statistics
import subprocess
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path


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
        "load average": " ".join(f"{number:.1f}" for number in os.getloadavg()),
        "ssh and sshd": first_line("ssh", "-V"),
        "towline": first_line(str(towline), "version"),
    }


def short(number):
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def ratio(metric, first, second):
    """The median of the rounds' ratios: what slows a whole round down cancels out."""
    pairs = zip(metric.samples[first], metric.samples[second])
    return statistics.median(b / a if a else float("inf") for a, b in pairs)


def verdict(target, number):
    if not target:
        return ""
    relation, bound = target.split()
    met = number >= float(bound) if relation == ">=" else number <= float(bound)
    return f"{target}: {'met' if met else '**missed**'}"


def markdown(metrics, names, facts):
    first, second = names
    lines = [*(f"- {key}: {value}" for key, value in facts.items()), "",
             "Medians of all rounds; the ratio is the median of the rounds' ratios. CPU is user and system time of",
             "the forwarding process alone. GB and MB are powers of ten. \"up\" is from the local client to the target",
             "behind the server.", "",
             f"| what | unit | {first} | {second} | {second} / {first} | target |", "|---|---|---:|---:|---:|---|"]
    for metric in metrics:
        both = [short(statistics.median(metric.samples[name])) for name in names]
        quotient = ratio(metric, first, second)
        judged = verdict(metric.target, quotient) if first == "ssh" else ""
        lines.append(f"| {metric.name} | {metric.unit} | {both[0]} | {both[1]} | {quotient:.2f} | {judged} |")
    return "\n".join(lines) + "\n"


def as_json(metrics, names, facts):
    rows = [{**asdict(metric), "ratio": ratio(metric, *names)} for metric in metrics]
    return json.dumps({"machine": facts, "contestants": names, "metrics": rows}, indent=2) + "\n"
