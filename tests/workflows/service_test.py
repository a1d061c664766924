"""The systemd unit: taken by systemd without a word, confined, and its variables taken by towline. Nothing is started."""
import pathlib
import re
import subprocess
import tempfile
import unittest

from action import ROOT
from sshd import make_key

FOLDER = ROOT / "packaging/systemd"
EXPOSURE_MAX = 15  # tenths; what is left: the network, and the machine's own root directory


def settings(text):
    found = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


class Service(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="towline-workflows.")
        self.addCleanup(place.cleanup)
        self.folder = pathlib.Path(place.name)
        self.text = (FOLDER / "towline.service").read_text()
        self.unit = self.folder / "towline.service"

    def analyze(self, *arguments, text=None):
        # Installed it is elsewhere.
        self.unit.write_text((text or self.text).replace("/usr/local/bin/towline", str(ROOT / "build/towline")))
        done = subprocess.run(["systemd-analyze", *arguments, self.unit], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, check=False)
        return done.returncode, done.stdout

    def test_systemd_takes_it(self):
        self.assertEqual(self.analyze("verify", "--man=no", "--recursive-errors=no"), (0, ""))

    def test_systemd_sees_a_mistake(self):
        for old, new in {"ProtectSystem=strict": "ProtectSystem=very", "Restart=always": "Restrat=always",
                         "@system-service": "@system-servant"}.items():
            self.assertNotEqual(self.analyze("verify", "--man=no", "--recursive-errors=no", text=self.text.replace(old, new))[1], "")

    def test_it_is_confined(self):
        confined = ("security", "--offline=yes", "--no-pager", f"--threshold={EXPOSURE_MAX}")
        code, said = self.analyze(*confined)
        self.assertEqual(code, 0, said)
        self.assertNotEqual(self.analyze(*confined, text=self.text.replace("CapabilityBoundingSet=\n", ""))[0], 0)

    def test_what_cannot_get_better_is_not_tried_again(self):
        table = dict(re.findall(r"^\| (\d+) \| (.*) \|$", (ROOT / "docs/commands.md").read_text(), re.MULTILINE))
        final = settings(self.text)["RestartPreventExitStatus"][0].split()
        self.assertEqual(final, ["64", "66", "71", "76", "77", "78"])
        self.assertLessEqual(set(final), set(table))

    def test_towline_takes_the_variables(self):
        make_key(self.folder / "ssh_key")
        (self.folder / "towline").mkdir()
        (self.folder / "known_hosts").write_text("bastion.example.org " + (self.folder / "ssh_key.pub").read_text())
        unit = settings(self.text)
        said = " ".join(unit["Environment"]).replace("%d", str(self.folder)).replace("%S", str(self.folder))
        said = said.replace("/etc/towline/known_hosts", str(self.folder / "known_hosts"))
        environment = dict(word.split("=", 1) for word in said.split())
        self.assertEqual(unit["LoadCredential"], ["ssh_key:/etc/towline/id_ed25519"])
        for commented in ("", "#"):
            lines = re.findall(rf"^{commented}([A-Z_]+)=(.*)$", (FOLDER / "towline.env").read_text(), re.MULTILINE)
            self.assertGreater(len(lines), 2)
            environment.update({name: value.strip('"') for name, value in lines})
        done = subprocess.run([ROOT / "build/towline", "config"], env={**environment, "TOWLINE_STRICT_ENV": "true"},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("warning", done.stdout)
