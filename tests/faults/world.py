"""A world for each cell: processes, mounts and network of its own, and a folder. What a cell starts ends with it.

Ports are free, pids are few, and a name server can have port 53, whatever runs beside it. Needs root.
"""
import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import time

NEW_MOUNTS, NEW_PROCESSES, NEW_NETWORK = 0x00020000, 0x20000000, 0x40000000  # CLONE_NEW… of sched.h
SIGNAL_WHEN_PARENT_DIES = 1  # PR_SET_PDEATHSIG
libc = ctypes.CDLL(None, use_errno=True)


def system_call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def run(*command, check=True):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {done.returncode}: {done.stdout}")
    return done.stdout


def eventually(seconds, condition):
    """What condition() returns once it is true, or its last answer when the time is over."""
    last = time.monotonic() + seconds
    while True:
        result = condition()
        if result or time.monotonic() > last:
            return result
        time.sleep(0.02)


class World:
    """What a cell sees of its world, and what it has found out: `wrong` is what was expected otherwise."""

    def __init__(self, folder, form):
        self.folder, self.form = folder, form
        self.wrong, self.told = [], []

    def expect(self, holds, otherwise):
        if not holds:
            self.wrong.append(otherwise)

    def tell(self, text):
        self.told.append(text)

    def start(self, command, **options):
        """A process that ends with the world."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, **options}
        return subprocess.Popen([str(word) for word in command], **options)

    def has_resolv_conf(self, text):
        conf = self.folder / "resolv.conf"
        conf.write_text(text)
        run("mount", "--bind", conf, os.path.realpath("/etc/resolv.conf"))

    def mount_disk(self, name, size):
        """A file system with room for `size` bytes."""
        disk = self.folder / name
        disk.mkdir()
        run("mount", "-t", "tmpfs", "-o", f"size={size}", "disk", disk)
        return disk


def enter(body):
    """Forks; the child is the first process of a new world and runs body(). Returns the pid of its parent there: killing
    that ends the world."""
    keeper = os.fork()
    if keeper:
        return keeper
    status = 1
    try:
        os.setsid()
        system_call("prctl", SIGNAL_WHEN_PARENT_DIES, signal.SIGKILL)
        system_call("unshare", NEW_PROCESSES | NEW_MOUNTS | NEW_NETWORK)
        first = os.fork()
        if first:
            os.waitpid(first, 0)
            os._exit(0)
        system_call("prctl", SIGNAL_WHEN_PARENT_DIES, signal.SIGKILL)
        run("mount", "--make-rprivate", "/")
        run("mount", "-t", "proc", "proc", "/proc")
        run("ip", "link", "set", "lo", "up")
        body()
        status = 0
    finally:
        os._exit(status)


def keep(folder, name):
    """What a failed cell left behind, to be looked at."""
    kept = pathlib.Path("build/faults", name)
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(folder, kept, ignore=lambda where, names: [n for n in names if not _is_plain(where, n)])
    return kept


def _is_plain(where, name):
    path = pathlib.Path(where, name)
    return path.is_dir() or (path.is_file() and not path.is_symlink() and path.stat().st_size < 4 << 20)
