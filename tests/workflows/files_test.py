"""The files of .github and the action's: linters, pins, permissions, and that workflows do nothing but run our scripts."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import yaml

import action
import strict_yaml
from action import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
PIN = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


class Loader(strict_yaml.Loader):
    """YAML 1.2's booleans, as GitHub reads them, so that `on` is a word."""


Loader.yaml_implicit_resolvers = {first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:bool"]
                                  for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))


def load(path):
    return yaml.load(path.read_text(), Loader)


def lint(*paths):
    done = subprocess.run(["node", ROOT / "tests/workflows/lint.cjs", *paths], stdout=subprocess.PIPE, text=True, check=True)
    # Its list of runners is older than they are.
    return [finding for finding in json.loads(done.stdout) if not re.search(r'^label ".*" is unknown', finding[2])]


def lint_text(text, name="workflow.yml"):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, name)
        file.write_text(text)
        return lint(file)


def jobs():
    for path in WORKFLOWS:
        for name, job in load(path)["jobs"].items():
            yield f"{path.name}: {name}", job


def unpinned(text):
    """Lines that take something of another repository by a name that can move."""
    return [line.strip() for line in text.splitlines()
            if re.search(r"\buses:", line) and not re.search(r"uses: \./", line) and not PIN.search(line)]


def targets():
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def is_ours(command):
    """Is it one script of the repository, or one target of the Makefile? Behind sudo, variables for it may stand."""
    words = command.split()
    if words[:1] == ["sudo"]:
        words = words[1:]
        while words and re.fullmatch(r"[A-Z_]+=\w+", words[0]):
            words = words[1:]
    if not words or re.search(r"[;&|<>`\n]|\$\(", command):
        return False
    if words[0] == "make":
        return set(words[1:]) <= targets()
    script = ROOT / words[0]
    return words[0].startswith("scripts/") and script.is_file() and os.access(script, os.X_OK)


class Workflows(unittest.TestCase):
    def test_there_are_some(self):
        self.assertEqual([path.stem for path in WORKFLOWS], ["ci", "codeql", "release"])

    def test_linters_have_nothing_to_say(self):
        self.assertEqual(lint(*WORKFLOWS, action.ACTION / "action.yml"), [])

    def test_linters_see_mistakes(self):
        good = (GITHUB / "workflows/ci.yml").read_text()
        for what, bad in {
            "an unknown key": good.replace("runs-on:", "runs-at:"),
            "an unknown matrix value": good.replace("matrix.suite", "matrix.suit"),
            "a job that is not there": good.replace("  lint:\n", "  lint:\n    needs: nothing\n"),
            "an unknown permission": good.replace("contents: read", "content: read"),
            "text of strangers in a script": good.replace("run: make lint", "run: echo ${{ github.event.issue.title }}"),
        }.items():
            with self.subTest(what):
                self.assertNotEqual(bad, good)
                self.assertNotEqual(lint_text(bad), [])

    def test_the_schema_sees_mistakes_in_an_action(self):
        good = (action.ACTION / "action.yml").read_text()
        for what, bad in {"a step without a shell": good.replace("      shell: sh\n", ""),
                          "no runs": good.replace("using: composite", "using: magic")}.items():
            with self.subTest(what):
                self.assertNotEqual(bad, good)
                self.assertNotEqual(lint_text(bad, "action.yml"), [])

    def test_what_is_not_ours_is_pinned(self):
        for path in [*WORKFLOWS, action.ACTION / "action.yml"]:
            self.assertEqual(unpinned(path.read_text()), [], path.name)
        self.assertEqual(unpinned("- uses: a/b@v1\n- uses: a/b@" + "0" * 40 + "\n- {uses: docker://x}"),
                         ["- uses: a/b@v1", "- uses: a/b@" + "0" * 40, "- {uses: docker://x}"])

    def test_one_pin_for_one_action(self):
        pins = {}
        for path in WORKFLOWS:
            for name, pin in re.findall(r"uses: ([\w.-]+/[\w.-]+)\S*(@\S+ # \S+)", path.read_text()):
                pins.setdefault(name, set()).add(pin)
        self.assertEqual({name: found for name, found in pins.items() if len(found) > 1}, {})

    def test_a_workflow_may_nothing_and_a_job_what_it_needs(self):
        for path in WORKFLOWS:
            self.assertEqual(load(path)["permissions"], {}, path.name)
        for name, job in jobs():
            with self.subTest(name):
                self.assertEqual(job["permissions"]["contents"], "write" if name == "release.yml: binaries" else "read")
                writes = {scope for scope, level in job["permissions"].items() if level == "write"}
                allowed = {"release.yml: image": {"packages", "id-token"}, "release.yml: chart": {"packages", "id-token"},
                           "release.yml: binaries": {"contents", "id-token"}, "codeql.yml: analyze": {"security-events"}}
                self.assertEqual(writes, allowed.get(name, set()))
                self.assertTrue("uses" in job or job["timeout-minutes"] <= 60)

    def test_the_token_is_not_left_in_the_checkout(self):
        for name, job in jobs():
            for step in job.get("steps", []):
                if step.get("uses", "").startswith("actions/checkout@"):
                    self.assertIs(step["with"]["persist-credentials"], False, name)

    def test_steps_run_our_scripts_and_nothing_else(self):
        for name, job in jobs():
            for step in job.get("steps", []):
                if "run" in step:
                    self.assertTrue(is_ours(step["run"]), f"{name}: {step['run']}")
        for command in ("scripts/gone", "make gone", "echo scripts/setup", "make test; rm -rf /", "sudo", "README.md",
                        "scripts/setup\necho", "scripts/e2e $(id)"):
            self.assertFalse(is_ours(command), command)

    def test_what_ci_runs_the_workflow_runs(self):
        ours = (ROOT / ".ci/run").read_text()
        steps = [step.get("run", "") for _, job in jobs() for step in job.get("steps", [])]
        for command in ("make lint", "make test", "make demo", "scripts/faults short", "scripts/test tsan", "scripts/e2e"):
            self.assertIn(command, ours)
            self.assertIn(command, "\n".join(steps))
        for_each_change = load(GITHUB / "workflows/ci.yml")["jobs"]["e2e"]["strategy"]["matrix"]["suite"]
        on_demand = {line.split("\t")[0] for line in (ROOT / "tests/e2e/last_run.tsv").read_text().splitlines()[1:]}
        for suite in on_demand:
            self.assertRegex(ours, f"wanted {suite} &&")
            self.assertTrue(any(step.endswith(f"scripts/e2e {suite}") for step in steps), suite)
        suites = {path.stem for path in (ROOT / "tests/e2e").glob("*.py")} - {"rig", "scene", "openssh_10"}
        self.assertEqual(set(for_each_change) | on_demand, suites)


