"""What the program itself says to the variables that the chart sets: it has to take them all."""
import http.server
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest

from chart import CI_VALUES, ROOT, cases, container, find, parse, pod_specs, rendered_file, spread

BINARIES = [ROOT / "build/towline", ROOT / "build/release/towline", ROOT / "build/asan-ubsan/towline"]
EXAMPLES = [ROOT / "examples/kubernetes" / name for name in ("deployment.yaml", "job.yaml", "job-before-1.29.yaml")]


def program():
    return os.environ.get("TOWLINE") or next((str(path) for path in BINARIES if path.exists()), None)


@spread
class Program(unittest.TestCase):
    def takes(self, one):
        if not program():
            self.skipTest("towline is not built here")
        variables = {e["name"]: e.get("value", "") for e in one["env"]}
        with tempfile.TemporaryDirectory() as root:
            folders = [m["mountPath"] for m in one.get("volumeMounts", [])]
            for name, value in variables.items():
                if not value.startswith("/etc/towline/"):
                    continue
                if value in folders:
                    pathlib.Path(root + value).mkdir(parents=True)
                    variables[name] = root + value
                    continue
                for path in value.split(","):
                    file = pathlib.Path(root + path)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text("")
                    self.assertIn(str(pathlib.Path(path).parent), folders)
                variables[name] = value.replace("/etc/towline/", f"{root}/etc/towline/")
            variables["TOWLINE_STRICT_ENV"] = "true"
            done = subprocess.run([program(), "config"], env=variables, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for name in (name for name in variables if name.startswith("TOWLINE_EXPOSE_")):
            self.assertIn(name, done.stdout)
            self.assertNotIn(f"{name} ", done.stderr)
        for line in variables.get("SSH_FORWARDS", "").splitlines():
            self.assertIn(line.split("=")[0], done.stdout)

    @cases({path.name: path for path in CI_VALUES})
    def test_takes_the_variables_of(self, path):
        self.takes(container(rendered_file(path)))

    @cases({path.name: path for path in EXAMPLES})
    def test_takes_the_variables_of_the_example(self, path):
        ((_, spec),) = pod_specs(parse(path.read_text()))
        (one,) = [c for c in spec.get("initContainers", []) + spec["containers"] if c["name"] == "towline"]
        self.takes(one)

    def test_helm_test_asks_a_service_by_its_name(self):
        if not program():
            self.skipTest("towline is not built here")
        asked = []

        class Admin(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                asked.append(self.path)
                self.send_response(200 if len(asked) > 1 else 503)
                self.end_headers()

            def log_message(self, *_):
                pass

        (only,) = find(rendered_file(CI_VALUES[0]), "Pod")["spec"]["containers"]
        with http.server.HTTPServer(("127.0.0.1", 0), Admin) as server:
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            variables = {e["name"]: f"localhost:{server.server_port}" for e in only["env"]}
            done = subprocess.run([program(), *only["args"]], env=variables, capture_output=True, text=True, check=False)
            server.shutdown()
            thread.join()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual({path.split("?")[0] for path in asked}, {"/readyz"})
        self.assertGreaterEqual(len(asked), 2)
