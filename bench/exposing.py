"""The public entrance beside what people build without one: nginx in front of the ports that sshd opens for `ssh -R`."""
import contextlib
import os
import re
import subprocess

import testbed
from processes import Process, answers_200, eventually, free_port, greets, ready

HOST = "app.bench.test"
CONNECTIONS = 32
BIG_MEGABYTES = 64
IDLE = 20
# The bench's folder is for its owner alone; without root nginx knows no other user, and says so where one is named.
USER = "user root; " if os.geteuid() == 0 else ""
APP = """
{user}daemon off; worker_processes 1; pid {folder}/app.pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; keepalive_requests 1000000; client_body_temp_path {folder}/app_body;
  server {{
    listen 127.0.0.1:{port} backlog=4096;
    location / {{ return 200 "{text}"; }}
    location /big {{ alias {folder}/big; }}
  }}
}}
"""
FRONT = """
{user}daemon off; worker_processes auto; pid {folder}/front.pid; error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000;
  client_body_temp_path {folder}/front_body; proxy_temp_path {folder}/front_proxy;
  upstream app {{ server 127.0.0.1:{target}; keepalive 64; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=4096; server_name {host};
    location / {{
      proxy_pass http://app; proxy_http_version 1.1;
      proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme;
    }}
  }}
}}
"""


class Entrance:
    """Visitors connect to `port`; `pids()` are the processes between them and the client; `more(n)` is n more clients."""

    def __init__(self, port, pids, more):
        self.port = port
        self.pids = pids
        self.more = more

    def cpu_seconds(self):
        return sum(map(cpu_of, self.pids()))


def cpu_of(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def below(pid):
    """The process and all that it has started."""
    found = [pid]
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            for child in file.read().split():
                found += below(int(child))
    return found


def nginx(bench, name, text):
    config = bench.directory / f"{name}.conf"
    config.write_text(text, encoding="utf-8")
    return Process(["/usr/sbin/nginx", "-p", str(bench.directory), "-c", str(config)], bench.directory / f"{name}.log")


@contextlib.contextmanager
def app(bench):
    port = free_port()
    big = bench.directory / "big"
    with open(big, "wb") as file:
        file.truncate(BIG_MEGABYTES << 20)
    with nginx(bench, "app", APP.format(user=USER, folder=bench.directory, port=port, text="x" * 1000)) as server:
        ready(server, lambda: answers_200(port, "/"))
        yield port


def clients(bench, sshd, port, forwards):
    """Stock ssh clients of `port`, one for each forward."""
    stack = contextlib.ExitStack()
    for forward in forwards:
        command = bench.ssh_command(sshd, "-N", "-o", "ExitOnForwardFailure=yes", "-R", forward, port=port)
        stack.enter_context(Process(command, bench.directory / "client.log", env=bench.environment))
    return stack


def serves(port):
    done = subprocess.run(["curl", "-sf", "-m", "2", "-o", os.devnull, "-H", f"Host: {HOST}", f"http://127.0.0.1:{port}/"],
                          check=False)
    return done.returncode == 0


def in_front_of_sshd(bench):
    @contextlib.contextmanager
    def start(sshd):
        port, target = free_port(), free_port()
        front = FRONT.format(user=USER, folder=bench.directory, port=port, target=target, host=HOST)
        with app(bench) as behind, \
                clients(bench, sshd, sshd.port, [f"127.0.0.1:{target}:127.0.0.1:{behind}"]), \
                nginx(bench, "front", front) as server:
            eventually("nginx in front of sshd", lambda: serves(port))

            def more(count):
                ports = [free_port() for _ in range(count)]
                return clients(bench, sshd, sshd.port, [f"127.0.0.1:{each}:127.0.0.1:{behind}" for each in ports])

            yield Entrance(port, lambda: below(server.child.pid) + below(sshd.child.pid), more)

    return start


def exposed(bench, binary):
    @contextlib.contextmanager
    def start(sshd):
        port, ssh_port, admin = free_port(), free_port(), free_port()
        environment = {"SSH_MODE": "expose", "TOWLINE_SSH_LISTEN": f"127.0.0.1:{ssh_port}",
                       "TOWLINE_HTTP_LISTEN": f"127.0.0.1:{port}", "TOWLINE_EXPOSE_DOMAIN": HOST.split(".", 1)[1],
                       "TOWLINE_HOST_KEY_FILE": bench.directory / "host_key",
                       "TOWLINE_AUTHORIZED_KEYS_FILE": bench.directory / "user_key.pub",
                       "TOWLINE_EXPOSE_PER_IP": "100000", "TOWLINE_ADMIN_LISTEN": f"127.0.0.1:{admin}",
                       "TOWLINE_DRAIN_TIMEOUT": "0"}
        texts = {name: str(value) for name, value in environment.items()}
        with app(bench) as behind, Process([str(binary)], bench.directory / "forwarder.log", env=texts) as towline:
            ready(towline, lambda: answers_200(admin, "/readyz") and greets(ssh_port))
            with clients(bench, sshd, ssh_port, [f"{HOST}:80:127.0.0.1:{behind}"]):
                eventually("the entrance", lambda: serves(port))

                def more(count):
                    return clients(bench, sshd, ssh_port, [f"n{each}:80:127.0.0.1:{behind}" for each in range(count)])

                yield Entrance(port, lambda: [towline.child.pid], more)

    return start


def wrk(entrance, seconds, connections=CONNECTIONS, *words):
    """What wrk has seen: requests, requests/s, p99 in ms."""
    command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--latency", "-H", f"Host: {HOST}", *words,
               f"http://127.0.0.1:{entrance.port}/"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 60).stdout
    if "Non-2xx" in said:
        raise RuntimeError(f"not all were answered:\n{said}")
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", said).groups()
    return {"requests": int(re.search(r"(\d+) requests in", said)[1]),
            "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1]),
            "p99": float(number) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]}


