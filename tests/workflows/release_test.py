"""scripts/release as far as it goes without a registry: dry, and with programs in place of docker, helm, cosign and gh that
write down how they were called."""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest

import yaml

from action import ROOT

VERSION = re.search(r"project\(towline VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text()).group(1)
DIGEST = "sha256:" + "ab" * 32
BASE_DIGEST = "sha256:" + "cd" * 32
SBOM, PROVENANCE = "sbom.spdx.json", "provenance.json"
CALLED = '#!/bin/bash\nprintf "%s" "${0##*/}" >> "$CALLS"; printf " %s" "$@" >> "$CALLS"; echo >> "$CALLS"\n'
DOUBLES = {
    "docker": '''[ "$2" != inspect ] || exit 1
[ "$2" != imagetools ] || echo %s
while [ $# -gt 0 ]; do case $1 in
  --metadata-file) echo '{"containerimage.digest": "%s"}' > "$2" ;;
  --output) for platform in linux_amd64 linux_arm64 linux_arm_v7; do
      mkdir -p "${2##*dest=}/$platform"
      for file in towline sbom.spdx.json provenance.json; do echo "$platform $file" > "${2##*dest=}/$platform/$file"; done
    done ;;
  --password-stdin) cat >> "$CALLS" ;;
esac; shift; done''' % (BASE_DIGEST, DIGEST),
    "helm": '''case $1 in
  package) tar -C "$(dirname "$2")" -czf "$4/towline-$(sed -n 's/^version: //p' "$2/Chart.yaml").tgz" "${2##*/}" ;;
  push) printf 'Pushed: somewhere\\nDigest: %s\\n' ;;
  registry) cat >> "$CALLS" ;;
esac''' % DIGEST,
    "cosign": '[ "$1" != sign-blob ] || echo signed > "$4"',
    "gh": 'echo "repository $GH_REPO" >> "$CALLS"',
}


class Release(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(prefix="towline-workflows.")
        self.addCleanup(place.cleanup)
        self.folder = pathlib.Path(place.name)
        self.tree = self.folder / "source"
        self.tree.mkdir()
        for name in ("CMakeLists.txt", "CHANGELOG.md", "Dockerfile"):
            shutil.copy(ROOT / name, self.tree)
        for name in ("scripts", "helm"):
            shutil.copytree(ROOT / name, self.tree / name)
        changelog = (self.tree / "CHANGELOG.md").read_text()
        (self.tree / "CHANGELOG.md").write_text(changelog.replace(
            "## Unreleased\n", f"## Unreleased\n\n- not yet\n\n## {VERSION} - 2026-01-02\n", 1) + "\n## 0.0.1\n\n- long ago\n")
        git = ["git", "-C", self.tree, "-c", "user.name=a", "-c", "user.email=a@b.invalid"]
        for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
            subprocess.run([*git, *arguments], check=True)
        tools = self.folder / "tools"
        tools.mkdir()
        for name, body in DOUBLES.items():
            (tools / name).write_text(CALLED + body + "\n")
            (tools / name).chmod(0o755)
        self.calls = self.folder / "calls"
        self.environment = {"PATH": f"{tools}:/usr/bin:/bin", "CALLS": str(self.calls), "GITHUB_REF_NAME": f"v{VERSION}",
                            "GITHUB_REPOSITORY": "Some/Towline", "GITHUB_SERVER_URL": "https://forge.invalid", "GITHUB_ACTOR": "me",
                            "REGISTRY": "registry.invalid", "REGISTRY_TOKEN": "sesame"}

    def release(self, *arguments, code=0):
        self.calls.write_text("")
        done = subprocess.run([self.tree / "scripts/release", *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stdout)
        return done.stdout, self.calls.read_text().splitlines()

    def files(self):
        return self.tree / "build/release-files"

    def test_versions_agree(self):
        self.release("check")
        self.environment["GITHUB_REF_NAME"] = "v0.0.9"
        self.assertIn("the tag is v0.0.9", self.release("check", code=1)[0])

    def test_a_changelog_without_the_version(self):
        shutil.copy(ROOT / "CHANGELOG.md", self.tree)
        if f"## {VERSION}" not in (ROOT / "CHANGELOG.md").read_text():
            self.assertIn("CHANGELOG.md has nothing", self.release("check", code=1)[0])

    def test_dry_nothing_is_built_or_sent(self):
        for command in ("check", "login", "image", "chart", "binaries", "publish"):
            with self.subTest(command):
                said, calls = self.release("--dry-run", command)
                self.assertTrue(command == "check" or "would run: " in said, said)
                self.assertEqual([call for call in calls if call.split()[:2] not in (["docker", "buildx"], ["helm", "package"])], [])
                self.assertEqual([call for call in calls if call.startswith("docker") and "inspect" not in call], [])
                self.assertNotIn("sesame", said)

    def test_login_does_not_show_the_token(self):
        _, calls = self.release("login")
        self.assertEqual(calls, ["docker login registry.invalid --username me --password-stdin", "sesame",
                                 "helm registry login registry.invalid --username me --password-stdin", "sesame"])

    def test_the_image(self):
        _, calls = self.release("image")
        build, sign = [call for call in calls if " build " in call or call.startswith("cosign")]
        for part in ("--platform linux/amd64,linux/arm64,linux/arm/v7", "--provenance=mode=max", "--sbom=true", "--push .",
                     f"--tag registry.invalid/some/towline:{VERSION} ", f"--build-arg VERSION={VERSION}"):
            self.assertIn(part, build + " ")
        self.assertNotIn("--file", build)
        arguments = re.findall(r"--build-arg ([A-Z_]+)=\S", build)
        declared = re.findall(r"^ARG ([A-Z_]+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
        self.assertLessEqual(set(arguments), set(declared))
        self.assertEqual(sign, f"cosign sign --yes --recursive registry.invalid/some/towline@{DIGEST}")

    def test_what_all_is_built_in_has_a_digest_that_the_jobs_share(self):
        self.environment["GITHUB_OUTPUT"] = str(self.folder / "output")
        image = [call for call in self.release("image")[1] if " build " in call][0]
        self.assertIn(f"--build-arg BASE=debian:trixie-slim@{BASE_DIGEST} ", image)
        told = (self.folder / "output").read_text()
        self.assertEqual(told, f"base=debian:trixie-slim@{BASE_DIGEST}\n")
        self.environment["BASE"] = "debian:trixie-slim@sha256:" + "ef" * 32
        _, calls = self.release("binaries")
        self.assertEqual([call for call in calls if "imagetools" in call], [])
        self.assertIn(f"--build-arg BASE={self.environment['BASE']} ", [call for call in calls if " build " in call][0])
        self.environment["BASE"] = "debian:trixie-slim"
        self.assertIn("not an image by its digest", self.release("image", code=1)[0])
        jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]
        self.assertEqual(jobs["image"]["outputs"], {"base": "${{ steps.image.outputs.base }}"})
        self.assertIn({"BASE": "${{ needs.image.outputs.base }}"}, [step.get("env") for step in jobs["binaries"]["steps"]])

    def test_the_platforms_are_those_the_dockerfile_is_for(self):
        told = set(re.findall(r"linux/[a-z0-9/]+", (ROOT / "Dockerfile").read_text()))
        (built,) = re.findall(r"^platforms=(.*)", (ROOT / "scripts/release").read_text(), re.MULTILINE)
        self.assertEqual(set(built.split(",")), told)

    def test_the_chart_knows_its_image(self):
        _, calls = self.release("chart")
        version = yaml.safe_load((ROOT / "helm/towline/Chart.yaml").read_text())["version"]
        self.assertIn(f"helm push build/release-files/towline-{version}.tgz oci://registry.invalid/some/charts", calls)
        self.assertEqual(calls[-1], f"cosign sign --yes registry.invalid/some/charts/towline@{DIGEST}")
        with tarfile.open(self.files() / f"towline-{version}.tgz") as archive:
            values, facts = (yaml.safe_load(archive.extractfile(f"chart/{name}.yaml").read()) for name in ("values", "Chart"))
        before = yaml.safe_load((ROOT / "helm/towline/values.yaml").read_text())
        before["image"].update(registry="registry.invalid", repository="some/towline")
        before["prometheusRule"]["runbookUrl"] = f"https://forge.invalid/some/towline/blob/v{VERSION}/docs/troubleshooting.md"
        self.assertEqual(values, before)
        return facts

    def test_artifact_hub_is_told_where_all_is_and_what_changed(self):
        changelog = self.tree / "CHANGELOG.md"
        item = r'It says "no" to `C:\x`: really'
        heading = f"## {VERSION} - 2026-01-02\n"
        changelog.write_text(changelog.read_text().replace(heading, f"{heading}\n### Fixed\n\n- {item}\n"))
        facts = self.test_the_chart_knows_its_image()
        home = "https://forge.invalid/some/towline"
        self.assertEqual((facts.pop("home"), facts.pop("sources")), (home, [home]))
        told, before = facts["annotations"], yaml.safe_load((ROOT / "helm/towline/Chart.yaml").read_text())
        self.assertEqual(yaml.safe_load(told.pop("artifacthub.io/images")), [{"name": "towline", "image": f"registry.invalid/some/towline:{VERSION}"}])
        changes = yaml.safe_load(told.pop("artifacthub.io/changes"))
        self.assertEqual(changes[0], {"kind": "fixed", "description": item})
        self.assertIn({"kind": "added", "description": "`towline healthcheck`, `config`, `version`, `help`."}, changes)
        for name in ("artifacthub.io/images", "artifacthub.io/changes"):
            del before["annotations"][name]
        self.assertEqual(facts, before)

    def test_binaries_have_names_the_action_asks_for_and_checksums(self):
        self.release("binaries")
        names = [f"towline-{VERSION}-linux-{machine}" for machine in ("amd64", "arm64", "armv7")]
        sums = dict(reversed(line.split("  ")) for line in (self.files() / "SHA256SUMS").read_text().splitlines())
        self.assertEqual(set(sums), {name + more for name in names for more in ("", f".{SBOM}", f".{PROVENANCE}")})
        for name, told in sums.items():
            self.assertEqual(hashlib.sha256((self.files() / name).read_bytes()).hexdigest(), told)
        self.assertEqual((self.files() / names[2]).read_text(), "linux_arm_v7 towline\n")
        self.assertTrue(os.access(self.files() / names[0], os.X_OK))
        start = (ROOT / "towline-tunnel/start").read_text()
        for machine in ("amd64", "arm64", "armv7"):
            self.assertIn(f"towline-$version-linux-{machine}", start)

    def test_a_release_has_the_files_and_the_changelogs_words(self):
        self.release("binaries")
        _, calls = self.release("publish")
        self.assertTrue(calls[0].startswith(f"gh release create v{VERSION} --verify-tag "), calls)
        for name in (f"towline-{VERSION}-linux-arm64", "SHA256SUMS", "SHA256SUMS.sigstore.json"):
            self.assertIn(f"build/release-files/{name}", calls[0].split())
        self.assertEqual(calls[1], "repository some/towline")
        notes = (self.files() / "notes.md").read_text()
        self.assertIn("Remote (`-R`) and local (`-L`) forwards", notes)
        for foreign in ("not yet", "long ago", "## "):
            self.assertNotIn(f"\n{foreign}" if foreign == "## " else foreign, notes)

    def test_a_file_that_was_changed_is_not_published(self):
        self.release("binaries")
        (self.files() / f"towline-{VERSION}-linux-amd64").write_text("other\n")
        self.assertEqual(self.release("publish", code=1)[1], [])

    def test_an_unknown_command(self):
        self.assertIn("usage", self.release("everything", code=64)[0])
