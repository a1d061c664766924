"""The image for other architectures, cross-compiled by the same Dockerfile, run by qemu: it carries a tunnel.

TOWLINE_E2E_PLATFORMS: which ones, all that are shipped by default.
"""
import contextlib
import os
import pathlib
import tempfile

import rig
from rig import PEER, docker, eventually, health, inspect

# ELF header up to e_machine: class, byte order; then the machine.
MACHINES = {"linux/arm64": ("aarch64", 2, 0xB7), "linux/arm/v7": ("arm", 1, 0x28)}


def qemu(machine):
    """The static emulator out of Debian's package, unpacked beside the engine; installing it would change the machine."""
    root = rig.ROOT / "build/engine/qemu"
    for package in ("qemu-user-static", "qemu-user"):  # since Debian 13 the latter is static
        for name in (f"qemu-{machine}-static", f"qemu-{machine}"):
            if (root / "usr/bin" / name).is_file():
                return (root / "usr/bin" / name).resolve()
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as debs:
            os.chmod(debs, 0o755)
            rig.run("apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package, cwd=debs)
            rig.run("dpkg-deb", "-x", *pathlib.Path(debs).glob("*.deb"), root)
    raise AssertionError(f"no qemu for {machine} in Debian's packages")


@contextlib.contextmanager
def emulation(platform):
    """The kernel hands this platform's programs to qemu, also in containers, until the block ends."""
    machine, elf_class, number = MACHINES[platform]

    def escaped(hexadecimal):
        return "".join(f"\\x{hexadecimal[i:i + 2]}" for i in range(0, len(hexadecimal), 2))
    name = f"towline-{machine}-{os.getpid()}"
    # The mask leaves out the ABI and lets position-independent programs pass. F: the emulator is opened now, so that
    # containers need not contain it.
    magic = escaped(f"7f454c46{elf_class:02x}0101{'00' * 9}0200{number:02x}00")
    mask = escaped(f"ffffffffffffff00{'ff' * 8}feffffff")
    with tempfile.TemporaryDirectory() as folder:
        rig.run("mount", "-t", "binfmt_misc", "binfmt_misc", folder)
        try:
            pathlib.Path(folder, "register").write_text(f":{name}:M::{magic}:{mask}:{qemu(machine)}:F")
            try:
                yield
            finally:
                pathlib.Path(folder, name).write_text("-1")
        finally:
            rig.run("umount", folder)


def carries_a_tunnel(platform, keys):
    image = f"towline-{MACHINES[platform][0]}:test"
    rig.build(image, "--platform", platform, *rig.source_arguments())
    facts = inspect(image, "image")
    assert facts["Os"] == "linux" and "/".join(
        filter(None, ("linux", facts["Architecture"], facts.get("Variant")))) == platform, facts["Architecture"]
    (binary,) = rig.files_of_image(image)
    assert binary.name == "towline", binary.name
    containers = rig.Containers()
    try:
        network = containers.network("net")
        containers.start("server", "--network", network, "--network-alias", "server", "-v", f"{keys}:/keys:ro", PEER,
                         "sshd-with-keys")
        web = containers.start("web", "--init", "--network", network, "--network-alias", "web", PEER)
        with emulation(platform):
            print("       " + docker("run", "--rm", "--platform", platform, image, "--version").strip().replace("\n", ", "))
            # A health check is a new process each time, which takes long here.
            tunnel = containers.start(
                "tunnel", "--platform", platform, "--network", network, "--read-only", "--cap-drop", "ALL",
                "--health-timeout", "20s", "-v", f"{keys}/id_ed25519:/id_rsa:ro", "-v", f"{keys}/known_hosts:/known_hosts:ro",
                "-e", "SSH_REMOTE_HOST=server", "-e", "SSH_REMOTE_USER=tunnel", "-e", "SSH_BIND_IP=0.0.0.0",
                "-e", "SSH_TUNNEL_PORT=11111", "-e", "SSH_TARGET_HOST=web", "-e", "SSH_TARGET_PORT=80", image)
            eventually(90, "healthy", lambda: health(tunnel) == "healthy")
            page = docker("exec", web, "curl", "-fsS", "--max-time", "20", "http://server:11111/")
            assert "Hello" in page, page
            sums = [docker("exec", web, "sh", "-ec", f"{source} | sha256sum") for source in (
                "head -c 3000000 /dev/urandom | tee /srv/www/file", "curl -fsS --max-time 60 http://server:11111/file")]
            assert sums[0] == sums[1], "3 MB arrived as something else"
            docker("stop", "-t", "30", tunnel)
            assert rig.state(tunnel)["ExitCode"] == 0, rig.state(tunnel)
    except Exception:
        print(containers.logs())
        raise
    finally:
        containers.close()


def main():
    suite = rig.Suite(__doc__.split("\n", maxsplit=1)[0])
    suite.check(rig.build_peer, name="the_peer_builds")
    with rig.folder() as keys:
        rig.make_keys(keys)
        (keys / "known_hosts").write_text(rig.known_hosts_line(keys, "server"))
        for platform in os.environ.get("TOWLINE_E2E_PLATFORMS", " ".join(MACHINES)).split():
            suite.check(carries_a_tunnel, platform, keys, name=f"{platform.replace('/', '_')}_carries_a_tunnel")
    suite.end()


if __name__ == "__main__":
    main()