def download(entrance):
    return ["curl", "-sf", "-o", os.devnull, "-w", "%{speed_download}", "-H", f"Host: {HOST}",
            f"http://127.0.0.1:{entrance.port}/big"]


def requests(entrance, add, seconds):
    before = entrance.cpu_seconds()
    seen = wrk(entrance, seconds)
    add(f"requests on {CONNECTIONS} kept connections", seen["rate"], "1/s")
    add("a request: CPU of what is in between", (entrance.cpu_seconds() - before) * 1e6 / seen["requests"], "us")
    add("a request: p99", seen["p99"], "ms")
    closed = wrk(entrance, seconds, CONNECTIONS, "-H", "Connection: close")
    add("connections, one request on each", closed["rate"], "1/s")


def bulk(entrance, add, seconds):
    done = subprocess.run(download(entrance), check=True, capture_output=True, text=True, timeout=300)
    add("bulk by HTTP: throughput", float(done.stdout) / 1e9, "GB/s")
    with subprocess.Popen(["sh", "-c", 'while "$@"; do :; done', "again", *download(entrance)],
                          stdout=subprocess.DEVNULL) as loop:
        try:
            add("a request beside bulk: p99", wrk(entrance, seconds, 4)["p99"], "ms")
        finally:
            loop.terminate()


def idle(entrance, add):
    """What nginx would need for a further name is not counted."""
    def memory():
        return sum(map(own_memory, entrance.pids()))

    before = memory()
    logged_in = len(entrance.pids())
    with entrance.more(IDLE):
        if logged_in > 1:
            eventually("the clients", lambda: len(entrance.pids()) >= logged_in + IDLE)
        else:
            eventually("the clients", lambda: serves_name(entrance.port, IDLE - 1))
        add("memory for an idle name: PSS", (memory() - before) / IDLE, "kB")


def own_memory(pid):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
            return sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
    return 0


def serves_name(port, number):
    command = ["curl", "-sf", "-m", "2", "-o", os.devnull, "-H", f"Host: n{number}.bench.test", f"http://127.0.0.1:{port}/"]
    return subprocess.run(command, check=False).returncode == 0


def measure(_, entrance, add, lengths):
    seconds = 2 if lengths.bulk_ms < 1000 else 6
    requests(entrance, add, seconds)
    bulk(entrance, add, seconds)
    idle(entrance, add)


def contestants(bench, first, second):
    """Beside another towline: both expose."""
    ways = [testbed.Contestant(each.name, exposed(bench, each.binary)) for each in (first, second) if each.binary]
    return ways if len(ways) == 2 else [testbed.Contestant(first.name, in_front_of_sshd(bench)), *ways]
