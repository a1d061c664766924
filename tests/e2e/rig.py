"""What the end-to-end tests share: running the engine's client, waiting, and a list of checks that prints its sum."""
import argparse
import atexit
import contextlib
import functools
import gzip
import io
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import junit  # noqa: E402

# The name under which the compose files know the image.
IMAGE = "towline:0.1.0"
PEER = "towline-peer:test"
UID = 65532
SIZE_MAX = 6300 * 1000  # of the image, compressed


def run(*arguments, check=True, timeout=120, **options):
    """Runs a program and returns what it printed; its standard error joins in, so that failures can be read."""
    try:
        done = subprocess.run([str(a) for a in arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=timeout, stdin=subprocess.DEVNULL, check=False, **options)
    except subprocess.TimeoutExpired as late:
        said = late.stdout.decode(errors="replace")[-4000:] if late.stdout else ""
        raise AssertionError(f"{' '.join(map(str, arguments))}: not done after {timeout} s\n{said}") from None
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, arguments))}: exit {done.returncode}\n{done.stdout[-4000:]}")
    return done.stdout if check else done


def docker(*arguments, **options):
    return run("docker", *arguments, **options)


def inspect(what, kind="container"):
    return json.loads(docker(kind, "inspect", what))[0]


def state(container):
    return inspect(container)["State"]


def health(container):
    return state(container)["Health"]["Status"]


def eventually(seconds, what, condition):
    """Waits until condition() is true and returns how long that took; its exceptions count as false."""
    began = time.monotonic()
    last = None
    while True:
        try:
            if condition():
                return time.monotonic() - began
        except (AssertionError, KeyError, ValueError) as problem:
            last = problem
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds} s: {what}" + (f"\nlast: {last}" if last else ""))
        time.sleep(0.1)


@contextlib.contextmanager
def paused(container):
    """Frozen for the block. On a busy machine with cgroup v1 the engine sometimes says that it cannot; then it is asked
    again."""
    eventually(30, f"{container} is paused", lambda: docker("pause", container, check=False).returncode == 0
               or state(container)["Paused"])
    try:
        yield
    finally:
        docker("unpause", container)


def build(image, *arguments, context=ROOT, timeout=1700):
    """Builds an image; by default out of the unmodified Dockerfile."""
    docker("build", "--progress", "plain", "-t", image, *arguments, context, timeout=timeout)


def build_images(given=None):
    """The two images that the tests need; nothing is done if they are there and their sources did not change. `given`
    is an image to take as towline's instead."""
    if given:
        docker("tag", given, IMAGE)
    else:
        build(IMAGE, *source_arguments())
    build_peer()


def build_peer():
    build(PEER, context=ROOT / "tests/e2e/peer")


def files_of_image(image):
    """What is in its layers. Together they stay below the size that the README promises, as a registry would keep them."""
    saved = subprocess.run(["docker", "save", image], stdout=subprocess.PIPE, check=True).stdout
    files, size = [], 0
    with tarfile.open(fileobj=io.BytesIO(saved)) as archive:
        for name in json.load(archive.extractfile("manifest.json"))[0]["Layers"]:
            data = archive.extractfile(name).read()
            with tarfile.open(fileobj=io.BytesIO(data)) as layer:
                files += layer.getmembers()
            size += len(data if data[:2] == b"\x1f\x8b" else gzip.compress(data, 6))
    print(f"       {size / 1e6:.2f} MB compressed, {sum(f.size for f in files) / 1e6:.2f} MB unpacked")
    assert size <= SIZE_MAX, f"{size} bytes"
    return files


@functools.cache
def source_arguments():
    """What names the source and gives the image its date, as a release does; the same for the whole of a run."""
    def git(*arguments):
        return run("git", "-C", ROOT, *arguments).strip()
    return ("--build-arg", "REVISION=" + git("describe", "--always", "--dirty", "--abbrev=12"),
            "--build-arg", "SOURCE_DATE_EPOCH=" + git("log", "-1", "--format=%ct"))


@contextlib.contextmanager
def folder():
    path = pathlib.Path(tempfile.mkdtemp(prefix="towline-e2e."))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def make_key(path, uid):
    """A key that its owner alone may read."""
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", path)
    os.chown(path, uid, uid)
    os.chmod(path, 0o400)


def make_keys(path):
    """Keys for a server and for a towline that logs in there; the latter belongs to the image's uid."""
    make_key(path / "host_key", os.getuid())
    make_key(path / "id_ed25519", UID)
    shutil.copy(path / "id_ed25519.pub", path / "authorized_keys")
    os.chmod(path, 0o755)


def known_hosts_line(path, host, port=22):
    key = " ".join((path / "host_key.pub").read_text().split()[:2])
    return f"{host if port == 22 else f'[{host}]:{port}'} {key}\n"


class Containers:
    """Containers and networks of one suite, ended with it. Names carry a random part: suites can run side by side."""

    def __init__(self):
        self.tag = f"towline-e2e-{random.randrange(16 ** 6):06x}"
        self.containers, self.networks = [], []
        atexit.register(self.close)  # also when a suite does not come to its end

    def network(self, name):
        name = f"{self.tag}-{name}"
        docker("network", "create", name)
        self.networks.append(name)
        return name

    def start(self, name, *arguments):
        name = f"{self.tag}-{name}"
        self.containers.append(name)
        docker("run", "-d", "--name", name, *arguments)
        return name

    def remove(self, name):
        docker("rm", "-f", "-v", name)
        self.containers.remove(name)

    def close(self):
        for name in self.containers:
            docker("rm", "-f", "-v", name, check=False)
        for name in self.networks:
            docker("network", "rm", name, check=False)
        self.containers, self.networks = [], []

    def logs(self):
        """The end of every container's log, for a failed test."""
        return "\n".join(f"--- end of {name}\n" + docker("logs", "--tail", "15", name, check=False).stdout
                         for name in self.containers)


class Suite:
    """Runs functions in order, one line for each, and ends with their sum."""

    def __init__(self, description):
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("only", nargs="?", default="", help="run those whose name contains this")
        self.only = parser.parse_args().only
        self.cases, self.began = [], time.monotonic()

    def check(self, test, *arguments, on_failure=None, name=None):
        name = name or test.__name__
        if self.only not in name:
            return
        began = time.monotonic()
        try:
            test(*arguments)
        except Exception as problem:  # pylint: disable=broad-except
            self.cases.append(junit.Case(name, time.monotonic() - began, "failed", str(problem)))
            print(f"FAILED {name}: {problem}", flush=True)
            if not isinstance(problem, AssertionError) or not str(problem):
                traceback.print_exc(file=sys.stdout)
            if on_failure:
                print(on_failure())
        else:
            self.cases.append(junit.Case(name, time.monotonic() - began))
            print(f"ok     {name}, {self.cases[-1].seconds:.1f} s", flush=True)

    def end(self):
        junit.write(self.cases)
        failed = sum(case.result == "failed" for case in self.cases)
        print(f"total {time.monotonic() - self.began:.0f} s")
        print(f"{len(self.cases) - failed} passed, {failed} failed", flush=True)
        sys.exit(0 if self.cases and not failed else 1)