class OtherFiles(unittest.TestCase):
    def test_dependabot_looks_where_there_is_something(self):
        config = load(GITHUB / "dependabot.yml")
        self.assertEqual(config["version"], 2)
        manifests = {"github-actions": ".github/workflows/*.yml", "docker": "Dockerfile", "npm": "package.json"}
        looked_at = set()
        for update in config["updates"]:
            self.assertLessEqual(set(update), {"package-ecosystem", "directory", "directories", "schedule", "groups"})
            self.assertIn(update["schedule"]["interval"], ("daily", "weekly", "monthly"))
            for folder in update.get("directories", [update.get("directory")]):
                found = list((ROOT / folder.strip("/")).glob(manifests[update["package-ecosystem"]]))
                self.assertTrue(found, f"{update['package-ecosystem']}: {folder}")
                looked_at.update(path.parent for path in found)
        tracked = subprocess.run(["git", "ls-files", "Dockerfile", "**/Dockerfile", "**/package.json"], cwd=ROOT,
                                 stdout=subprocess.PIPE, text=True, check=False).stdout.split()
        for path in tracked:
            self.assertIn((ROOT / path).parent, looked_at, f"dependabot does not look at {path}")

    def test_issue_forms(self):
        forms = sorted(set((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) - {GITHUB / "ISSUE_TEMPLATE/config.yml"})
        self.assertEqual(len(forms), 2)
        for path in forms:
            form = load(path)
            self.assertLessEqual(set(form), {"name", "description", "labels", "title", "body"})
            self.assertTrue(form["name"] and form["description"])
            ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
            self.assertEqual(len(ids), len(set(ids)))
            for part in form["body"]:
                self.assertIn(part["type"], ("markdown", "textarea", "input"))
                self.assertIn("value" if part["type"] == "markdown" else "label", part["attributes"])
                self.assertLessEqual(set(part), {"type", "id", "attributes", "validations"})
        self.assertEqual(set(load(GITHUB / "ISSUE_TEMPLATE/config.yml")), {"blank_issues_enabled"})

    def test_the_action_has_the_programs_version(self):
        project = re.search(r"project\(towline VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())
        self.assertEqual(action.definition()["inputs"]["version"]["default"], project.group(1))

    def test_every_input_reaches_the_scripts(self):
        definition = action.definition()
        handed = {}
        for step in definition["runs"]["steps"]:
            handed.update(step["env"])
        wanted = {f"INPUT_{name.upper().replace('-', '_')}": f"${{{{ inputs.{name} }}}}" for name in definition["inputs"]}
        self.assertEqual({**wanted, "INPUT_REPOSITORY": "${{ github.action_repository }}"}, handed)
        scripts = "".join((action.ACTION / name).read_text() for name in ("start", "stop", "common"))
        self.assertEqual({name for name in handed if f"${{{name}" not in scripts and f"${name}" not in scripts}, set())

    def test_the_documents_name_inputs_that_exist(self):
        inputs, outputs = (set(action.definition()[kind]) for kind in ("inputs", "outputs"))
        text = (ROOT / "docs/ci.md").read_text()
        table = re.findall(r"^\| `([a-z0-9-]+)` \|", text, re.MULTILINE)
        self.assertEqual(set(table), inputs | outputs)
        for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL):
            for step in re.findall(r"towline-tunnel@.*\n((?:.*\n)*?)(?= *- |\Z)", block):
                given = set(re.findall(r"^ +([a-z-]+):", step, re.MULTILINE)) - {"with", "if", "id"}
                self.assertLessEqual(given, inputs)

    def test_shellcheck(self):
        scripts = [str(path.relative_to(ROOT)) for path in [*action.ACTION.iterdir(), *(ROOT / "scripts").iterdir()]
                   if path.is_file() and path.read_bytes()[:9] in (b"#!/bin/sh", b"#!/bin/ba")]
        self.assertGreater(len(scripts), 8)
        done = subprocess.run(["shellcheck", "-x", *scripts], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.stdout, "")
