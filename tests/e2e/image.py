"""The image as it is shipped, in a real engine: what is in it, what it needs, and that it carries a tunnel."""
import base64

import rig
from openssh_10 import openssh_10_does_over_one_session_what_it_is_used_for
from rig import IMAGE, PEER, docker, eventually, health, inspect

class Image:
    def __init__(self, keys):
        self.keys = keys
        self.containers = rig.Containers()
        self.network = self.containers.network("net")
        self.server = self.containers.start("server", "--network", self.network, "--network-alias", "server",
                                            "-v", f"{keys}:/keys:ro", PEER, "sshd-with-keys")
        self.web = self.containers.start("web", "--init", "--network", self.network, "--network-alias", "web", PEER)

    def arguments(self, *more):
        return ("--network", self.network, "-v", f"{self.keys}/id_ed25519:/id_rsa:ro",
                "-v", f"{self.keys}/known_hosts:/known_hosts:ro",
                "-e", "SSH_REMOTE_HOST=server", "-e", "SSH_REMOTE_USER=tunnel", "-e", "SSH_BIND_IP=0.0.0.0",
                "-e", "SSH_TUNNEL_PORT=11111", "-e", "SSH_TARGET_HOST=web", "-e", "SSH_TARGET_PORT=80", *more)

    def fetch(self):
        return docker("exec", self.web, "curl", "-fsS", "--max-time", "5", "http://server:11111/")

    def carries(self, name, *more):
        """Starts the image with these arguments, waits for its health check, fetches a page, and stops it."""
        tunnel = self.containers.start(name, *self.arguments(*more), IMAGE)
        eventually(90, f"{name} is healthy", lambda: health(tunnel) == "healthy")
        assert "Hello" in self.fetch()
        docker("stop", "-t", "15", tunnel)
        status = rig.state(tunnel)["ExitCode"]
        assert status == 0, f"exit status {status} after docker stop"
        changed = docker("diff", tunnel).split("\n")
        written = [line for line in changed if line and line[2:] not in ("/id_rsa", "/known_hosts")]
        assert not written, f"it wrote {written}"
        self.containers.remove(tunnel)


def holds_the_binary_and_its_licences_and_nothing_else():
    files = rig.files_of_image(IMAGE)
    notices = [file for file in files if file.name.split("/")[0] == "licenses"]
    assert {"licenses/towline", "licenses/libssh", "licenses/LGPL-2.1"} <= {file.name for file in notices}, notices
    (binary,) = [file for file in files if file not in notices]
    assert binary.name == "towline" and binary.mode & 0o777 == 0o555 and binary.uid == 0, oct(binary.mode)


def says_what_it_is():
    config = inspect(IMAGE, "image")["Config"]
    assert config["User"] == "65532:65532", config["User"]
    assert config["Entrypoint"] == ["/towline"] and not config.get("Cmd"), config["Entrypoint"]
    assert config["StopSignal"] == "SIGTERM"
    assert list(config["ExposedPorts"]) == ["9022/tcp"]
    assert "TOWLINE_ADMIN_LISTEN=0.0.0.0:9022" in config["Env"]
    # CMD: run as it is, there is no shell; no arguments beside the command's name.
    check = config["Healthcheck"]
    assert check["Test"] == ["CMD", "/towline", "healthcheck"], check
    seconds = {name: check[name] / 1e9 for name in ("Interval", "Timeout", "StartPeriod", "StartInterval")}
    assert seconds == {"Interval": 10, "Timeout": 3, "StartPeriod": 30, "StartInterval": 1} and check["Retries"] == 3, check
    labels = config["Labels"]
    for name in ("title", "description", "licenses", "version", "revision"):
        assert labels.get(f"org.opencontainers.image.{name}"), f"no label {name}"
    version = docker("run", "--rm", IMAGE, "version")
    assert labels["org.opencontainers.image.revision"] in version, version
    assert labels["org.opencontainers.image.version"] in version, version


def help_and_mistakes():
    assert "SSH_REMOTE_SELECT" in docker("run", "--rm", IMAGE, "help", "--all")
    done = docker("run", "--rm", "-e", "SSH_REMOTE_PORT=ssh", IMAGE, check=False)
    assert done.returncode == 78, f"exit {done.returncode}: {done.stdout}"
    assert "SSH_REMOTE_PORT" in done.stdout, done.stdout


def is_healthy_and_carries_a_tunnel(image):
    image.carries("plain")


def needs_no_privilege_and_no_writable_path(image):
    image.carries("restricted", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
                  "--pids-limit", "16", "--memory", "64m")


