"""Every file of compose/ as it is shipped, with real SSH servers; jnovack/autossh's own scene; and the network breaking."""
import http.server
import json
import os
import re
import shutil
import subprocess
import threading

import rig
from rig import docker, eventually, inspect
from scene import Outside, Project

FILES = ("local", "remote", "dynamic", "share", "expose", "multi", "hardened", "shared-network", "monitoring", "migration", "test-rig")
HELLO = "Hello from the far end."
NOISE = 10  # seconds that a busy machine may take for what takes none


def says_hello(project, times=1):
    eventually(60, "the app got its page", lambda: project.logs("app").count(HELLO) >= times)


def files_keep_the_rules(outside):
    for name in FILES:
        config = outside.project(name).config()
        raw = (outside.folder / f"{name}.yaml").read_text()
        assert "version" not in config and "\nversion:" not in raw, name
        # Otherwise the folder names them all, and one file's `up` replaces another's tunnel.
        assert re.search(r"^name: (.*)", raw, re.MULTILINE).group(1) == f"towline-{name}", name
        for service, settings in config["services"].items():
            where = f"{name}.yaml, {service}"
            assert "container_name" not in settings, where
            assert settings.get("network_mode") != "host", where
            assert ":" in settings["image"] and not settings["image"].endswith(":latest"), where
            for volume in settings.get("volumes", []):
                assert "/.ssh" not in volume["source"], where
            for port in settings.get("ports", []):
                assert port.get("host_ip") == "127.0.0.1", where


def local(outside):
    with outside.project("local") as project:
        project.up()
        says_hello(project)


def remote(outside):
    with outside.project("remote") as project:
        project.up()
        assert HELLO in outside.fetch("http://127.0.0.1:18080/")


def dynamic(outside):
    with outside.project("dynamic") as project:
        project.up()
        says_hello(project)
        page = rig.run("curl", "-fsS", "--max-time", "5", "-x", f"socks5h://127.0.0.1:{outside.socks_port}", "http://localhost/")
        assert HELLO in page


def share(outside):
    with outside.project("share") as project:
        project.up()
        server = docker("exec", outside.server, "uname", "-n").strip()
        eventually(60, "the app ran its command on the server", lambda: server in project.logs("app"))
        ssh = "ssh -p 2222 anybody@tunnel"
        project.execute("app", "sh", "-c", f"echo kept | {ssh} 'cat > file' && test \"$({ssh} cat file)\" = kept")
        assert project.execute("app", "sh", "-c", f"{ssh} exit 7", check=False).returncode == 7


def expose(outside):
    secrets, names = outside.folder / "secrets", outside.names

    def visit(name, *options):
        return rig.run("curl", "-sS", "--max-time", "5", "--cacert", secrets / "ca.pem", "--connect-to",
                       f"{name}.{names}:443:127.0.0.1:{outside.https_port}", *options, f"https://{name}.{names}/", check=False)

    with outside.project("expose") as project:
        project.up()
        eventually(60, "the page comes by its name", lambda: HELLO in visit("web").stdout)
        nobody = visit("nobody", "-i").stdout
        assert " 404 " in nobody and "towline-reason: unknown_host" in nobody.lower(), nobody
        redirect = rig.run("curl", "-sSi", "--max-time", "5", "-H", f"Host: web.{names}", f"http://127.0.0.1:{outside.http_port}/")
        assert " 308 " in redirect and f"location: https://web.{names}" in redirect.lower(), redirect

        # A stock client from outside of the project, in front of a web server that only it reaches.
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Greeting) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            stock = subprocess.Popen(
                ["ssh", "-F", "none", "-N", "-p", str(outside.ssh_port), "-i", secrets / "app", "-o", "BatchMode=yes",
                 "-o", "ExitOnForwardFailure=yes", "-o", "HostKeyAlias=[entrance]:2222",
                 "-o", f"UserKnownHostsFile={secrets / 'entrance_known_hosts'}",
                 "-R", f"stock:80:127.0.0.1:{server.server_port}", "anybody@127.0.0.1"])
            try:
                said = eventually(30, "the stock client's page comes", lambda: f"Host: stock.{names}" in visit("stock").stdout)
                print(f"       reached after {said:.1f} s")
                assert "X-Forwarded-Proto: https" in visit("stock", "-H", "X-Forwarded-Proto: gopher").stdout
            finally:
                stock.terminate()
                stock.wait()
                server.shutdown()
        eventually(10, "its name is nobody's", lambda: "unknown_host" in visit("stock", "-i").stdout)

        project.compose("kill", "client")
        eventually(10, "the name is nobody's", lambda: "unknown_host" in visit("web", "-i").stdout)
        project.compose("start", "client")
        eventually(60, "the page is back", lambda: HELLO in visit("web").stdout)

        # A certificate that replaces another one is shown without a restart.
        before = rig.state(project.container("entrance"))["StartedAt"]
        certificate = outside.make_certificate()
        eventually(30 + NOISE, "the new certificate is shown", lambda: certificate in rig.run(
            "openssl", "s_client", "-connect", f"127.0.0.1:{outside.https_port}", "-servername", f"web.{names}", timeout=10))
        assert rig.state(project.container("entrance"))["StartedAt"] == before


