"""The unit in a systemd that runs: a manager of this test's own, without the confinement, for which it has no rights."""
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

from action import ROOT
from sshd import SshServer, eventually, free_port

UNIT = ROOT / "packaging/systemd/towline.service"
MANAGER = "/lib/systemd/systemd"
KEPT = ("Type", "TimeoutStartSec", "ExecReload", "Restart", "RestartPreventExitStatus", "TimeoutStopSec")
# systemd looks for this folder before it takes its place.
BEGIN = f"mount --make-rprivate / && mount -t tmpfs none /run && mkdir -p /run/systemd/system && exec {MANAGER} --user --unit=basic.target"


def kept(text):
    return [line for line in text.splitlines() if line.split("=")[0] in KEPT]


@unittest.skipUnless(os.geteuid() == 0 and os.path.exists(MANAGER), "needs root and systemd")
class Systemd(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="towline-systemd.")
        self.addCleanup(place.cleanup)
        self.folder = pathlib.Path(place.name)
        for name in ("config/systemd/user", "run"):
            (self.folder / name).mkdir(parents=True, mode=0o700)
        self.environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.folder), "LC_ALL": "C.UTF-8",
                            "XDG_CONFIG_HOME": str(self.folder / "config"), "XDG_RUNTIME_DIR": str(self.folder / "run")}
        self.server = SshServer(self.folder)
        self.addCleanup(self.server.close)
        (self.folder / "known_hosts").write_text(self.server.known_hosts)
        self.write_unit()
        self.log = open(self.folder / "systemd.log", "w+")
        self.addCleanup(self.log.close)
        self.manager = subprocess.Popen(["unshare", "--mount", "bash", "-c", BEGIN], env=self.environment, stdout=self.log,
                                        stderr=self.log)
        self.addCleanup(self.end_manager)
        eventually(lambda: self.systemctl("is-active", "basic.target")[0] == 0, "systemd runs")

    def end_manager(self):
        self.systemctl("stop", "towline")
        self.manager.terminate()
        self.manager.wait()

    def write_unit(self):
        variables = {"SSH_REMOTE_HOST": "127.0.0.1", "SSH_REMOTE_PORT": self.server.port, "SSH_MODE": "-L",
                     "SSH_KEY_FILE": self.folder / "id_ed25519", "SSH_KNOWN_HOSTS_FILE": self.folder / "known_hosts",
                     "SSH_TUNNEL_PORT": free_port(), "TOWLINE_ADMIN_LISTEN": "off", "TOWLINE_BACKOFF_MAX": "1s"}
        lines = ["[Service]", *kept(UNIT.read_text()), f"ExecStart={ROOT}/build/towline up", "WatchdogSec=1", "RestartSec=100ms",
                 *(f"Environment={name}={value}" for name, value in variables.items())]
        (self.folder / "config/systemd/user/towline.service").write_text("\n".join(lines) + "\n")

    def systemctl(self, *arguments):
        done = subprocess.run(["systemctl", "--user", *arguments], env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False, timeout=60)
        return done.returncode, done.stdout

    def shown(self, name):
        return self.systemctl("show", "towline", f"--property={name}", "--value")[1].strip()

    def test_the_unit_says_what_is_kept_of_it(self):
        self.assertEqual([line.split("=")[0] for line in kept(UNIT.read_text())], list(KEPT))
        self.assertTrue(re.search(r"^WatchdogSec=\d+$", UNIT.read_text(), re.MULTILINE))

    def test_it_is_active_when_the_forwards_are_up(self):
        self.server.process.send_signal(signal.SIGSTOP)
        self.assertEqual(self.systemctl("start", "--no-block", "towline")[0], 0)
        eventually(lambda: self.shown("StatusText").startswith("Not ready: main: "), "a status")
        self.assertEqual(self.shown("ActiveState"), "activating")
        self.server.process.send_signal(signal.SIGCONT)
        eventually(lambda: self.shown("ActiveState") == "active", "active")
        self.assertEqual(self.shown("StatusText"), "Ready: 1 of 1 forward is up")

    def test_it_reloads_and_stops_in_order(self):
        self.assertEqual(self.systemctl("start", "towline"), (0, ""))
        before = self.shown("MainPID")
        self.assertEqual(self.systemctl("reload", "towline"), (0, ""))
        eventually(lambda: self.shown("ActiveState") == "active", "active after the reload")
        self.assertEqual(self.shown("MainPID"), before)
        self.assertEqual(self.systemctl("stop", "towline"), (0, ""))
        self.assertEqual([self.shown(name) for name in ("Result", "ExecMainStatus")], ["success", "0"])

    def test_it_is_started_again_when_it_hangs(self):
        self.assertEqual(self.systemctl("start", "towline"), (0, ""))
        hung = int(self.shown("MainPID"))
        eventually(lambda: self.shown("WatchdogTimestamp"), "a sign of life")
        os.kill(hung, signal.SIGSTOP)
        eventually(lambda: self.shown("NRestarts") == "1" and self.shown("ActiveState") == "active", "started again")
        self.assertNotEqual(int(self.shown("MainPID")), hung)
