"""A real PostgreSQL of Debian's, started by the tests in a folder of its own and stopped by them.

It sorts text as people do (ICU), so that what must not depend on it is seen.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

_QUICK = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "60",
    "autovacuum": "off",
}


def binaries() -> Path:
    """Where the server's programs are; a machine without them skips the test, CI fails it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("postgresql is not installed")
    return found[-1].parent


def as_postgres() -> list[str]:
    """What comes before the command: the server refuses to run as root."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv") or "setpriv"
    return [setpriv, "--reuid=postgres", "--regid=postgres", "--clear-groups"]


@dataclass
class Postgres:
    """A server in a folder; it can be killed, paused and started again. ``more`` are settings."""

    folder: Path
    port: int
    more: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen | None = None
    numbers: count = field(default_factory=count)

    def url(self, user: str = "postgres", database: str = "postgres", query: str = "") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}{query}"

    def start(self) -> None:
        chosen = _QUICK | self.more
        settings = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        command = [*as_postgres(), str(binaries() / "postgres"), "-D", str(self.folder / "data")]
        command += ["-p", str(self.port), "-k", str(self.folder), *settings]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        end = time.monotonic() + 20
        while True:
            try:
                self.ask("SELECT 1")
            except psycopg.OperationalError:
                assert time.monotonic() < end, (self.folder / "log").read_text()
                time.sleep(0.02)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends every session; SIGKILL leaves a crash to recover from."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None

    def ask(self, query: str, database: str = "postgres") -> list[tuple]:
        """One statement of the superuser's, committed."""
        url = self.url(database=database)
        with psycopg.connect(url, autocommit=True, connect_timeout=2) as connection:
            done = connection.execute(query)
            return done.fetchall() if done.description else []

    def schema(self) -> str:
        """The URL of an empty store within the database."""
        name = f"s{next(self.numbers)}"
        self.ask(f"CREATE SCHEMA {name}")
        return self.url(query=f"?options=-csearch_path%3D{name}")

    def database(self) -> str:
        """The name of an empty database."""
        name = f"d{next(self.numbers)}"
        self.ask(f"CREATE DATABASE {name}")
        return name


def own_folder() -> Path:
    """Outside pytest's own folders, which only we may enter."""
    folder = Path(tempfile.mkdtemp(prefix="feedsvc-postgres-"))
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folder


@contextmanager
def postgres(port: int, **more: str) -> Iterator[Postgres]:
    """The server runs for as long as the block does."""
    initdb = binaries() / "initdb"
    folder = own_folder()
    server = Postgres(folder, port, more)
    try:
        command = [*as_postgres(), str(initdb), "-D", str(folder / "data"), "-U", "postgres"]
        command += ["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
        command += ["--locale-provider=icu", "--icu-locale=en-US", "--no-instructions"]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        server.start()
        yield server
    finally:
        server.stop(signal.SIGQUIT)  # at once: nobody needs its data
        shutil.rmtree(folder, ignore_errors=True)
