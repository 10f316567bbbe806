"""The example fleet of config/fleet, started by its one command and disturbed in every way."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.postgres import as_postgres, binaries
from tests.system import readers
from tests.system.servers import (
    REPOSITORY,
    Program,
    SampleSite,
    answers,
    require,
    running,
    wait_for,
)
from tests.system.wire import Answer, ask

FEED = "/news/atom.xml"
FILE = "news/2026.yaml"
TITLE = "Shad are back in the Velm"
REPLICAS = (1, 2, 3)
#: How long a builder's lease lasts here, in seconds.
LEASE = 3


@dataclass
class Fleet:
    """A running fleet; ``number`` counts the edits that were made."""

    site: SampleSite
    state: Path
    postgres: Path
    port: int
    program: Program
    number: int = 0

    def url(self, replica: int = 0) -> str:
        """A replica's address, or that of the front."""
        return f"http://127.0.0.1:{self.port + replica}"

    def get(self, path: str, replica: int = 0, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(self.url(replica) + path, headers=named)

    def status(self, replica: int) -> str:
        return ask(f"http://127.0.0.1:{self.port + 10 + replica}/").body.decode()

    def ready(self, replica: int) -> str:
        return self.get("/readyz", replica).body.decode()

    def pid(self, name: str) -> int:
        return json.loads((self.state / "fleet.json").read_text())[name]

    def log(self, name: str) -> str:
        return (self.state / f"{name}.log").read_text()

    def edit(self) -> str:
        """Change one title; gives the word that is new."""
        text = self.site.read(FILE)
        old = f"{TITLE} {self.number}" if self.number else TITLE
        self.number += 1
        self.site.write(FILE, text.replace(old, f"{TITLE} {self.number}"))
        return f"{TITLE} {self.number}"

    def wait_until(self, text: str, *replicas: int) -> None:
        """Wait until these replicas say so; all of them and the front where none is named."""
        for replica in replicas or (*REPLICAS, 0):
            wait_for(f"{text!r} from {replica}", partial(self._shows, text, replica))

    def _shows(self, text: str, replica: int) -> bool:
        return text in self.get(FEED, replica).body.decode()

    def ask(self, query: str) -> str:
        """What PostgreSQL's superuser gets."""
        command = [*as_postgres(), binaries() / "psql", "-X", "-A", "-t", "-h", self.postgres]
        command += ["-p", str(self.port + 20), "-d", "feedsvc", "-c", query]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd="/")
        return done.stdout.strip()

    def leader(self) -> tuple[str, int]:
        """The builder with the lease: its name in the fleet, its process id."""
        owner = wait_for("a leader", lambda: self.ask("SELECT owner FROM feedsvc.lease"))
        pid = int(owner.rpartition(":")[2])
        return next(name for name in ("builder-1", "builder-2") if self.pid(name) == pid), pid

    @contextmanager
    def unattended(self) -> Iterator[None]:
        """Nothing that dies is started again."""
        self.program.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.program.process.send_signal(signal.SIGCONT)


@contextmanager
def fleet(site: SampleSite) -> Iterator[Fleet]:
    """The fleet runs, with one published snapshot, for as long as the block does."""
    require("nginx")
    binaries()
    port = _free_ports()
    postgres = Path(tempfile.mkdtemp(prefix="feedsvc-fleet-"))
    state = site.root / "var" / "fleet"
    command = [REPOSITORY / "config/fleet/run", "--site", site.root, "--port", str(port)]
    command += ["--state", state, "--postgres", postgres]
    env = {"FEEDSVC_BASE_URL": f"http://127.0.0.1:{port}", "FEEDSVC_BUILD_LEASE": str(LEASE)}
    try:
        with running(command, site.root / "var/run.log", **env) as program:
            made = Fleet(site, state, postgres, port, program)
            program.wait_until(lambda: all(answers(f"{made.url(n)}/readyz") for n in REPLICAS))
            program.wait_until(lambda: answers(made.url() + FEED))
            yield made
    finally:
        shutil.rmtree(postgres, ignore_errors=True)


def _free_ports() -> int:
    """The first of a row of ports on which nobody listens."""
    for port in range(20000 + os.getpid() % 500 * 22, 40000, 22):
        try:
            for offset in range(21):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + offset))
        except OSError:
            continue
        return port
    raise AssertionError("no free ports")


@dataclass
class Reader(readers.Reader):
    """A client that is served by one replica after the other, and by the front.

    ``shown``: when, by whom, the number of the edit that the feed shows.
    """

    fleet: Fleet | None = None
    shown: list[tuple[float, int, int]] = field(default_factory=list)

    def look(self) -> None:
        for replica in (*REPLICAS, 0):
            self._feed(replica)

    def _feed(self, replica: int) -> None:
        answer = self.ask(self.fleet.url(replica) + FEED)
        if answer is None or answer.status != 200:
            self.wrong.append(f"{replica}: {answer.status if answer else 'no answer'}")
            return
        found = re.search(rf"{TITLE}(?: (\d+))?", answer.body.decode())
        number = int(found[1] or 0) if found else -1
        self.shown.append((time.monotonic(), replica, number))

    def set_back(self) -> float:
        """The longest time after which a replica still showed less than another one had shown."""
        longest, first = 0.0, {}
        newest = 0
        for when, replica, number in self.shown:
            if replica:
                newest = max(newest, number)
                first.setdefault(number, when)
                later = [first[n] for n in range(number + 1, newest + 1) if n in first]
                longest = max([longest, *(when - shown for shown in later)])
        return longest


def reading(fleet: Fleet) -> AbstractContextManager[Reader]:
    """Nothing wrong may have been seen in the end."""
    return readers.reading(Reader(fleet=fleet))
