"""Every file of compose/ as it is shipped, with real SSH servers; jnovack/autossh's own scene; and the network breaking."""
import json
import os
import shutil

import rig
from rig import docker, eventually, inspect
from scene import Outside, Project

FILES = ("local", "remote", "dynamic", "multi", "hardened", "shared-network", "monitoring", "migration", "test-rig")
HELLO = "Hello from the far end."


def says_hello(project, times=1):
    eventually(60, "the app got its page", lambda: project.logs("app").count(HELLO) >= times)


def files_keep_the_rules(outside):
    for name in FILES:
        config = outside.project(name).config()
        raw = (outside.folder / f"{name}.yaml").read_text()
        assert "version" not in config and "\nversion:" not in raw, name
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


def monitoring(outside):
    with outside.project("monitoring") as project:
        project.up()

        def ask(path):
            return json.loads(rig.run("curl", "-fsS", f"http://127.0.0.1:{outside.prometheus_port}/api/v1/{path}"))["data"]
        eventually(60, "Prometheus sees the forward", lambda: [
            r["value"][1] for r in ask("query?query=towline_forward_up")["result"]] == ["1"])

        def alerts():
            return [rule for group in ask("rules")["groups"] for rule in group["rules"] if rule["type"] == "alerting"]
        assert len(alerts()) >= 5, alerts()
        # Until the first scrape one of them waits whether towline is missing.
        eventually(60, "every alert was evaluated and none is about to fire", lambda: all(
            rule["health"] == "ok" and rule["state"] == "inactive" for rule in alerts()))
        grafana = project.config()["configs"]
        for name in ("datasource", "provider", "dashboard"):
            assert os.path.getsize(grafana[name]["file"]) > 0, name
        json.loads(open(grafana["dashboard"]["file"], encoding="utf-8").read())


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
    """test-rig.yaml with keepalives of a second: the server is dead after three without a byte."""
    deadline = 1 * (2 + 1)
    slack = 30  # engine commands and a busy machine

    def __init__(self, project):
        self.project = project

    def come_up(self):
        project = self.project
        project.up("tunnel", "target")
        self.server, self.tunnel = project.container("server"), project.container("tunnel")
        self.network = f"{project.name}_outside"
        self.restarts = rig.inspect(self.tunnel)["RestartCount"]

    def ready(self):
        return docker("exec", self.tunnel, "/towline", "healthcheck", check=False).returncode == 0

    def carries(self):
        return HELLO in self.project.compose("run", "--rm", "-T", "--no-deps", "client")

    def notices(self):
        took = eventually(self.deadline + self.slack, "not ready any more", lambda: not self.ready())
        print(f"       not ready after {took:.1f} s")

    def recovers(self):
        took = eventually(90, "ready again", self.ready)
        eventually(60, "a page comes through again", self.carries)
        print(f"       ready again after {took:.1f} s")
        container = inspect(self.tunnel)
        assert container["State"]["Running"] and container["RestartCount"] == self.restarts, container["State"]


def test_rig(faults):
    faults.come_up()
    assert faults.ready() and faults.carries()


def server_paused(faults):
    with rig.paused(faults.server):
        faults.notices()
    faults.recovers()


def server_disconnected(faults):
    docker("network", "disconnect", faults.network, faults.server)
    try:
        faults.notices()
    finally:
        docker("network", "connect", "--alias", "server", faults.network, faults.server)
    faults.recovers()


def packets_dropped(faults):
    inside = ("nsenter", "-t", inspect(faults.server)["State"]["Pid"], "-n", "iptables")
    rig.run(*inside, "-I", "INPUT", "-p", "tcp", "--dport", "22", "-j", "DROP")
    rig.run(*inside, "-I", "OUTPUT", "-p", "tcp", "--sport", "22", "-j", "DROP")
    try:
        faults.notices()
    finally:
        rig.run(*inside, "-F")
    faults.recovers()


def server_restarted(faults):
    docker("restart", "-t", "1", faults.server)
    faults.recovers()


def towline_restarted(faults):
    docker("restart", "-t", "10", faults.tunnel)
    faults.recovers()


def main():
    suite = rig.Suite(__doc__)
    suite.check(rig.build_images, name="the_images_build")
    with rig.folder() as folder:
        outside = Outside(folder)
        try:
            suite.check(files_keep_the_rules, outside)
            for test in (local, remote, dynamic, multi, hardened, shared_network, monitoring, migration):
                suite.check(test, outside, on_failure=outside.containers.logs)
        finally:
            outside.containers.close()
    with rig.folder() as keys:
        rig.make_keys(keys)
        shutil.copy(keys / "id_ed25519", keys / "id_root")
        (keys / "id_root").chmod(0o600)
        suite.check(autossh_scene, keys)
    rig_file = rig.ROOT / "compose/test-rig.yaml"
    with Project(rig_file, SSH_SERVER_ALIVE_INTERVAL=1, SSH_SERVER_ALIVE_COUNT_MAX=2, TOWLINE_BACKOFF_MAX="2s") as project:
        faults = Faults(project)
        for test in (test_rig, server_paused, server_disconnected, packets_dropped, server_restarted, towline_restarted):
            suite.check(test, faults, on_failure=lambda: project.logs("tunnel")[-4000:])
    suite.end()


if __name__ == "__main__":
    main()
