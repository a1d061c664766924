"""The chart's files: lint, package, values for tests, README, alerts, and what has to agree with the program."""
import json
import pathlib
import re
import shutil
import subprocess
import tarfile
import tempfile
import unittest

import yaml

from chart import CHART, CI_VALUES, ROOT, Refused, cases, find, helm, parse, pod, render, rendered_file, spread
import readme


def notes_of(path):
    """`helm template` leaves the notes out, and other commands want a cluster: here they are part of an object."""
    with tempfile.TemporaryDirectory() as folder:
        chart = pathlib.Path(folder, "towline")
        shutil.copytree(CHART, chart)
        notes = chart / "templates/NOTES.txt"
        (chart / "templates/_notes.tpl").write_text('{{ define "notes" }}' + notes.read_text() + "{{ end }}")
        (chart / "templates/notes.yaml").write_text('kind: Notes\ntext: {{ include "notes" . | toJson }}\n')
        (thing,) = parse(helm("template", "r", chart, "--namespace", "apps", "-f", path, "--show-only", "templates/notes.yaml"))
        return thing["text"]


@spread
class Files(unittest.TestCase):
    def test_lint(self):
        self.assertIn("0 chart(s) failed", helm("lint", "--strict", CHART))

    @cases({path.name: path for path in CI_VALUES})
    def test_lint_with(self, path):
        self.assertIn("0 chart(s) failed", helm("lint", "--strict", CHART, "-f", path))

    @cases({path.name: path for path in CI_VALUES})
    def test_renders(self, path):
        self.assertTrue(pod(rendered_file(path))["containers"])

    @cases({path.name: path for path in CI_VALUES})
    def test_notes(self, path):
        notes = notes_of(path)
        entrance = "mode: expose" in path.read_text()
        self.assertIn("towline is a public entrance" if entrance else "towline keeps these forwards through", notes)
        known = entrance or re.search(r"^ *(knownHosts|hostKeyFingerprints):", path.read_text(), re.MULTILINE)
        self.assertEqual("WARNING: no known hosts" in notes, not known)

    def test_the_package_has_what_it_needs_and_no_tests(self):
        with tempfile.TemporaryDirectory() as folder:
            helm("package", CHART, "--destination", folder)
            (package,) = pathlib.Path(folder).glob("*.tgz")
            with tarfile.open(package) as archive:
                names = {name.removeprefix("towline/") for name in archive.getnames()}
        self.assertLessEqual({"Chart.yaml", "values.schema.json", "README.md", "rules/towline.rules.yaml", "dashboards/towline.json"}, names)
        self.assertEqual([n for n in names if n.startswith("ci/") or ".test." in n], [])

    def test_chart_and_program_have_one_version(self):
        chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
        project = re.search(r"project\(towline VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())
        self.assertEqual(chart["appVersion"], project.group(1))
        images = yaml.safe_load(chart["annotations"]["artifacthub.io/images"])
        self.assertEqual(images[0]["image"], f"towline:{chart['appVersion']}")

    def test_the_schema_knows_every_value_and_no_other(self):
        schema = json.loads((CHART / "values.schema.json").read_text())
        defaults = yaml.safe_load((CHART / "values.yaml").read_text())

        def compare(where, rule, value):
            if not isinstance(value, dict) or not value or "properties" not in rule:
                return
            if where != "values.global":  # other charts read it too
                self.assertIs(rule.get("additionalProperties"), False, where)
            self.assertEqual(set(rule["properties"]), set(value), where)
            for key, inner in value.items():
                compare(f"{where}.{key}", rule["properties"][key], inner)

        compare("values", schema, defaults)

    def test_every_variable_is_a_value_or_left_to_extraEnv(self):
        documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE))
        templates = [CHART / "templates" / name for name in ("_settings.tpl", "_endpoint.tpl", "_expose.tpl", "_publish.tpl")]
        offered = set(re.findall(r"\b(?:SSH|TOWLINE|AUTOSSH)_[A-Z_]+\b", "".join(path.read_text() for path in templates)))
        # The forward of jnovack/autossh's variables is one in `forwards`; secrets are files, and nothing is `run`; the rest
        # is for old setups.
        left = {"SSH_BIND_IP", "SSH_TUNNEL_PORT", "SSH_TARGET_HOST", "SSH_TARGET_PORT", "SSH_TUNNEL_NAME",
                "SSH_KEY", "SSH_KEY_PASSPHRASE", "SSH_CERTIFICATE", "SSH_PASSWORD", "SSH_KNOWN_HOSTS",
                "SSH_STRICT_HOST_IP_CHECK", "TOWLINE_RUN_KEEP_SECRETS", "AUTOSSH_POLL", "AUTOSSH_LOGLEVEL",
                "AUTOSSH_DEBUG", "AUTOSSH_PIDFILE"}
        # Of an endpoint what is given decides TOWLINE_AUTH, and keys are files too.
        left |= {"TOWLINE_AUTH_URL", "TOWLINE_AUTH_TOKEN", "TOWLINE_AUTH_TOKEN_FILE", "TOWLINE_AUTH_CA_FILE",
                 "TOWLINE_HOST_CERTIFICATE", "TOWLINE_HOST_CERTIFICATE_FILE", "TOWLINE_AUTH", "TOWLINE_BANNER_FILE", "TOWLINE_HOST_KEY", "TOWLINE_AUTHORIZED_KEYS", "TOWLINE_USER_CA_KEYS"}
        self.assertGreater(len(documented), 40)
        self.assertEqual(documented - offered, left)
        self.assertEqual(offered - documented, set())

    def test_readme_has_the_values(self):
        self.assertEqual(readme.wanted(), readme.README.read_text(), "run scripts/chart --readme")

    def test_readme_tells_every_value(self):
        self.assertEqual([row.path for row in readme.rows() if not row.text], [])

    def rules(self, values):
        return find(render({"prometheusRule": {"enabled": True, **values}}), "PrometheusRule")["spec"]

    def judge(self, spec):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump(spec, file)
            file.flush()
            done = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_promtool_takes_the_alerts(self):
        code, said = self.judge(self.rules({}))
        self.assertEqual(code, 0, said)
        file = yaml.safe_load((CHART / "rules/towline.rules.yaml").read_text())
        self.assertEqual(self.rules({})["groups"], file["groups"])

    def runbooks(self, values):
        (group,) = self.rules(values)["groups"]
        return {rule["alert"]: rule["annotations"].get("runbook_url") for rule in group["rules"]}

    def test_every_alert_has_a_runbook_in_the_documentation(self):
        page = (ROOT / "docs/troubleshooting.md").read_text()
        anchors = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)", page, re.MULTILINE)}
        ours = self.runbooks({})
        self.assertGreater(len(ours), 10)
        for alert, address in ours.items():
            path, _, anchor = address.partition("#")
            self.assertEqual(path, "docs/troubleshooting.md", alert)
            self.assertIn(anchor, anchors, alert)
        base = "https://runbooks.example.org/$1/towline"
        self.assertEqual(self.runbooks({"runbookUrl": base}), {alert: address.replace("docs/troubleshooting.md", base) for alert, address in ours.items()})
        self.assertEqual(set(self.runbooks({"runbookUrl": ""}).values()), {None})

    def test_promtool_takes_the_alerts_of_the_values_for_tests(self):
        spec = find(rendered_file(CHART / "ci/monitoring-values.yaml"), "PrometheusRule")["spec"]
        code, said = self.judge(spec)
        self.assertEqual(code, 0, said)
        alerts = {rule["alert"]: rule for rule in spec["groups"][0]["rules"]}
        self.assertNotIn("SSHTunnelFdExhaustion", alerts)
        self.assertEqual(alerts["SSHTunnelDown"]["labels"], {"severity": "critical", "team": "platform"})
        self.assertIn("Example", alerts)

    def test_promtool_sees_a_broken_alert(self):
        code, _ = self.judge(self.rules({"extraRules": [{"alert": "A", "expr": "sum("}]}))
        self.assertNotEqual(code, 0)

    def test_the_dashboard_arrives_whole(self):
        (text,) = find(render({"dashboard": {"enabled": True}}), "ConfigMap")["data"].values()
        self.assertEqual(json.loads(text), json.loads((CHART / "dashboards/towline.json").read_text()))

    def test_a_mistake_in_a_template_is_seen(self):
        with self.assertRaises(Refused):
            render({"extraEnv": [{"name": "A", "value": "{{ .Values.nothing.inside }}"}]})

    def test_the_external_secret_fits_the_defaults(self):
        (example,) = parse((ROOT / "examples/kubernetes/external-secret.yaml").read_text())
        keys = {entry["secretKey"] for entry in example["spec"]["data"]}
        defaults = yaml.safe_load((CHART / "values.yaml").read_text())["existingSecretKeys"]
        self.assertIn(defaults["privateKey"], keys)
