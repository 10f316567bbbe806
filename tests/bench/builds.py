"""What a build costs: cold, without change, and from a saved file to the feed over HTTP."""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from feedsvc.build import Builder
from feedsvc.store import Store, locate
from tests.bench import site
from tests.bench.table import Row
from tests.system.servers import free_port


def measure(entries: int, edits: int) -> Iterator[Row]:
    """Rows for a site of that many entries; whole processes, so imports count too."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        port = free_port()
        site.write(root, entries, port)
        label = f"{entries:,} entries"
        cold = _build(root)
        yield Row("build", f"{label}: cold build", cold["seconds"], "s")
        yield Row("build", f"{label}: peak memory of it", cold["memory"], "MB")
        warm = [_build(root)["seconds"] for _ in range(3)]
        yield Row("build", f"{label}: restart, nothing changed", statistics.median(warm), "s")
        yield Row("build", f"{label}: no change, running builder", _unchanged(root), "s")
        with _server(root, port):
            waits = [_edit(root, port, number) for number in range(edits)]
        yield Row("build", f"{label}: edit saved to served", statistics.median(waits), "s")
        yield Row("build", f"{label}: the slowest of {edits} edits", max(waits), "s")


_CHILD = """
import json, resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"seconds": time.perf_counter() - start, "memory": used.ru_maxrss / 1024}))
"""


def _build(root: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "feedsvc", "--site", str(root), "build"]
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *command], check=True, capture_output=True, text=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _unchanged(root: Path) -> float:
    """Seconds of a build that finds nothing changed, in a builder that has built before."""
    store = Store(locate("sqlite:///var/feedsvc.db", root))
    builder = Builder(root, store)
    took = [builder.build(datetime.now(UTC), "bench").seconds for _ in range(6)]  # noqa: TID251
    store.close()
    return statistics.median(took[1:])


@contextmanager
def _server(root: Path, port: int) -> Iterator[None]:
    command = [
        *(sys.executable, "-m", "feedsvc", "--site", str(root), "serve", "--workers", "1"),
        *("--bind", f"127.0.0.1:{port}", "--admin-bind", f"127.0.0.1:{free_port()}"),
    ]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        _until(port, "/readyz", "")
        time.sleep(2)  # the builder recalls the site before it watches
        yield
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait(timeout=10)


def _edit(root: Path, port: int, number: int) -> float:
    """Seconds from the saved file to the feed that shows it, by a client that asks all the time."""
    time.sleep(1.2)  # Last-Modified counts whole seconds: an edit in the same one would wait
    mark = site.edit(root, number)
    started = time.perf_counter()
    _until(port, "/s0/atom.xml", mark)
    return time.perf_counter() - started


def _until(port: int, path: str, mark: str, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                if mark.encode() in answer.read():
                    return
        except OSError:
            time.sleep(0.02)
        time.sleep(0.002)
    raise TimeoutError(f"{path} never showed {mark!r}")
