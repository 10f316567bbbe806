"""The whole product, running: ``feedsvc serve`` with its builder, and a client that polls."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import process
from tests.bench.edits import Edit
from tests.system.servers import clean_environment, free_port

SETTLE = 1.2
"""Seconds between edits: Last-Modified counts whole seconds, an edit in the same one would wait."""
_PATIENCE = 1200.0


class Client:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, header fields in lower case, body; names of fields with underscores."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self._connection.request("GET", path, headers=fields)
            answer = self._connection.getresponse()
            body = answer.read()
        except (http.client.HTTPException, OSError):
            self._connection.close()
            raise
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, body


@dataclass
class Live:
    """A running server. ``started`` is perf_counter() of its start, ``ready`` when it answered."""

    root: Path
    port: int
    admin_port: int
    pid: int
    started: float
    ready: float

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def builder(self) -> list[int]:
        """The builder's process, and what it has started."""
        found = process.named(self.pid, "feedsvc build")
        return [each for pid in found for each in process.tree(pid)]

    def workers(self) -> list[int]:
        """What answers the public's requests: the listener and the workers below it."""
        found = process.named(self.pid, "web.server public")
        return [each for pid in found for each in process.tree(pid)]

    def served(self, edit: Edit) -> float:
        """Seconds from the saved file to the section's Atom feed that shows it."""
        client, path, tag = Client(self.port), f"/{edit.section}/atom.xml", '""'
        mark = edit.mark.encode()
        while time.perf_counter() < edit.at + _PATIENCE:
            status, fields, body = client.get(path, If_None_Match=tag)
            if status == 200 and mark in body:
                return time.perf_counter() - edit.at
            tag = fields.get("etag", tag)
            time.sleep(0.002)
        raise TimeoutError(f"{path} never showed {edit.mark!r}")

    def quiet(self) -> None:
        """Wait until the builder has nothing to do."""
        idle, used = 0, process.busy(self.builder())
        while idle < 3:
            time.sleep(0.25)
            now = process.busy(self.builder())
            idle, used = (idle + 1 if now - used < 0.03 else 0), now


@contextmanager
def running(root: Path, *options: str) -> Iterator[Live]:
    """``feedsvc serve`` with one worker, from the moment at which it is ready."""
    port, admin = free_port(), free_port()
    command = [
        *(sys.executable, "-m", "feedsvc", "serve", "--site", str(root), "--workers", "1"),
        *("--bind", f"127.0.0.1:{port}", "--admin-bind", f"127.0.0.1:{admin}", *options),
    ]
    started = time.perf_counter()
    with (root / "serve.log").open("ab") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=clean_environment())
    try:
        _until_ready(port, server)
        yield Live(root, port, admin, server.pid, started, time.perf_counter())
    finally:
        server.send_signal(signal.SIGTERM)
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _until_ready(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"feedsvc serve ended with {server.returncode}")
        try:
            if Client(port).get("/readyz")[0] == 200:
                return
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.005)
    raise TimeoutError("feedsvc serve was never ready")


def wire(port: int, path: str, **headers: str) -> tuple[int, int]:
    """Status, and the bytes of a whole answer: status line, header fields and body."""
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    return int(answer.split(b" ", 2)[1]), len(answer)