class Greeting(http.server.BaseHTTPRequestHandler):
    """Shows a visitor what it has sent."""

    def do_GET(self):  # pylint: disable=invalid-name
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.headers).encode())

    def log_message(self, *_):
        pass


def multi(outside):
    with outside.project("multi") as project:
        project.up()
        says_hello(project, times=2)
        assert HELLO in outside.fetch("http://127.0.0.1:18080/")
        for name in ("site", "docs", "socks", "publish"):
            project.execute("app", "curl", "-fsS", f"http://tunnel:9022/readyz/{name}")


def hardened(outside):
    with outside.project("hardened") as project:
        project.up()
        says_hello(project)
        settings = inspect(project.container("tunnel"))
        host = settings["HostConfig"]
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and host["PidsLimit"] == 16, host
        assert host["SecurityOpt"] == ["no-new-privileges:true"] and host["Memory"] == 128 << 20, host
        pid = settings["State"]["Pid"]
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            fields = dict(line.rstrip().split(":\t", 1) for line in status if ":\t" in line)
        assert fields["CapEff"] == fields["CapBnd"] == "0" * 16, fields["CapEff"]
        assert fields["NoNewPrivs"] == "1" and fields["Uid"].split()[0] == str(rig.UID), fields
        # The app reaches the tunnel and nothing else.
        out = project.execute("app", "curl", "-fsS", "--max-time", "3", f"telnet://{outside.address}:{outside.port}", check=False)
        assert out.returncode != 0, "the app's network has a way out"


def shared_network(outside):
    with outside.project("shared-network") as project:
        project.up()
        says_hello(project)
        before = rig.state(project.container("tunnel"))["StartedAt"]
        project.compose("restart", "-t", "2", "app")
        eventually(60, "compose restarted the tunnel too", lambda: rig.state(project.container("tunnel"))["StartedAt"] != before)
        eventually(60, "the app reaches its localhost again", lambda: HELLO in project.execute(
            "app", "curl", "-fsS", "--max-time", "3", "http://localhost:8080/"))


class Prometheus:
    def __init__(self, port):
        self.port = port

    def ask(self, path):
        return json.loads(rig.run("curl", "-fsS", f"http://127.0.0.1:{self.port}/api/v1/{path}"))["data"]

    def sees(self, query):
        return [result["value"][1] for result in self.ask(f"query?query={query}")["result"]]

    def rules(self):
        return [rule for group in self.ask("rules")["groups"] for rule in group["rules"]]

    def alerts(self):
        """Those that fire or are about to: (name, forward, state)."""
        return [(alert["labels"]["alertname"], alert["labels"].get("forward"), alert["state"])
                for alert in self.ask("alerts")["alerts"]]


