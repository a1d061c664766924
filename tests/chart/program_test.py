"""What the program itself says to the variables that the chart sets: it has to take them all."""
import os
import pathlib
import subprocess
import tempfile
import unittest

from chart import CI_VALUES, ROOT, cases, container, pod, rendered_file, spread

BINARIES = [ROOT / "build/towline", ROOT / "build/release/towline", ROOT / "build/dev/towline"]


def program():
    return os.environ.get("TOWLINE") or next((str(path) for path in BINARIES if path.exists()), None)


@spread
class Program(unittest.TestCase):
    @cases({path.name: path for path in CI_VALUES})
    def test_takes_the_variables_of(self, path):
        if not program():
            self.skipTest("towline is not built here")
        objects = rendered_file(path)
        with tempfile.TemporaryDirectory() as root:
            for volume in pod(objects)["volumes"]:
                kind = volume.get("secret") or volume.get("configMap") or {"items": []}
                mount = next(m for m in container(objects)["volumeMounts"] if m["name"] == volume["name"])
                for item in kind["items"]:
                    file = pathlib.Path(root + mount["mountPath"], item["path"])
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text("")
            variables = {e["name"]: e.get("value", "").replace("/etc/towline", root + "/etc/towline") for e in container(objects)["env"]}
            variables["TOWLINE_STRICT_ENV"] = "true"
            done = subprocess.run([program(), "config"], env=variables, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for line in variables["SSH_FORWARDS"].splitlines():
            self.assertIn(line.split("=")[0], done.stdout)
