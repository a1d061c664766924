"""The chart in a real cluster of one node (scripts/cluster): installed, used, upgraded, rolled back, tested, removed.

The cluster is Kubernetes 1.20: the chart is a copy of helm/towline whose Chart.yaml admits that, and nothing else is
changed. It has no native sidecars (1.29): a Job takes towline as the example for older ones does, and tests/chart
holds the native one against newer types. TOWLINE_IMAGE names an image in the engine to take instead of building one.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

import rig
from rig import IMAGE, PEER, ROOT, eventually

CLUSTER = ROOT / "scripts/cluster"
NODE = ROOT / "build/cluster/node"
HELLO = "Hello from the far end."
NAMESPACE, RELEASE = "tunnels", "edge"
NAME = f"{RELEASE}-towline"
JOB = ROOT / "examples/kubernetes/job-before-1.29.yaml"
# What the kubelet sets on a machine of its own.
SYSCTLS = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops")


def inside(*arguments, **options):
    return rig.run(CLUSTER, "exec", *arguments, **options)


def kubectl(*arguments, **options):
    return inside("kubectl", "-n", NAMESPACE, *arguments, **options)


def get(*what):
    return json.loads(kubectl("get", *what, "-o", "json"))


def helm(*arguments, timeout=330, **options):
    return inside(ROOT / "scripts/chart", "--helm", "-n", NAMESPACE, *arguments, timeout=timeout, **options)


def fetch(host, port):
    return inside("curl", "-fsS", "--max-time", "5", f"http://{host}:{port}/")


def peer(name, port, *command, **more):
    """A pod of the image of peers, and a Service that leads to it."""
    container = {"name": name, "image": PEER, "imagePullPolicy": "Never", "readinessProbe": {"tcpSocket": {"port": port}},
                 "volumeMounts": [{"name": v["name"], "mountPath": f"/{v['name']}"} for v in more.get("volumes", [])]}
    if command:
        container["command"] = command
    return [{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"peer": name}},
             "spec": {"containers": [container], "terminationGracePeriodSeconds": 1, **more}},
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
             "spec": {"selector": {"peer": name}, "ports": [{"port": port}]}}]


class Scene:
    """An SSH server and a web server in pods, and the chart."""

    def __init__(self, folder):
        self.folder = folder
        rig.make_keys(folder)
        self.key = folder / "id_ed25519"
        self.known_hosts = rig.known_hosts_line(folder, f"sshd.{NAMESPACE}")
        self.chart = folder / "chart/towline"
        shutil.copytree(ROOT / "helm/towline", self.chart)
        about = self.chart / "Chart.yaml"
        strict = about.read_text()
        about.write_text(strict.replace('kubeVersion: ">=1.25.0-0"', 'kubeVersion: ">=1.20.0-0"'))
        assert about.read_text() != strict, "there is no kubeVersion to relax"

    def apply(self, *objects):
        file = self.folder / "objects.json"
        file.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        kubectl("apply", "-f", file)

    def put_secret(self):
        self.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "tunnel-key"},
                    "stringData": {"ssh-privatekey": self.key.read_text(), "known_hosts": self.known_hosts}})

    def values(self, **changes):
        values = {
            "server": {"host": f"sshd.{NAMESPACE}", "user": "tunnel"},
            "existingSecret": "tunnel-key",
            "knownHosts": {"inline": self.known_hosts},
            "forwards": {"page": {"flag": "-L", "listen": 8080, "connect": "web:80"},
                         "publish": {"flag": "-R", "listen": "0.0.0.0:18080", "connect": f"web.{NAMESPACE}:80"}},
            **changes,
        }
        file = self.folder / "values.json"
        file.write_text(json.dumps(values))
        return file


def address(pod):
    return get("pod", pod)["status"]["podIP"]


def tunnel(release=RELEASE):
    """The one pod of towline."""
    def ours():
        pods = get("pods", "-l", f"app.kubernetes.io/instance={release},app.kubernetes.io/component=tunnel")["items"]
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]
    eventually(30, "there is one pod", lambda: len(ours()) == 1)
    return ours()[0]


def env(pod):
    return {e["name"]: e.get("value") for e in pod["spec"]["containers"][0]["env"]}


def carries_to_the_server(port=8080):
    assert HELLO in fetch(tunnel()["status"]["podIP"], port)
    assert HELLO in fetch(get("service", NAME)["spec"]["clusterIP"], port)


def carries_from_the_server():
    assert HELLO in fetch(address("sshd"), 18080)


def carries():
    carries_to_the_server()
    carries_from_the_server()


# --- before --------------------------------------------------------------------------------------------------

def the_cluster_runs():
    rig.run(ROOT / "scripts/chart", "--helm", "version", timeout=600)  # the cluster has no way out to fetch it
    rig.run(CLUSTER, "start", timeout=3600)
    print("       " + inside("kubectl", "get", "node", "-o", "wide", "--no-headers").strip())
    with subprocess.Popen(["docker", "save", IMAGE, PEER], stdout=subprocess.PIPE) as save:
        done = subprocess.run([CLUSTER, "exec", "docker", "load"], stdin=save.stdout, capture_output=True, check=False,
                              timeout=600)
    assert done.returncode == 0 and save.returncode == 0, done.stderr


def the_peers_run(scene):
    inside("kubectl", "create", "namespace", NAMESPACE)
    scene.put_secret()
    scene.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "server-keys"},
                 "stringData": {name: (scene.folder / name).read_text() for name in ("host_key", "authorized_keys")}})
    scene.apply(*peer("sshd", 22, "sshd-with-keys", volumes=[{"name": "keys", "secret": {"secretName": "server-keys"}}]),
                *peer("web", 80))
    kubectl("wait", "--for=condition=Ready", "pod/sshd", "pod/web", "--timeout=120s", timeout=150)


# --- the chart -----------------------------------------------------------------------------------------------

def install_fails_while_the_server_cannot_be_reached(scene):
    # The web server's pod has no SSH server.
    values = scene.values(server={"host": f"web.{NAMESPACE}", "user": "tunnel"})
    done = helm("install", "lost", scene.chart, "-f", values, "--wait", "--timeout", "20s", check=False)
    try:
        assert done.returncode != 0 and "timed out waiting for the condition" in done.stdout, done.stdout
        (state,) = tunnel("lost")["status"]["containerStatuses"]
        assert "running" in state["state"] and not state["ready"] and not state["started"] and not state["restartCount"], state
    finally:
        helm("uninstall", "lost", "--wait")


def install_waits_for_the_tunnel(scene):
    helm("install", RELEASE, scene.chart, "-f", scene.values(), "--wait", "--timeout", "240s")
    pod = tunnel()
    assert pod["status"]["containerStatuses"][0]["ready"]
    metrics = inside("curl", "-fsS", f"http://{pod['status']['podIP']}:9022/metrics")
    for forward in ("page", "publish"):
        assert f'towline_forward_up{{forward="{forward}"}} 1' in metrics, metrics


def local_forward_carries():
    carries_to_the_server()


def remote_forward_carries():
    carries_from_the_server()


def the_pod_has_no_rights():
    container = inside("docker", "ps", "-q", "--filter", "label=io.kubernetes.container.name=towline").strip()
    settings = json.loads(inside("docker", "inspect", container))[0]
    host = settings["HostConfig"]
    assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and not host["Privileged"], host
    process = f"/proc/{settings['State']['Pid']}"
    fields = dict(line.split(":\t", 1) for line in inside("cat", f"{process}/status").splitlines() if ":\t" in line)
    assert fields["CapEff"] == fields["CapBnd"] == "0" * 16 and fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2", fields
    assert fields["Uid"].split() == fields["Gid"].split() == [str(rig.UID)] * 4, fields
    # The key is root's, readable for the pod's group and for nobody else.
    key = inside("stat", "-L", "-c", "%a %u %g", f"{process}/root/etc/towline/secret/ssh-privatekey")
    assert key.split() == ["440", "0", str(rig.UID)], key


def helm_test_passes():
    said = helm("test", RELEASE, "--timeout", "120s")
    assert re.search(r"Phase:\s+Succeeded", said), said
    eventually(60, "the test's pod is gone", lambda: not get("pods", "-l", "app.kubernetes.io/component=test")["items"])


def upgrade_changes_a_setting_and_adds_a_forward(scene):
    before = tunnel()
    helm("upgrade", RELEASE, scene.chart, "-f", scene.values(), "--wait", "--timeout", "240s", "--set", "settings.logLevel=debug",
         "--set", "forwards.docs.flag=-L,forwards.docs.listen=8081,forwards.docs.connect=web:80")
    after = tunnel()
    assert after["metadata"]["uid"] != before["metadata"]["uid"]
    assert env(before).get("TOWLINE_LOG_LEVEL") is None and env(after)["TOWLINE_LOG_LEVEL"] == "debug"
    carries()
    eventually(30, "the new forward carries", lambda: carries_to_the_server(8081) is None)


def a_renewed_secret_is_used_without_a_restart(scene):
    before = tunnel()
    mounted = NODE / f"kubelet/pods/{before['metadata']['uid']}/volumes/kubernetes.io~secret/towline-secret/..data"
    generation = inside("readlink", mounted)
    scene.key = scene.folder / "id_renewed"
    rig.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "renewed", "-f", scene.key)
    public = scene.key.with_suffix(".pub")
    # The server takes the new key alone; the session that the old one opened goes on.
    kubectl("exec", "sshd", "--", "sh", "-c", f"echo '{public.read_text().strip()}' > /run/sshd/authorized_keys")
    scene.put_secret()
    took = eventually(120, "the kubelet has renewed the file", lambda: inside("readlink", mounted) != generation)
    print(f"       the file was renewed after {took:.0f} s")
    carries()
    kubectl("exec", "sshd", "--", "pkill", "-u", "tunnel")
    fingerprint = rig.run("ssh-keygen", "-l", "-f", public).split()[1]
    accepted = re.compile(f"Accepted publickey for tunnel .* {re.escape(fingerprint)}")
    eventually(120, "the server accepted the new key", lambda: accepted.search(kubectl("logs", "sshd")))
    eventually(60, "it carries again", lambda: carries() is None)
    after = tunnel()
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    (was,), (now,) = (pod["status"]["containerStatuses"] for pod in (before, after))
    assert now["restartCount"] == 0 and now["containerID"] == was["containerID"], now


def rollback_brings_the_first_revision_back():
    helm("rollback", RELEASE, "1", "--wait", "--timeout", "240s")
    assert env(tunnel()).get("TOWLINE_LOG_LEVEL") is None
    assert [p["name"] for p in get("service", NAME)["spec"]["ports"]] == ["page"]
    carries()
    history = json.loads(helm("history", RELEASE, "-o", "json"))
    assert [(r["revision"], r["status"]) for r in history] == [(1, "superseded"), (2, "superseded"), (3, "deployed")], history


def a_job_completes_with_towline_beside_it(scene):
    job = JOB.read_text()
    for old, new in {"bastion.example.org": f"sshd.{NAMESPACE}", "db.internal:5432": "web:80", "curlimages/curl:8.11.1": PEER,
                     'echo "here the work is done, with 127.0.0.1:5432"': "curl -fsS http://127.0.0.1:5432/"}.items():
        assert old in job, f"{JOB} has no {old}"
        job = job.replace(old, new)
    file = scene.folder / "job.yaml"
    file.write_text(job)
    kubectl("apply", "-f", file)
    kubectl("wait", "--for=condition=Complete", "job/report", "--timeout=120s", timeout=150)
    assert HELLO in kubectl("logs", "job/report", "-c", "report")
    (pod,) = get("pods", "-l", "job-name=report")["items"]
    ends = {s["name"]: (s["state"]["terminated"]["exitCode"], s["restartCount"]) for s in pod["status"]["containerStatuses"]}
    assert ends == {"towline": (0, 0), "report": (0, 0)}, ends
    kubectl("delete", "job/report", "--wait")


def uninstall_leaves_nothing():
    kinds = ",".join(inside("kubectl", "api-resources", "--namespaced", "--verbs=list", "-o", "name").split())

    def ours():
        listed = kubectl("get", kinds, "-l", f"app.kubernetes.io/instance={RELEASE}", "-o", "name")
        releases = kubectl("get", "secrets", "-l", "owner=helm", "-o", "name")
        return re.findall(r"^\S+/\S+$", listed + releases, re.MULTILINE)  # without warnings about deprecated kinds
    assert {f"deployment.apps/{NAME}", f"service/{NAME}", f"secret/sh.helm.release.v1.{RELEASE}.v3"} <= set(ours()), ours()
    helm("uninstall", RELEASE, "--wait")
    eventually(180, "everything is gone", lambda: not ours())
    page = inside("curl", "-fsS", "--max-time", "5", f"http://{address('sshd')}:18080/", check=False)
    assert page.returncode == 7, "the server still listens for the tunnel"  # 7: connection refused
    assert inside("kubectl", "get", "namespace", NAMESPACE, "-o", "jsonpath={.status.phase}") == "Active"


def an_upgrade_of_two_replicas_loses_no_request(scene):
    # 1.20 does not have the kind of PodDisruptionBudget that the chart makes.
    values = scene.values(replicaCount=2, podDisruptionBudget={"enabled": False},
                          forwards={"page": {"flag": "-L", "listen": 8080, "connect": "web:80"}})
    helm("install", "local", scene.chart, "-f", values, "--wait", "--timeout", "240s")
    page = f"http://{get('service', 'local-towline')['spec']['clusterIP']}:8080/"
    stop = scene.folder / "stop"
    ask = f"until [ -e {stop} ]; do curl -fsS -o /dev/null --max-time 10 {page} && echo got || exit 1; sleep 0.02; done"
    with subprocess.Popen([CLUSTER, "exec", "sh", "-c", ask], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as client:
        try:
            helm("upgrade", "local", scene.chart, "-f", values, "--set", "podAnnotations.a=b", "--wait", "--timeout", "240s")
            eventually(90, "the old pods are gone", lambda: len(get("pods", "-l", "app.kubernetes.io/instance=local")["items"]) == 2)
        finally:
            stop.touch()
        said = client.communicate(timeout=60)[0]
    print(f"       {said.count('got')} requests")
    assert client.returncode == 0 and said.count("got") > 20, said[-1000:]
    helm("uninstall", "local", "--wait")


def a_standby_takes_over(scene):
    values = scene.values(replicaCount=2, remoteStandby=True, podDisruptionBudget={"enabled": False},
                          forwards={"publish": {"flag": "-R", "listen": "0.0.0.0:18080", "connect": f"web.{NAMESPACE}:80"}})
    helm("install", "pair", scene.chart, "-f", values, "--wait", "--timeout", "240s")
    carries_from_the_server()

    def active():
        pods = get("pods", "-l", "app.kubernetes.io/instance=pair")["items"]
        up = [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]
              and 'towline_forward_up{forward="publish"} 1' in
              inside("curl", "-fsS", f"http://{pod['status']['podIP']}:9022/metrics")]
        assert len(up) == 1, f"{len(up)} of {len(pods)} have the port"
        return up[0]["metadata"]["name"]
    first = active()
    kubectl("delete", "pod", first, "--wait=false")
    eventually(90, "another has the port", lambda: active() != first)
    eventually(10, "it carries", lambda: carries_from_the_server() is None)
    helm("uninstall", "pair", "--wait")


# --- after ---------------------------------------------------------------------------------------------------

def sysctls():
    return {name: pathlib.Path("/proc/sys", name).read_text().strip() for name in SYSCTLS}


def the_cluster_stops_and_leaves_nothing(before):
    rig.run(CLUSTER, "stop", timeout=120)
    assert not NODE.exists(), list(NODE.iterdir())
    assert sysctls() == before, sysctls()
    ours = str(NODE.parent)
    assert ours not in pathlib.Path("/proc/mounts").read_text()
    assert not list(pathlib.Path("/sys/fs/cgroup").glob("*/towline-cluster-*"))
    for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert ours not in process.read_bytes().decode(errors="replace"), process
        except (FileNotFoundError, ProcessLookupError):
            continue


def story():
    """What can be known about a failure."""
    return "\n".join(kubectl(*what, check=False).stdout[-4000:] for what in (
        ("get", "pods", "-o", "wide"), ("get", "events", "--sort-by=.lastTimestamp"),
        ("logs", "--tail", "20", "-l", "app.kubernetes.io/component=tunnel"), ("logs", "--tail", "10", "sshd")))


def tell(suite, scene):
    """The tests in their order; each builds on those before it."""
    for test, *arguments in ((the_peers_run, scene), (install_fails_while_the_server_cannot_be_reached, scene),
                             (install_waits_for_the_tunnel, scene), (local_forward_carries,), (remote_forward_carries,),
                             (the_pod_has_no_rights,), (helm_test_passes,), (upgrade_changes_a_setting_and_adds_a_forward, scene),
                             (a_renewed_secret_is_used_without_a_restart, scene), (rollback_brings_the_first_revision_back,),
                             (a_job_completes_with_towline_beside_it, scene), (uninstall_leaves_nothing,),
                             (an_upgrade_of_two_replicas_loses_no_request, scene), (a_standby_takes_over, scene)):
        suite.check(test, *arguments, on_failure=story)
        if suite.failed:
            print("       the others build on it and were not run")
            return


def main():
    suite = rig.Suite(__doc__)
    own = rig.run(CLUSTER, "running", check=False).returncode != 0
    before = sysctls()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the cluster ends too
    try:
        suite.check(rig.build_images, os.environ.get("TOWLINE_IMAGE"), name="the_images_build")
        suite.check(the_cluster_runs)
        if not suite.failed:
            with rig.folder() as folder:
                tell(suite, Scene(folder))
        if own:
            suite.check(the_cluster_stops_and_leaves_nothing, before)
    finally:
        if own:
            rig.run(CLUSTER, "stop", timeout=120)
        else:
            inside("kubectl", "delete", "namespace", NAMESPACE, "--wait", check=False)
    suite.end()


if __name__ == "__main__":
    main()
