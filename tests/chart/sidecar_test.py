"""The named templates for other charts, as the example's chart uses them."""
import functools
import pathlib
import shutil
import tempfile
import unittest

from chart import CHART, LEAST, ROOT, Refused, find, helm, merged, render

PARENT = ROOT / "examples/kubernetes/sidecar-chart"


def parent(values=None):
    """The example's objects, with towline's chart put where `helm dependency update` puts it."""
    with tempfile.TemporaryDirectory() as folder:
        chart = pathlib.Path(folder, "report")
        shutil.copytree(PARENT, chart)
        (chart / "charts").mkdir()
        helm("package", CHART, "--destination", chart / "charts")
        return render({"towline": values or {}}, base={}, chart=chart, arguments=("--kube-version", "1.29.0"))


@functools.lru_cache(maxsize=None)
def parent_objects():
    return parent()


class Sidecar(unittest.TestCase):
    def pod(self):
        return find(parent_objects(), "Deployment")["spec"]["template"]["spec"]

    def test_is_a_native_one_that_others_wait_for(self):
        (sidecar,) = self.pod()["initContainers"]
        self.assertEqual((sidecar["name"], sidecar["restartPolicy"]), ("towline", "Always"))
        self.assertEqual(sidecar["startupProbe"]["httpGet"], {"path": "/startupz", "port": "admin"})
        self.assertEqual((sidecar["startupProbe"]["periodSeconds"], sidecar["startupProbe"]["failureThreshold"]), (2, 60))
        self.assertEqual(sidecar["livenessProbe"]["httpGet"]["path"], "/livez")
        self.assertNotIn("readinessProbe", sidecar)

    def test_listens_on_loopback(self):
        (sidecar,) = self.pod()["initContainers"]
        variables = {e["name"]: e["value"] for e in sidecar["env"]}
        self.assertEqual(variables["SSH_FORWARDS"], "db=-L 127.0.0.1:5432:db.internal:5432")
        self.assertEqual(variables["TOWLINE_SHUTDOWN_DELAY"], "0s")
        self.assertEqual([p["name"] for p in sidecar["ports"]], ["admin"])

    def test_brings_its_volumes_and_known_hosts_and_nothing_else(self):
        spec = self.pod()
        names = {v["name"] for v in spec["volumes"]}
        self.assertEqual({m["name"] for m in spec["initContainers"][0]["volumeMounts"]}, names)
        config_map = find(parent_objects(), "ConfigMap")["metadata"]["name"]
        self.assertIn(config_map, [v["configMap"]["name"] for v in spec["volumes"] if "configMap" in v])
        self.assertEqual(sorted(o["kind"] for o in parent_objects()), ["ConfigMap", "Deployment"])

    def test_is_checked_like_the_rest(self):
        with self.assertRaises(Refused) as refused:
            parent({"server": {"host": ""}})
        self.assertIn("server.host is empty", str(refused.exception))
        with self.assertRaises(Refused) as refused:
            parent({"server": {"hots": "a"}})
        self.assertIn("Additional property hots is not allowed", str(refused.exception))

    def test_is_no_public_entrance(self):
        with self.assertRaises(Refused) as refused:
            parent({"mode": "expose", "server": {"host": ""}})
        self.assertIn("mode is expose, but the public entrance is no sidecar", str(refused.exception))

    def test_does_not_count_replicas(self):
        values = {"sidecarOnly": True, "replicaCount": 3, "forwards": {"web": {"flag": "-R", "listen": 80, "connect": "a:1"}}}
        self.assertEqual(render(values, base=merged(LEAST, {"forwards": {}})), [])