def is_the_service_of_a_job_with_nothing_but_variables(image):
    key = base64.b64encode((image.keys / "id_ed25519").read_bytes()).decode()
    tunnel = image.containers.start(
        "service", "--network", image.network, "--network-alias", "tunnel", "-e", "SSH_REMOTE_HOST=server",
        "-e", "SSH_REMOTE_USER=tunnel", "-e", f"SSH_KEY={key}",
        "-e", "SSH_KNOWN_HOSTS=" + (image.keys / "known_hosts").read_text(), "-e", "SSH_FORWARDS=web=-L 0.0.0.0:8080:web:80",
        IMAGE)
    page = ("exec", image.web, "curl", "-fsS", "--max-time", "5", "http://tunnel:8080/")
    eventually(90, "the job gets its page", lambda: "Hello" in docker(*page, check=False).stdout)
    image.containers.remove(tunnel)


def runs_as_any_user(image):
    image.keys.joinpath("id_ed25519").chmod(0o444)
    image.carries("any-user", "--user", "1000740000:4711", "--read-only", "--cap-drop", "ALL")
    image.keys.joinpath("id_ed25519").chmod(0o400)


def says_who_may_not_read_the_key(image):
    done = docker("run", "--rm", *image.arguments("--user", "4711:4712"), IMAGE, check=False)
    assert done.returncode in (66, 78), f"exit {done.returncode}: {done.stdout}"
    assert "/id_rsa" in done.stdout and "65532" in done.stdout and "4711" in done.stdout, done.stdout


def exchanges_keys_with_ml_kem_where_the_server_knows_nothing_else(image):
    kex = "mlkem768x25519-sha256"
    server = image.containers.start(
        "post-quantum", "--network", image.network, "--network-alias", "post-quantum", "-v", f"{image.keys}:/keys:ro", PEER,
        "sshd-with-keys", "-o", f"KexAlgorithms={kex}", "-o", "RekeyLimit=1M", "-o", "LogLevel=DEBUG1")
    tunnel = image.containers.start(
        "with-ml-kem", "--network", image.network, "--network-alias", "with-ml-kem",
        "-v", f"{image.keys}/id_ed25519:/id_rsa:ro", "-e", "SSH_REMOTE_HOST=post-quantum", "-e", "SSH_REMOTE_USER=tunnel",
        "-e", "SSH_KNOWN_HOSTS=" + rig.known_hosts_line(image.keys, "post-quantum"),
        "-e", "SSH_FORWARDS=to=-R 0.0.0.0:8081:web:80; from=-L 0.0.0.0:8082:web:80", IMAGE)
    eventually(90, "it is healthy", lambda: health(tunnel) == "healthy")
    docker("exec", image.web, "dd", "if=/dev/urandom", "of=/srv/www/bulk", "bs=1M", "count=64")
    expected = docker("exec", image.web, "sha256sum", "/srv/www/bulk").split()[0]
    # What goes to the server, and what comes from it.
    for place in ("post-quantum:8081", "with-ml-kem:8082"):
        got = docker("exec", image.web, "sh", "-c", f"curl -fsS --max-time 60 http://{place}/bulk | sha256sum").split()[0]
        assert got == expected, f"{place}: {got}, not {expected}"
    assert f"kex={kex}" in docker("logs", tunnel)
    exchanges = docker("logs", server).count(f"kex: algorithm: {kex}")
    assert exchanges >= 50, f"{exchanges} key exchanges"
    for container in (tunnel, server):
        image.containers.remove(container)


def is_unhealthy_when_the_server_is_gone(image):
    tunnel = image.containers.start("health", *image.arguments(
        "-e", "SSH_SERVER_ALIVE_INTERVAL=1", "-e", "SSH_SERVER_ALIVE_COUNT_MAX=1", "-e", "TOWLINE_BACKOFF_MAX=1s",
        "--health-interval", "1s"), IMAGE)
    eventually(90, "healthy", lambda: health(tunnel) == "healthy")
    with rig.paused(image.server):
        eventually(60, "unhealthy while the server is paused", lambda: health(tunnel) == "unhealthy")
        assert rig.state(tunnel)["Running"], "it ended"
    eventually(90, "healthy again", lambda: health(tunnel) == "healthy")
    eventually(20, "the page comes through again", lambda: "Hello" in image.fetch())
    image.containers.remove(tunnel)


def main():
    suite = rig.Suite(__doc__)
    suite.check(rig.build_images, name="the_unmodified_dockerfile_builds")
    suite.check(holds_the_binary_and_its_licences_and_nothing_else)
    suite.check(says_what_it_is)
    suite.check(help_and_mistakes)
    with rig.folder() as keys:
        rig.make_keys(keys)
        (keys / "known_hosts").write_text(rig.known_hosts_line(keys, "server"))
        image = Image(keys)
        try:
            for test in (is_healthy_and_carries_a_tunnel, needs_no_privilege_and_no_writable_path, runs_as_any_user,
                         is_the_service_of_a_job_with_nothing_but_variables, says_who_may_not_read_the_key,
                         exchanges_keys_with_ml_kem_where_the_server_knows_nothing_else,
                         openssh_10_does_over_one_session_what_it_is_used_for,
                         is_unhealthy_when_the_server_is_gone):
                suite.check(test, image, on_failure=image.containers.logs)
        finally:
            image.containers.close()
    suite.end()


if __name__ == "__main__":
    main()
