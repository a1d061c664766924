"""The action towline-tunnel, started and stopped as a runner does it, with a real sshd."""
import base64
import ctypes
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request

import action
from sshd import USER, SshServer, WebServer, eventually, free_port, listening, make_key

TOWLINE = action.ROOT / "build/towline"
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
SHELLS = {"dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "sh"]}


def fetch(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
        return answer.read().decode()


def masks_and_rest(printed):
    lines = printed.splitlines()
    masks = [line.removeprefix("::add-mask::") for line in lines if line.startswith("::add-mask::")]
    return masks, [line for line in lines if not line.startswith("::add-mask::")]


def ended(pid):
    """Gone, or a zombie."""
    try:
        return re.search(r"^State:\s+[XZ]", pathlib.Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except FileNotFoundError:
        return True


class WithServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # What loses its parent is ours and stays a zombie, as below a container's first process that collects nobody.
        ctypes.CDLL(None, use_errno=True).prctl(SUBREAPER, 1, 0, 0, 0)
        cls.place = tempfile.TemporaryDirectory(prefix="towline-workflows.")
        cls.server = SshServer(cls.place.name)
        cls.web = WebServer()

    @classmethod
    def tearDownClass(cls):
        cls.web.close()
        cls.server.close()
        cls.place.cleanup()

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="towline-workflows.")
        self.addCleanup(folder.cleanup)
        self.job = action.Job(folder.name)
        self.addCleanup(self.kill_what_is_left)
        self.good = dict(host="127.0.0.1", port=self.server.port, user=USER, key=self.server.key,
                         known_hosts=self.server.known_hosts, forwards=f"web=-L 0:127.0.0.1:{self.web.port}", binary=TOWLINE)

    def statuses(self):
        return list(self.job.folder.glob("temp/towline-tunnel/*/status"))

    def kill_what_is_left(self):
        for status in self.statuses():
            try:
                os.kill(int(action.lines_of(status)["pid"]), signal.SIGKILL)
            except ProcessLookupError:
                pass

    def start(self, **changes):
        code, printed, outputs = self.job.uses(**{**self.good, **changes})
        self.assertEqual(code, 0, printed)
        return printed, outputs, json.loads(outputs["ports"])

    def stop(self, **given):
        began = time.monotonic()
        code, printed, _ = self.job.uses(mode="stop", **given)
        self.assertEqual(code, 0, printed)
        self.assertLess(time.monotonic() - began, 25, "it has waited in vain")
        return printed

    def refused(self, code, **changes):
        got, printed, outputs = self.job.uses(**{**self.good, **changes})
        self.assertEqual(got, code, printed)
        self.assertEqual(outputs, {})
        self.assertEqual(list(self.job.folder.glob("temp/towline-tunnel/*")), [], "something is left")
        self.assertRegex(printed, r"(?m)^::error title=towline::\S")
        return printed

    def carries(self, **changes):
        printed, outputs, ports = self.start(**changes)
        self.assertIn("Hello", fetch(ports["web"]))
        self.assertNotIn("PRIVATE KEY", printed)
        return printed, outputs, ports


class Tunnel(WithServer):
    # --- the way through -----------------------------------------------------------------------------------------

    def test_a_page_comes_through_and_stop_ends_it(self):
        for name, shell in SHELLS.items():
            with self.subTest(shell=name):
                self.job.shell = shell
                printed, outputs, ports = self.carries()
                self.assertEqual(set(outputs), {"ports", "status-file"})
                self.assertEqual(self.job.environment.pop("TUNNEL_PORT_WEB"), str(ports["web"]))
                status = action.lines_of(pathlib.Path(outputs["status-file"]))
                self.assertEqual(set(status), {"pid", "admin", "log", "port-web"})
                self.assertEqual(status["port-web"], str(ports["web"]))
                self.assertEqual(printed.splitlines()[-1], f'towline: ready {{"web":{ports["web"]}}}')
                said = self.stop()
                self.assertFalse(listening(ports["web"]))
                self.assertIn("towline: stopped", said)
                self.assertRegex(said, r"(?s)::group::towline's log\n::stop-commands::(\S+)\n.* forward\.bound .*\n::\1::\n::endgroup::\n")
                self.assertIn("shutdown.done", said)
                self.assertEqual(self.statuses(), [])

    def test_the_port_of_main_is_an_output_of_its_own(self):
        _, outputs, ports = self.start(forwards=f"main=-L 0:127.0.0.1:{self.web.port}\nproxy=-D 0")
        self.assertEqual(set(ports), {"main", "proxy"})
        self.assertEqual(outputs["port-main"], str(ports["main"]))
        self.assertIn("Hello", fetch(ports["main"]))
        self.stop()

    def test_a_remote_port_is_free_when_stop_has_ended(self):
        port = free_port()
        self.start(forwards=f"back=-R {port}:127.0.0.1:{self.web.port}")
        self.assertIn("Hello", fetch(port))
        self.stop()
        self.assertFalse(listening(port))

    def test_two_tunnels_are_stopped_one_by_one_or_together(self):
        _, first, ports = self.start()
        _, _, others = self.start()
        self.stop(status_file=first["status-file"])
        self.assertFalse(listening(ports["web"]))
        self.assertIn("Hello", fetch(others["web"]))
        self.stop()
        self.assertFalse(listening(others["web"]))
        self.assertEqual(self.stop(), "towline: nothing to stop\n")

    def test_a_tunnel_that_had_ended_is_told(self):
        _, outputs, _ = self.start()
        pid = int(action.lines_of(pathlib.Path(outputs["status-file"]))["pid"])
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: ended(pid), "it is dead")
        said = self.stop()
        self.assertIn("::warning title=towline::towline had ended", said)
        self.assertIn("::group::", said)

    def test_an_admin_port_that_is_taken_is_not_in_the_way(self):
        # The first choice of the script is known: it counts from its process id.
        script = (action.ACTION / "start").read_text()
        copied = self.job.folder / "action"
        shutil.copytree(action.ACTION, copied)
        with WebServer() as taken:
            changed = script.replace("20000 + ($$ + tries * 1009) % 10000", f"{taken.port} + tries")
            self.assertNotEqual(changed, script)
            (copied / "start").write_text(changed)
            self.job.environment["GITHUB_ACTION_PATH"] = str(copied)
            _, outputs, ports = self.start()
            admin = action.lines_of(pathlib.Path(outputs["status-file"]))["admin"]
            self.assertNotEqual(admin, f"127.0.0.1:{taken.port}")
            self.assertIn("Hello", fetch(ports["web"]))
            self.stop()
            taken.close()

    # --- keys, and what the runner has to hide -----------------------------------------------------------------------

    def test_keys_as_they_are_pasted(self):
        key = self.server.key
        for name, pasted in {
            "as it is": key,
            r"literal \n": key.strip().replace("\n", r"\n"),
            "CRLF": key.replace("\n", "\r\n"),
            "no newline at the end": key.rstrip("\n"),
            "base64": base64.b64encode(key.encode()).decode(),
            "base64 in lines": base64.encodebytes(key.encode()).decode(),
        }.items():
            with self.subTest(name):
                printed, _, _ = self.carries(key=pasted)
                masks, rest = masks_and_rest(printed)
                self.assertEqual(printed.splitlines()[:len(masks)], [f"::add-mask::{mask}" for mask in masks], "masks come first")
                for line in re.split(r"\r?\n|\\n", pasted):
                    if line and not line.startswith("-----"):
                        self.assertIn(line, masks)
                        self.assertFalse([said for said in rest if line in said])
                self.assertNotIn("", masks)
                self.stop()

    def test_a_passphrase(self):
        printed, _, _ = self.carries(key=self.server.locked_key, key_passphrase="correct horse battery")
        self.assertIn("::add-mask::correct horse battery", printed.splitlines())
        self.stop()

    def test_masks_are_escaped_and_come_before_an_error(self):
        self.job.environment["SSH_PASSWORD"] = "100%sure"
        printed = self.refused(64, host="")
        self.assertIn("::add-mask::100%25sure", printed.splitlines())
        self.assertEqual(masks_and_rest(printed)[1], ["::error title=towline::host is missing"])
        self.assertTrue(printed.splitlines()[-1].startswith("::error"))

    def test_nothing_of_the_key_is_in_a_file(self):
        self.start()
        lines = [line for line in self.server.key.splitlines() if not line.startswith("-----")]
        for file in self.job.folder.rglob("*"):
            if file.is_file() and not file.is_symlink():
                text = file.read_text(errors="replace")
                self.assertFalse([line for line in lines if line in text], file)
        self.stop()

    # --- failures -------------------------------------------------------------------------------------------------------

    def test_a_wrong_key(self):
        printed = self.refused(77, key=make_key(self.job.folder / "other"))
        self.assertRegex(printed, r"(?m)^::error title=towline::add the public key to \S+ .* \(.+\)$")
        self.assertRegex(printed, r"(?m)ssh\.auth_failed .*hint=")
        self.assertIn("::group::towline's log", printed)

    def test_a_wrong_host_key(self):
        make_key(self.job.folder / "other")
        public = " ".join((self.job.folder / "other.pub").read_text().split()[:2])
        printed = self.refused(76, known_hosts=f"[127.0.0.1]:{self.server.port} {public}\n")
        self.assertIn(self.server.fingerprint, printed)
        self.assertRegex(printed, r"(?m)^::error title=towline::if the server was reinstalled, compare .* \(the server's host key is not")

    def test_a_fingerprint_is_enough(self):
        self.carries(known_hosts="", host_fingerprint=self.server.fingerprint)
        self.stop()

    def test_without_a_way_to_know_the_server(self):
        self.assertIn("known-hosts or host-fingerprint is missing", self.refused(64, known_hosts=""))

    def test_a_server_that_is_not_there(self):
        port = free_port()
        printed = self.refused(124, port=port, known_hosts=self.server.known_hosts.replace(str(self.server.port), str(port)),
                               ready_timeout="2s")
        self.assertIn("reason=refused", printed)
        self.assertRegex(printed, r"(?m)^::error title=towline::check SSH_REMOTE_HOST and SSH_REMOTE_PORT, .* \(Connection refused.*\)$")
        self.assertIn("::error title=towline::towline: not ready after 2 s", printed)

    def test_a_forward_that_makes_no_sense(self):
        self.assertIn("SSH_FORWARDS", self.refused(78, forwards="-L what"))

    def test_input_that_is_missing_or_wrong(self):
        self.assertIn("host is missing", self.refused(64, host=""))
        self.assertIn("forwards is missing", self.refused(64, forwards=""))
        self.assertIn("mode is start or stop", self.refused(64, mode="end"))
        self.assertIn("is not a program", self.refused(66, binary="/nowhere/towline"))
        self.assertIn("has no release", self.refused(64, binary=""))
        self.assertIn("version is", self.refused(64, binary="", version="../../x", download_from="http://127.0.0.1:1"))
        self.assertIn("--timeout", self.refused(64, ready_timeout="soon"))

    def test_a_secret_that_is_not_set_is_named(self):
        words = "key is empty: is the secret set? Pull requests from forks get none"
        self.assertIn(words, self.refused(64, key=""))
        self.assertIn(words, self.refused(64, key=" \n"))
        self.assertIn(words, self.refused(64, key="", host=""))

    def test_a_key_may_be_in_the_jobs_environment(self):
        self.job.environment["SSH_KEY"] = self.server.key
        self.carries(key="")
        self.stop()
        self.job.environment.pop("SSH_KEY")
        (self.job.folder / "key").write_text(self.server.key)
        self.job.environment["SSH_OPTIONS"] = f"-i {self.job.folder}/key"
        self.carries(key="")
        self.stop()

    def test_a_system_that_is_not_linux(self):
        tools = self.job.folder / "tools"
        tools.mkdir()
        (tools / "uname").write_text('#!/bin/sh\n[ "$1" = -s ] && echo Darwin || echo x86_64\n')
        (tools / "uname").chmod(0o755)
        self.job.environment["PATH"] = f"{tools}:/usr/bin:/bin"
        for binary in (TOWLINE, ""):
            self.assertIn("there is no towline for Darwin: use a Linux runner", self.refused(69, binary=binary))

    def test_a_step_that_was_broken_off_is_stopped_too(self):
        """A runner interrupts the step of a cancelled job; then come the steps with if: always()."""
        port = free_port()
        environment = {**os.environ, "RUNNER_TEMP": str(self.job.folder / "temp"), "INPUT_HOST": "127.0.0.1", "INPUT_PORT": str(port),
                       "INPUT_FORWARDS": "-D 0", "INPUT_KNOWN_HOSTS": "a b c", "INPUT_KEY": self.server.key, "INPUT_BINARY": str(TOWLINE)}
        with subprocess.Popen(["sh", action.ACTION / "start"], env=environment, stdout=subprocess.DEVNULL) as step:
            status = eventually(self.statuses, "towline is started")[0]
            pid = int(eventually(lambda: action.lines_of(status).get("pid"), "its process id is known"))
            waiting = int(eventually(lambda: (status.parent / "waiting").exists() and (status.parent / "waiting").read_text(),
                                     "the step waits"))
            eventually(lambda: "ssh.connect" in (status.parent / "log").read_text(), "it is at work")
            step.kill()
        self.assertIn("towline: stopped", self.stop())
        self.assertTrue(ended(pid) and ended(waiting))


class Download(WithServer):
    """The same action without `binary`: from a release's folder on a web server."""

    def setUp(self):
        super().setUp()
        machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, "armv7")
        self.release = self.job.folder / "release"
        self.release.mkdir()
        self.name = f"towline-9.9.9-linux-{machine}"
        shutil.copy(TOWLINE, self.release / self.name)
        self.sum = hashlib.sha256(TOWLINE.read_bytes()).hexdigest()
        (self.release / "SHA256SUMS").write_text(f"{'0' * 64}  towline-9.9.9-linux-other\n{self.sum}  {self.name}\n")
        self.files = WebServer(str(self.release))
        self.addCleanup(self.files.close)
        self.good.pop("binary")
        self.good.update(version="v9.9.9", download_from=f"http://127.0.0.1:{self.files.port}")

    def only_with(self, program):
        """A search path with what a small image has, and this downloader."""
        tools = self.job.folder / "tools"
        tools.mkdir(exist_ok=True)
        for tool in ("sh", "sed", "tr", "grep", "mktemp", "mkdir", "rm", "cat", "tail", "uname", "sha256sum", "chmod", "ln",
                     "sleep", "dirname", "basename", *([program] if program else [])):
            (tools / tool).symlink_to(shutil.which(tool))
        self.job.environment["PATH"] = str(tools)

    def test_with_a_checksum(self):
        for program in ("curl", "wget"):
            with self.subTest(program):
                shutil.rmtree(self.job.folder / "tools", ignore_errors=True)
                self.only_with(program)
                printed, _, _ = self.carries(sha256=f"{'0' * 64} {self.sum}")
                self.assertNotIn("::notice", printed)
                self.stop()

    def test_without_a_checksum_that_of_the_release_counts(self):
        printed, _, _ = self.carries()
        self.assertIn(f"::notice title=towline::to be sure that it is always this {self.name}: sha256: {self.sum}", printed)
        self.stop()

    def test_another_program_is_not_run(self):
        self.assertIn("has the checksum", self.refused(69, sha256="0" * 64))
        (self.release / self.name).write_text("#!/bin/sh\ntouch was-run\n")
        self.assertIn("has the checksum", self.refused(69))
        self.assertIn("has the checksum", self.refused(69, sha256=self.sum))
        self.assertEqual(list(self.job.folder.rglob("was-run")), [])

    def test_a_version_that_is_not_there(self):
        self.assertIn("cannot be downloaded", self.refused(69, version="1.0.0"))

    def test_no_downloader(self):
        self.only_with(None)
        self.assertIn("neither curl nor wget", self.refused(69))
