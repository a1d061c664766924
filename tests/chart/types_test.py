"""
Every object that the chart and the examples make, against Kubernetes' types: TypeScript's compiler refuses fields
that a type does not have, values of another type and missing ones. Against the newest types that npm has, and against
those of before 1.25, so that nothing newer than the oldest supported Kubernetes gets in unasked.
"""
import functools
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from chart import CI_VALUES, ROOT, cases, parse, render, rendered_file, spread
from sidecar_test import parent_objects

NEWEST, OLDEST = "kubernetes-models", "kubernetes-models-oldest"
OPERATOR = "@kubernetes-models/prometheus-operator"
EXAMPLES = sorted((ROOT / "examples/kubernetes").glob("*.yaml"))
WITHOUT_TYPES = {"ExternalSecret"}  # npm's have none of v1


def module_of(thing, package):
    group = thing["apiVersion"]
    if group.startswith("monitoring.coreos.com/"):
        package = OPERATOR
    return f"{package}/{group}/{thing['kind']}"


def complaints(sources):
    """What the compiler says to each of {name: (package, objects)}."""
    tools = pathlib.Path(os.environ["TOOLS"])
    with tempfile.TemporaryDirectory(dir=tools) as folder:
        for number, (package, objects) in enumerate(sources.values()):
            lines = []
            for index, thing in enumerate(objects):
                kind = thing["kind"]
                lines.append(f'import type {{ I{kind} as T{index} }} from "{module_of(thing, package)}";')
                lines.append(f"export const o{index}: T{index} = {json.dumps(thing)};")
            pathlib.Path(folder, f"s{number}.ts").write_text("\n".join(lines) + "\n")
        options = {"noEmit": True, "strict": True, "skipLibCheck": True, "module": "commonjs", "target": "es2022",
                   "moduleResolution": "node10", "types": [], "noErrorTruncation": True}
        pathlib.Path(folder, "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "include": ["*.ts"]}))
        done = subprocess.run(["node", os.environ["TSC"], "-p", folder, "--pretty", "false"], capture_output=True, text=True, check=False, cwd=folder)
    said = {name: [] for name in sources}
    names = list(sources)
    last = None
    for line in done.stdout.splitlines():
        if line.startswith("s") and ".ts(" in line:
            last = names[int(line[1:line.index(".ts(")])]
        if last:
            said[last].append(line[:400])
        elif line:
            raise AssertionError(line)
    if done.returncode != 0 and not any(said.values()):
        raise AssertionError(done.stdout + done.stderr)
    return said


def deployment(change):
    thing = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a"},
             "spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}},
                      "template": {"spec": {"containers": [{"name": "a", "image": "b"}]}}}}
    change(thing)
    return thing


# wrong on purpose: the compiler has to see it
WRONG = {
    "an unknown field": lambda d: d["spec"].update(replicsa=1),
    "an unknown field deep inside": lambda d: d["spec"]["template"]["spec"]["containers"][0].update(livenessprobe={}),
    "a field in the wrong place": lambda d: d["spec"].update(containers=[]),
    "text for a number": lambda d: d["spec"].update(replicas="1"),
    "a number for text": lambda d: d["spec"]["template"]["spec"]["containers"][0].update(env=[{"name": "A", "value": 1}]),
    "a missing selector": lambda d: d["spec"].pop("selector"),
    "a container without a name": lambda d: d["spec"]["template"]["spec"]["containers"][0].pop("name"),
}


@functools.lru_cache(maxsize=None)
def findings():
    """One run of the compiler for all of it."""
    sources = {}
    for path in CI_VALUES:
        for age in (NEWEST, OLDEST):
            sources[f"{path.name} {age}"] = (age, rendered_file(path))
    for path in EXAMPLES:
        things = [thing for thing in parse(path.read_text()) if thing["kind"] not in WITHOUT_TYPES]
        sources[path.name] = (NEWEST, things)
    sources["traffic"] = (NEWEST, render({"service": {"trafficDistribution": "PreferClose"}}))
    sources["sidecar-chart"] = (NEWEST, parent_objects())
    for name, change in WRONG.items():
        sources[f"wrong: {name}"] = (NEWEST, [deployment(change)])
    sources["right"] = (NEWEST, [deployment(lambda d: None)])
    sources["newer"] = (OLDEST, [deployment(lambda d: d["spec"]["template"]["spec"].update(schedulingGates=[]))])
    return complaints(sources)


@spread
class Types(unittest.TestCase):
    @cases({path.name: path.name for path in CI_VALUES})
    def test_of_the_newest_kubernetes(self, name):
        self.assertEqual(findings()[f"{name} {NEWEST}"], [])

    @cases({path.name: path.name for path in CI_VALUES})
    def test_of_the_oldest_kubernetes(self, name):
        self.assertEqual(findings()[f"{name} {OLDEST}"], [])

    @cases({name: name for name in [path.name for path in EXAMPLES] + ["sidecar-chart"]})
    def test_of_an_example(self, name):
        self.assertEqual(findings()[name], [])

    def test_of_what_came_after_the_oldest_kubernetes(self):
        self.assertEqual(findings()["traffic"], [])

    @cases({name: name for name in WRONG})
    def test_the_compiler_sees(self, name):
        self.assertNotEqual(findings()[f"wrong: {name}"], [])

    def test_the_compiler_is_content_with_what_is_right(self):
        self.assertEqual(findings()["right"], [])

    def test_the_oldest_types_do_not_know_what_came_in_1_26(self):
        self.assertNotEqual(findings()["newer"], [])
