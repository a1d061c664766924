"""The chart, rendered by the real Helm, and the objects that come out."""
import copy
import functools
import json
import os
import pathlib
import subprocess
import tempfile

import yaml

from strict_yaml import Loader

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "helm/towline"
CI_VALUES = sorted((CHART / "ci").glob("*-values.yaml"))

# The least that renders: tests say what they add to it.
LEAST = {
    "server": {"host": "bastion.example.org"},
    "existingSecret": "tunnel-key",
    "forwards": {"db": {"flag": "-L", "listen": 5432, "connect": "db.internal:5432"}},
}


class Refused(Exception):
    """Helm did not render; its words."""


def helm(*arguments):
    done = subprocess.run([os.environ["HELM"], *map(str, arguments)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(done.stdout + done.stderr)
    return done.stdout


def parse(text):
    return [thing for thing in yaml.load_all(text, Loader) if thing]


def merged(base, changes):
    """`changes` over `base`, map by map, as Helm merges values files; None stays, so that Helm sees it."""
    result = copy.deepcopy(base)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def render(values=None, base=None, release="r", chart=CHART, arguments=()):
    """All objects of the chart with `values` over `base` (LEAST)."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        json.dump(merged(LEAST if base is None else base, values or {}), file)  # JSON: YAML 1.1 reads a bare y as true
        file.flush()
        return parse(helm("template", release, chart, "--namespace", "apps", "-f", file.name, *arguments))


@functools.lru_cache(maxsize=None)
def rendered_file(path):
    return parse(helm("template", "r", CHART, "--namespace", "apps", "-f", path))


def find(objects, kind, name=None):
    found = [o for o in objects if o["kind"] == kind and name in (None, o["metadata"]["name"])]
    assert len(found) == 1, f"{len(found)} of {kind} {name or ''}"
    return found[0]


def kinds(objects):
    return sorted(o["kind"] for o in objects)


def workload(objects):
    """The Deployment or DaemonSet."""
    (only,) = (o for o in objects if o["kind"] in ("Deployment", "DaemonSet"))
    return only


def pod(objects):
    return workload(objects)["spec"]["template"]["spec"]


def container(objects):
    return pod(objects)["containers"][0]


def env(objects):
    return {e["name"]: e.get("value") for e in container(objects)["env"]}


def pod_specs(objects):
    """Every pod in the objects, with a name for it."""
    for thing in objects:
        if thing["kind"] == "Pod":
            yield f"Pod {thing['metadata']['name']}", thing["spec"]
        elif thing["kind"] in ("Deployment", "DaemonSet", "Job"):
            yield f"{thing['kind']} {thing['metadata']['name']}", thing["spec"]["template"]["spec"]


def cases(table):
    """A test for each row of the table: the decorated function gets the row's value, the row's key names the test."""

    def decorate(function):
        function.cases = table
        return function

    return decorate


def spread(cls):
    """Makes the tests that @cases asks for."""
    for name, function in list(vars(cls).items()):
        table = getattr(function, "cases", None)
        if table is None:
            continue
        delattr(cls, name)
        for key, value in table.items():
            def test(self, function=function, value=value):
                function(self, value)

            test.__name__ = f"{name}: {key}"
            test.__doc__ = None
            setattr(cls, f"{name}: {key}", test)
    return cls