def monitoring(outside):
    with outside.project("monitoring") as project:
        project.up()
        prometheus = Prometheus(outside.prometheus_port)
        eventually(60, "Prometheus sees the forward", lambda: prometheus.sees("towline_forward_up") == ["1"])
        assert len(prometheus.rules()) >= 5, prometheus.rules()
        # Until the first scrape one of them waits whether towline is missing.
        eventually(60, "every alert was evaluated and none is about to fire", lambda: not prometheus.alerts() and all(
            rule["health"] == "ok" for rule in prometheus.rules()))
        grafana = project.config()["configs"]
        for name in ("datasource", "provider", "dashboard"):
            assert os.path.getsize(grafana[name]["file"]) > 0, name
        json.loads(open(grafana["dashboard"]["file"], encoding="utf-8").read())


def prometheus_fires_the_down_alert(outside):
    """The shipped alerts and a server that goes silent; what is shorter in this copy is how long Prometheus waits."""
    quick = outside.folder / "quick"
    quick.mkdir()
    for source, old, new in (("monitoring/prometheus.yml", "_interval: 15s", "_interval: 1s"),
                             ("../helm/towline/rules/towline.rules.yaml", "for: 2m", "for: 5s")):
        text = (outside.folder / source).read_text()
        assert old in text, f"{source} has no {old}"
        (quick / os.path.basename(source)).write_text(text.replace(old, new))
    (outside.folder / "quick.yaml").write_text(
        "configs: {prometheus: {file: ./quick/prometheus.yml}, rules: {file: ./quick/towline.rules.yaml}}\n"
        "services: {tunnel: {environment: {SSH_SERVER_ALIVE_INTERVAL: 1}}}\n")
    dead_after, pending = 1 * (3 + 1), 5
    with outside.project("monitoring", "quick") as project:
        project.up()
        prometheus = Prometheus(outside.prometheus_port)
        eventually(60, "Prometheus sees the forward and nothing wrong",
                   lambda: prometheus.sees("towline_forward_up") == ["1"] and not prometheus.alerts())
        with rig.paused(outside.server):
            took = eventually(dead_after + pending + 3 + NOISE, "the alert fires",
                              lambda: ("SSHTunnelDown", "site", "firing") in prometheus.alerts())
            print(f"       fires after {took:.1f} s")
        eventually(30 + NOISE, "the alert is over", lambda: not prometheus.alerts())


def migration(outside):
    # The old file's key: root's, 0600.
    key = outside.folder / "secrets/id_ed25519"
    os.chown(key, 0, 0)
    key.chmod(0o600)
    try:
        with outside.project("migration") as project:
            project.up()
            assert HELLO in outside.fetch("http://127.0.0.1:18080/")
    finally:
        os.chown(key, rig.UID, rig.UID)


def autossh_scene(keys):
    with Project(rig.ROOT / "tests/e2e/compose/autossh.yaml", KEYS=keys) as project:
        project.up()
        said = project.compose("run", "--rm", "-T", "source")
        assert said.split()[-1] == "target", said


# --- the network breaks -----------------------------------------------------------------------------------------

