"""Runs the composite action as a runner does: inputs with their defaults, expressions, conditions, env, the files of
workflow commands, outputs. Knows only what action.yml uses; anything else is an error."""
import os
import pathlib
import re
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACTION = ROOT / "towline-tunnel"


def definition():
    return yaml.safe_load((ACTION / "action.yml").read_text())


def lines_of(path):
    """The name=value lines of $GITHUB_OUTPUT or $GITHUB_ENV."""
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


class Job:
    """Steps of one job: they share the temporary folder and what earlier ones put into $GITHUB_ENV."""

    def __init__(self, folder, shell=("sh",), repository="", environment=None):
        self.folder = pathlib.Path(folder)
        self.shell = shell
        self.repository = repository
        self.environment = dict(environment or {})
        self.steps = 0
        (self.folder / "temp").mkdir(exist_ok=True)

    def evaluated(self, text, inputs, outputs):
        def value(match):
            scope, _, name = match.group(1).partition(".")
            if scope == "inputs":
                return inputs[name]
            if match.group(1) == "github.action_repository":
                return self.repository
            step = re.fullmatch(r"steps\.(\w+)\.outputs\.([\w-]+)", match.group(1))
            return outputs.get(step.group(1), {}).get(step.group(2), "")
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", value, text)

    @staticmethod
    def holds(condition, inputs):
        name, operator, word = re.fullmatch(r"inputs\.([\w-]+) ([!=]=) '(\w+)'", condition).groups()
        return (inputs[name] == word) == (operator == "==")

    def run(self, step, inputs):
        """One `run` step: its exit code, what it printed, and what it left in $GITHUB_OUTPUT."""
        self.steps += 1
        files = {name: self.folder / f"{name}.{self.steps}" for name in ("output", "env")}
        for file in files.values():
            file.touch()
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(self.folder / "temp"),
                       "GITHUB_ACTION_PATH": str(ACTION), "GITHUB_OUTPUT": str(files["output"]), "GITHUB_ENV": str(files["env"]),
                       "GITHUB_SERVER_URL": "https://forge.invalid", **self.environment}
        environment.update({name: self.evaluated(text, inputs, {}) for name, text in step["env"].items()})
        assert step["shell"] == "sh", "containers may have no other"
        script = self.folder / f"script.{self.steps}"
        script.write_text(step["run"].replace('sh "$GITHUB_ACTION_PATH', '$THE_SHELL "$GITHUB_ACTION_PATH'))
        environment["THE_SHELL"] = " ".join(self.shell)
        # The runner's pipe: the step ends when nobody has its other end any more.
        done = subprocess.run([*self.shell, "-e", script], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120, cwd=self.folder, check=False)
        self.environment.update(lines_of(files["env"]))
        return done.returncode, done.stdout, lines_of(files["output"])

    def uses(self, **given):
        """`uses: …/towline-tunnel` with these inputs, written with _ for -."""
        action = definition()
        given = {name.replace("_", "-"): str(value) for name, value in given.items()}
        assert set(given) <= set(action["inputs"]), set(given) - set(action["inputs"])
        inputs = {name: given.get(name, facts.get("default", "")) for name, facts in action["inputs"].items()}
        assert action["runs"]["using"] == "composite"
        code, printed, outputs = 0, "", {}
        for step in action["runs"]["steps"]:
            if not self.holds(step["if"], inputs):
                continue
            code, said, outputs[step.get("id", "")] = self.run(step, inputs)
            printed += said
            if code != 0:
                break
        declared = {name: self.evaluated(facts["value"], inputs, outputs) for name, facts in action["outputs"].items()}
        return code, printed, {name: value for name, value in declared.items() if value}
