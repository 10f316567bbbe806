"""Requests a second and p99 latency, beside nginx, Caddy, a constant and a rendering view."""

import re
import shutil
import statistics
import subprocess
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError

from tests.bench import peers
from tests.bench.table import Row

CONNECTIONS = 32
ROUNDS = range(5)
"""Each peer is measured once in each; medians are shown."""


@dataclass(frozen=True)
class Load:
    """One kind of request."""

    name: str
    headers: dict[str, str]
    conditional: bool = False


LOADS = [
    Load("304", {"Accept-Encoding": "gzip"}, conditional=True),
    Load("200 gzip", {"Accept-Encoding": "gzip"}),
    Load("200 identity", {}),
]


def measure(seconds: int) -> Iterator[Row]:
    """Rows for each load, kept-alive and with new connections, each peer in turn."""
    if shutil.which("wrk") is None:
        print("http   skipped: wrk is not installed (apt-get install wrk)")
        return
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        running = list(_start(Path(name), stack))
        for load in LOADS:
            for fresh in (False, True):
                yield from _compare(running, load, fresh, seconds)


def _start(folder: Path, stack: ExitStack) -> Iterator[tuple[str, str]]:
    ours = stack.enter_context(peers.feedsvc(folder))
    yield "feedsvc", ours
    feed = peers.static_copy(ours, folder)
    for name, start in peers.ALL.items():
        try:
            yield name, stack.enter_context(start(folder, feed))
        except peers.MissingError as error:
            print(f"http   skipped: {name}: {error}")


def _compare(
    running: list[tuple[str, str]], load: Load, fresh: bool, seconds: int
) -> Iterator[Row]:
    """All peers in turn, several times over: a machine's speed drifts, ratios of a round do not."""
    kind = "new connections" if fresh else "kept alive"
    # feedgen in Flask has no validators: that is what it stands for.
    asked = [
        (name, url, _headers(url, load, fresh))
        for name, url in running
        if not (load.conditional and name == "feedgen in Flask")
    ]
    rounds = [{name: _load(url, headers, seconds) for name, url, headers in asked} for _ in ROUNDS]
    for name, _, _ in asked:
        rate, p99 = (statistics.median(one[name][part] for one in rounds) for part in (0, 1))
        ratio = statistics.median(one["feedsvc"][0] / one[name][0] for one in rounds)
        beside = f"p99 {p99:.2f} ms" + (f", feedsvc {ratio:.2f} × it" if name != "feedsvc" else "")
        yield Row("http", f"{load.name}, {kind}: {name}", rate, "req/s", beside)


def _headers(url: str, load: Load, fresh: bool) -> dict[str, str]:
    headers = dict(load.headers)
    if load.conditional:
        tag = _ask(url, headers)[1]
        headers["If-None-Match"] = tag
        status = _ask(url, headers)[0]
        if status != 304:
            raise RuntimeError(f"{url} answers {status} where 304 was to be measured")
    return headers | ({"Connection": "close"} if fresh else {})


def _ask(url: str, headers: dict[str, str]) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.headers.get("ETag", "")
    except HTTPError as answer:
        return answer.code, answer.headers.get("ETag", "")


def _load(url: str, headers: dict[str, str], seconds: int) -> tuple[float, float]:
    """Requests a second, and milliseconds within which 99 in 100 were answered."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    output = subprocess.run([*command, url], check=True, capture_output=True, text=True).stdout
    if "Non-2xx or 3xx" in output:
        raise RuntimeError(output)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", output)
    if not rate or not p99:
        raise RuntimeError(output)
    scale = {"us": 0.001, "ms": 1, "s": 1000}[p99[2]]
    return float(rate[1]), float(p99[1]) * scale