class Faults:
    """test-rig.yaml with keepalives of a second."""
    settings = {"SSH_SERVER_ALIVE_INTERVAL": 1, "SSH_SERVER_ALIVE_COUNT_MAX": 2, "TOWLINE_BACKOFF_MAX": "2s"}
    dead_after = 1 * (2 + 1)
    # An attempt that began before the network came back (SSH_CONNECT_TIMEOUT), the pause after it, and asking for a port
    # that the server's lost session holds; the server (its sshd_config) ends that one after 12 s, meanwhile.
    back_after = 15 + 2 + 1.5

    def __init__(self, project):
        self.project = project
        self.server = self.tunnel = None
        self.lost = 0  # sessions

    def come_up(self):
        if self.tunnel:
            return
        self.project.up("tunnel", "target")
        self.server, self.tunnel = self.project.container("server"), self.project.container("tunnel")
        self.network = f"{self.project.name}_outside"

    def ask(self, path):
        """What the tunnel's admin port says: the status and the text."""
        networks = inspect(self.tunnel)["NetworkSettings"]["Networks"]
        out = rig.run("curl", "-sS", "--max-time", "5", "-w", "%{http_code}",
                      f"http://{networks[self.network]['IPAddress']}:9022{path}")
        return int(out[-3:]), out[:-3]

    def carries(self):
        return HELLO in self.project.compose("run", "--rm", "-T", "--no-deps", "client")

    def notices(self):
        """The server has just gone silent."""
        took = eventually(self.dead_after + NOISE, "/readyz says 503", lambda: self.ask("/readyz")[0] == 503)
        assert self.ask("/livez")[0] == 200, "not alive"
        # Attempts may have failed in the meantime, and then theirs is the reason.
        status, said = self.ask("/readyz/main")
        assert status == 503 and re.fullmatch(r"not ready: reason=(rx_timeout|dns|timeout) forward=main\n", said), said
        metrics = self.ask("/metrics")[1]
        assert 'towline_forward_up{forward="main"} 0\n' in metrics, metrics
        lost = re.search(r'towline_ssh_disconnects_total{forward="main",reason="rx_timeout"} (\d+)', metrics)
        self.lost += 1
        assert int(lost[1]) == self.lost, lost[0]
        print(f"       not ready after {took:.1f} s")

    def recovers(self):
        """The server is back. Once ready, the first connection gets through."""
        took = eventually(self.back_after + NOISE, "/readyz says 200", lambda: self.ask("/readyz")[0] == 200)
        assert self.carries()
        print(f"       ready again after {took:.1f} s")
        eventually(10 + NOISE, "the engine calls it healthy", lambda: rig.health(self.tunnel) == "healthy")
        container = inspect(self.tunnel)
        assert container["State"]["Running"] and container["RestartCount"] == 0, container["State"]


def test_rig(faults):
    faults.come_up()
    assert faults.ask("/readyz?verbose")[0] == 200 and faults.carries()


def server_paused(faults):
    faults.come_up()
    with rig.paused(faults.server):
        faults.notices()
    faults.recovers()


def server_disconnected(faults):
    faults.come_up()
    docker("network", "disconnect", faults.network, faults.server)
    try:
        faults.notices()
    finally:
        docker("network", "connect", "--alias", "server", faults.network, faults.server)
    faults.recovers()


def packets_dropped(faults):
    faults.come_up()
    inside = ("nsenter", "-t", inspect(faults.server)["State"]["Pid"], "-n", "iptables")
    rig.run(*inside, "-I", "INPUT", "-p", "tcp", "--dport", "22", "-j", "DROP")
    rig.run(*inside, "-I", "OUTPUT", "-p", "tcp", "--sport", "22", "-j", "DROP")
    try:
        faults.notices()
    finally:
        rig.run(*inside, "-F")
    faults.recovers()


def server_restarted(faults):
    faults.come_up()
    docker("restart", "-t", "1", faults.server)
    # Its end need not have said a word: until the deadline the old session counts.
    eventually(faults.dead_after + faults.back_after + NOISE, "a page comes through again", faults.carries)
    faults.recovers()


def towline_restarted(faults):
    faults.come_up()
    docker("restart", "-t", "10", faults.tunnel)
    faults.recovers()


def main():
    suite = rig.Suite(__doc__)
    suite.check(rig.build_images, name="the_images_build")
    with rig.folder() as folder:
        outside = Outside(folder)
        try:
            suite.check(files_keep_the_rules, outside)
            for test in (local, remote, dynamic, share, expose, multi, hardened, shared_network, monitoring,
                         prometheus_fires_the_down_alert, migration):
                suite.check(test, outside, on_failure=outside.containers.logs)
        finally:
            outside.containers.close()
    with rig.folder() as keys:
        rig.make_keys(keys)
        shutil.copy(keys / "id_ed25519", keys / "id_root")
        (keys / "id_root").chmod(0o600)
        suite.check(autossh_scene, keys)
    rig_file = rig.ROOT / "compose/test-rig.yaml"
    with Project(rig_file, **Faults.settings) as project:
        faults = Faults(project)
        for test in (test_rig, server_paused, server_disconnected, packets_dropped, server_restarted, towline_restarted):
            suite.check(test, faults, on_failure=lambda: project.logs("tunnel")[-4000:])
    suite.end()


if __name__ == "__main__":
    main()
