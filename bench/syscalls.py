"""Counts the system calls of a running process: with perf, which does not slow it, or else with strace."""
import json
import re
import shutil
import subprocess

NAMES = ["sendto", "sendmsg", "write", "writev", "recvfrom", "recvmsg", "read", "readv", "setsockopt",
         "epoll_wait", "epoll_ctl", "poll", "ppoll", "futex", "getpid", "getrandom"]
ALL = "raw_syscalls:sys_enter"


def counter():
    """The name of the program that counts here; "" if there is none."""
    if shutil.which("perf"):
        probe = subprocess.run(["perf", "stat", "-e", ALL, "true"], capture_output=True, text=True, check=False)
        if probe.returncode == 0 and "not supported" not in probe.stderr:
            return "perf"
    return "strace" if shutil.which("strace") else ""


def count(pid, load, directory):
    """Runs the load; returns what it printed and {name: calls} of the process meanwhile."""
    by = with_perf if counter() == "perf" else with_strace
    file = directory / "syscalls"
    said, calls = by(pid, load, file)
    return json.loads(said), summed(calls)


def summed(calls):
    """The calls by name, those of no name we know as `others`, and all of them."""
    known = {name: calls.get(name, 0) for name in NAMES}
    return {**known, "others": sum(calls.values()) - sum(known.values()), "all": sum(calls.values())}


def with_perf(pid, load, file):
    events = ",".join([ALL, *(f"syscalls:sys_enter_{name}" for name in NAMES)])
    command = ["perf", "stat", "-x", ";", "-o", file, "-e", events, "-p", str(pid), "--", *load]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=60)
    return done.stdout, of_perf(file.read_text(encoding="utf-8"))


def of_perf(text):
    rows = re.findall(r"^(\d+);[^;]*;\w+:sys_enter_?(\w*);", text, re.MULTILINE)
    counted = {name: int(number) for number, name in rows}
    every = counted.pop("")
    return {**counted, "others": max(0, every - sum(counted.values()))}


def with_strace(pid, load, file):
    tracer = subprocess.Popen(["strace", "-c", "-f", "-o", file, "-p", str(pid)], stderr=subprocess.PIPE)
    try:
        tracer.stderr.readline()  # "strace: Process 1 attached"
        done = subprocess.run(load, check=True, stdout=subprocess.PIPE, timeout=60)
    finally:
        tracer.terminate()
        tracer.communicate()
    return done.stdout, of_strace(file.read_text(encoding="utf-8"))


def of_strace(text):
    rows = (line.split() for line in text.splitlines())
    return {row[-1]: int(row[3]) for row in rows if len(row) >= 5 and row[3].isdigit() and row[-1] != "total"}
