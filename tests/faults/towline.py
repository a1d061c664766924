"""The towline under test: started, asked, its log read, ended."""
import http.client
import itertools
import os
import pathlib
import re
import resource
import signal
import subprocess
import threading

import log_lines
from world import eventually

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("TOWLINE_TEST_BINARY") or ROOT / "build/release/towline").resolve()
INSTRUMENTED = "TOWLINE_TEST_INSTRUMENTED" in os.environ  # with sanitizers it needs more of everything
SAMPLE = re.compile(r"(\w+)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'(\w+)="([^"]*)"')


ports = itertools.count(20000)  # below net.ipv4.ip_local_port_range: no connection is given one as its own end


def free_port():
    """The network is the world's own: what was not given yet is free."""
    return next(ports)


def limited(what, soft, hard=None):
    """For `prepare`: a limit that the process begins with."""
    return lambda: resource.setrlimit(what, (soft, soft if hard is None else hard))


def of_user(number):
    """What begins a command as this user, with the rights of root to files: the limit of processes is not for root."""
    return ["setpriv", f"--reuid={number}", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]


class Towline:
    def __init__(self, world, settings, *command, prepare=None, log=None, name="towline"):
        """`settings` that are None are left out. `log` is the file that is its stderr, a file of its own by default."""
        self.world, self.folder = world, world.folder / name
        self.folder.mkdir()
        self.admin_port, self.ports_file = free_port(), self.folder / "ports"
        environment = {"TOWLINE_ADMIN_LISTEN": f"127.0.0.1:{self.admin_port}", "TOWLINE_PORT_FILE": str(self.ports_file),
                       "PATH": os.environ["PATH"], **settings}
        self.log_path, self.log_format = self.folder / "log", settings.get("TOWLINE_LOG_FORMAT", "text")
        with open(self.log_path, "wb") as own:
            out = own if log is None else log
            self.process = subprocess.Popen(
                [*command, BINARY], env={k: str(v) for k, v in environment.items() if v is not None},
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=prepare)
        self.pid = self.process.pid

    # --- what it answers -----------------------------------------------------------------------------------------

    def ask(self, path, seconds=5):
        """Status and body; 0 and why, if there is no answer."""
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=seconds)
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                return answer.status, answer.read().decode()
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as problem:
            return 0, repr(problem)

    def ready(self):
        return self.ask("/readyz")[0] == 200

    def wait_ready(self, seconds=20):
        """Whether it is ready in time; an end of the process is an answer too."""
        return eventually(seconds, lambda: self.ready() or self.ended()) is True and not self.ended()

    def ended(self):
        return self.process.poll() is not None

    def must_be_ready(self, seconds=20):
        if not self.wait_ready(seconds):
            if self.ended():
                raise AssertionError(f"ended with {self.process.returncode}: {self.last_lines(2)}")
            raise AssertionError(f"not ready after {seconds} s: {self.ask('/readyz')[1].strip()}, {self.last_lines(2)}")

    def port(self, name, seconds=10):
        """Where the forward listens, by the port file."""
        port = eventually(seconds, lambda: self.ports().get(name))
        if not port:
            raise AssertionError(f"the port file does not name {name}: {self.ports()}")
        return port

    def ports(self):
        try:
            lines = self.ports_file.read_text().split()
        except OSError:
            return {}
        return {name: int(port) for name, _, port in (line.partition("=") for line in lines)}

    def samples(self):
        """Series of /metrics: name, labels, value."""
        for line in self.ask("/metrics")[1].splitlines():
            if not line.startswith("#") and (found := SAMPLE.fullmatch(line)):
                yield found[1], dict(LABEL.findall(found[2] or "")), float(found[3])

    def total(self, name):
        return sum(value for series, _, value in self.samples() if series == name)

    def reasons(self, *names):
        """What was counted with a reason, as name and reason; of these series, or of all."""
        return {(name, labels["reason"]) for name, labels, value in self.samples()
                if "reason" in labels and value > 0 and (not names or name in names)}

    def lines(self):
        return [line for text in self.log_text().split("\n") if (line := log_lines.parse(text))]

    def log_text(self):
        return self.log_path.read_text(errors="replace")

    def last_lines(self, count):
        return "; ".join(text[25:300] for text in self.log_text().split("\n")[-count - 1:-1])

    # --- what it takes -------------------------------------------------------------------------------------------

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def of_status(self, name):
        """A number of /proc/PID/status: VmRSS and VmHWM in KiB, Threads."""
        found = re.search(rf"^{name}:\s+(\d+)", pathlib.Path(f"/proc/{self.pid}/status").read_text(), re.MULTILINE)
        return int(found[1]) if found else 0

    # --- what is done to it --------------------------------------------------------------------------------------

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=20):
        """Its exit code after SIGTERM, or of its own; None if it has to be killed."""
        if not self.ended():
            self.signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def end_well(self, code=0):
        """Stops it, and looks at what must be true of every run."""
        self.world.expect(self.ended() or self.ask("/livez")[0] == 200, f"/livez says {self.ask('/livez')}")
        got = self.stop()
        self.world.expect(got == code, f"exit code {got} instead of {code}" if got is not None else "SIGTERM does not end it")
        self.judge_log()

    def judge_log(self):
        for raw in dict.fromkeys(self.log_path.read_bytes().split(b"\n")):
            if raw and (why := log_lines.complaint(raw, self.log_format)):
                self.world.wrong.append(why)
        for why in dict.fromkeys(why for line in self.lines() for why in log_lines.untruths(line)):
            self.world.wrong.append(why)
        for sign in ("Sanitizer", "runtime error"):
            self.world.expect(sign not in self.log_text(), f"{sign} in the log")


class Watch:
    """Asks /livez all the time, from its first answer on; what else it says than 200 is wrong."""

    def __init__(self, towline, every=0.25):
        self.towline, self.every = towline, every
        self.answers, self.over = [], threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)

    def look(self):
        eventually(20, lambda: self.over.is_set() or self.towline.ask("/livez")[0] == 200)
        while not self.over.wait(self.every):
            self.answers.append(self.towline.ask("/livez"))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        wrong = [answer for answer in self.answers if answer[0] != 200]
        self.towline.world.expect(not wrong, f"/livez said {wrong[:1]}, {len(wrong)} of {len(self.answers)} times")
