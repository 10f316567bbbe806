"""Real programs on free loopback ports: started, waited for, stopped by process id."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest
import yaml

from tests.system.wire import Answer, ask

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 30.0
"""Seconds after which something that should have happened has not: ample on a busy machine."""

T = TypeVar("T")


def require(program: str) -> str:
    """The path of a program; a machine without it skips the test, CI fails it."""
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say(f"{program} is not installed")
    return path


def node_packages() -> Path:
    """The folder of the Node programs, with the packages of its lock file installed."""
    web = REPOSITORY / "tests" / "web"
    npm = require("npm")
    if _versions(web / "package-lock.json") != _versions(web / "node_modules/.package-lock.json"):
        subprocess.run([npm, "ci", "--ignore-scripts"], cwd=web, check=True, timeout=300)
    return web


def _versions(lock: Path) -> dict[str, str]:
    packages = json.loads(lock.read_bytes())["packages"] if lock.exists() else {}
    return {path: facts["version"] for path, facts in packages.items() if path}


def free_port() -> int:
    """A loopback port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what: str, look: Callable[[], T | None], patience: float = PATIENCE) -> T:
    """Look again and again until there is something to see, and return it."""
    end = time.monotonic() + patience
    while not (found := look()):
        if time.monotonic() > end:
            pytest.fail(f"waited {patience:g} s in vain for {what}")
        time.sleep(0.03)
    return found


@dataclass
class Program:
    """A running program; what it prints is in ``log``."""

    name: str
    process: subprocess.Popen
    log: Path

    def wait_until(self, ready: Callable[[], bool]) -> None:
        wait_for(f"{self.name} to be ready", lambda: self._dead() or ready())
        if self._dead():
            pytest.fail(f"{self.name} ended with {self.process.returncode}:\n{self.output()}")

    def _dead(self) -> bool:
        return self.process.poll() is not None

    def output(self) -> str:
        return self.log.read_text(errors="replace")[-8000:]

    def stop(self) -> int:
        """Ask it to stop and say how it ended; one that does not listen is killed."""
        if not self._dead():
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(10)


@contextmanager
def running(command: list[str | Path], log: Path, **env: str) -> Iterator[Program]:
    """The program runs for as long as the block does."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=clean_environment() | env,
        )
    program = Program(Path(command[0]).name, process, log)
    try:
        yield program
    finally:
        program.stop()


def clean_environment() -> dict[str, str]:
    """Ours without what would make a program behave otherwise than on the next machine."""
    # Where nothing may be compiled for good, every start compiles everything.
    unwanted = ("FEEDSVC_", "COV_", "COVERAGE_", "PYTEST_", "PYTHONDONTWRITEBYTECODE")
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(unwanted) and not name.lower().endswith("_proxy")
    }


@dataclass
class SampleSite:
    """A copy of the repository's own site, to be edited as an admin would."""

    root: Path

    def configure(self, change: Callable[[dict], object]) -> None:
        path = self.root / "config" / "site.yaml"
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(config)
        path.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), "utf-8")

    def read(self, name: str) -> str:
        return (self.root / "feeds" / name).read_text(encoding="utf-8")

    def write(self, name: str, text: str) -> None:
        """Save as editors do: a hidden temporary, then one rename."""
        path = self.root / "feeds" / name
        draft = path.with_name(f".{path.name}.tmp")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)

    def edit(self, name: str, old: str, new: str) -> None:
        text = self.read(name)
        assert old in text, f"{old!r} is not in {name}"
        self.write(name, text.replace(old, new))


def copy_sample_site(to: Path) -> SampleSite:
    """The repository's config and feeds, without what a run left behind."""
    for part in ("config", "feeds"):
        shutil.copytree(REPOSITORY / part, to / part)
    return SampleSite(to)


@dataclass
class Server:
    """A running feedsvc: public and admin address, and the site it serves."""

    site: SampleSite
    port: int
    admin_port: int
    program: Program

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a path; header names are written with underscores."""
        return ask(self.url + path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def status(self) -> str:
        """The status page."""
        return ask(f"http://127.0.0.1:{self.admin_port}/").body.decode()

    def metrics(self) -> str:
        return ask(f"http://127.0.0.1:{self.admin_port}/metrics").body.decode()


@contextmanager
def serving(
    site: SampleSite, *options: str, base_url: str | None = None, port: int = 0, **env: str
) -> Iterator[Server]:
    """``feedsvc serve`` for that site, from the moment at which it is ready.

    ``options`` and ``env`` are further ones. A hub of the tests may be on this computer.
    """
    port = port or free_port()
    admin_port = free_port()
    here = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "feedsvc", "serve", "--site", site.root]
    command += ["--bind", f"127.0.0.1:{port}", "--admin-bind", f"127.0.0.1:{admin_port}"]
    command += ["--workers", "1", *options]
    log = site.root / "var" / "serve.log"
    env = {"FEEDSVC_BASE_URL": base_url or here, "FEEDSVC_ALLOW_PRIVATE_HUBS": "1"} | env
    with running(command, log, **env) as program:
        program.wait_until(lambda: answers(f"{here}/readyz"))
        yield Server(site, port, admin_port, program)


def answers(url: str, status: int = 200) -> bool:
    """Whether a request is answered with that status."""
    try:
        return ask(url).status == status
    except OSError:
        return False


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def nginx(directory: Path, port: int, origin: int) -> Iterator[Program]:
    """nginx with the repository's config/nginx.conf, in front of the origin's port."""
    directory.mkdir(parents=True)
    front = adapted(
        "nginx.conf",
        {
            "server 127.0.0.1:8000;": f"server 127.0.0.1:{origin};",
            "listen 80;": f"listen 127.0.0.1:{port};",
            "/var/cache/nginx-feedsvc": f"{directory}/cache",
        },
    )
    (directory / "feedsvc.conf").write_text(front, encoding="utf-8")
    (directory / "nginx.conf").write_text(
        _NGINX_MAIN.format(user="user root;" if os.geteuid() == 0 else "", directory=directory),
        encoding="utf-8",
    )
    command = [require("nginx"), "-p", directory, "-c", directory / "nginx.conf", "-e", "stderr"]
    with running(command, directory / "log") as program:
        program.wait_until(lambda: listens(port))
        yield program


_NGINX_MAIN = """
{user} daemon off; worker_processes 1; pid {directory}/pid; error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi; uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    include {directory}/feedsvc.conf;
}}
"""


@contextmanager
def varnish(directory: Path, port: int, origin: int) -> Iterator[Program]:
    """Varnish with the repository's config/varnish.vcl, started as its first lines say."""
    directory.mkdir(parents=True)
    vcl = directory / "feedsvc.vcl"
    vcl.write_text(adapted("varnish.vcl", {'.port = "8000"': f'.port = "{origin}"'}), "utf-8")
    command = [require("varnishd"), "-F", "-a", f"127.0.0.1:{port}", "-f", vcl]
    command += ["-s", "malloc,16m", "-p", "http_gzip_support=off", "-n", directory / "run"]
    command += ["-j", "none"]
    with running(command, directory / "log") as program:
        program.wait_until(lambda: listens(port))
        yield program


def adapted(name: str, changes: dict[str, str]) -> str:
    """A file of config/ with its addresses replaced; each must be there."""
    text = (REPOSITORY / "config" / name).read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text, f"{old!r} is not in config/{name}"
        text = text.replace(old, new)
    return text
