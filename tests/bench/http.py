"""Requests a second and p99 latency, beside nginx, Caddy, a constant and a rendering view."""

from __future__ import annotations

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
from tests.bench.live import Live
from tests.bench.table import Row, skip

CONNECTIONS = 32
FEED = "/s0/rss.xml"


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


def measure(live: Live, entries: int, seconds: int, rounds: int) -> Iterator[Row]:
    """Rows for each load, kept-alive and with new connections, each peer in turn.

    Each peer is measured once in each round; medians are shown.
    """
    if shutil.which("wrk") is None:
        skip("http", "everything", "wrk is not installed (apt-get install wrk)")
        return
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        running = list(_start(live.url + FEED, Path(name), stack))
        for kind in LOADS:
            for fresh in (False, True):
                taken = _rounds(running, kind, fresh, seconds, rounds)
                yield from _rows(taken, f"{kind.name}, {'new' if fresh else 'kept'}", entries)


def _start(ours: str, folder: Path, stack: ExitStack) -> Iterator[tuple[str, str]]:
    yield "feedsvc", ours
    feed = peers.static_copy(ours, folder)
    for name, start in peers.ALL.items():
        try:
            yield name, stack.enter_context(start(folder, feed))
        except peers.MissingError as error:
            skip("http", name, str(error))


Taken = list[dict[str, tuple[float, float]]]


def _rounds(
    running: list[tuple[str, str]], kind: Load, fresh: bool, seconds: int, rounds: int
) -> Taken:
    """All peers in turn, several times over: a machine's speed drifts, ratios of a round do not."""
    # feedgen in Flask has no validators: that is what it stands for.
    asked = [
        (name, url, _headers(url, kind, fresh))
        for name, url in running
        if not (kind.conditional and name == "feedgen in Flask")
    ]
    return [
        {name: load(url, headers, seconds) for name, url, headers in asked} for _ in range(rounds)
    ]


def _rows(taken: Taken, what: str, entries: int) -> Iterator[Row]:
    """Rates with their p99; and ours beside each peer's, as the median of the rounds' ratios."""
    for name in taken[0]:
        p99 = statistics.median(one[name][1] for one in taken)
        rates = [one[name][0] for one in taken]
        yield Row.of("http", f"{what}: {name}", entries, rates, "req/s", f"p99 {p99:.2f} ms")
    for name in [name for name in taken[0] if name != "feedsvc"]:
        ratios = [one["feedsvc"][0] / one[name][0] for one in taken]
        yield Row.of("http", f"{what}: beside {name}", entries, ratios, "×")


def _headers(url: str, kind: Load, fresh: bool) -> dict[str, str]:
    headers = dict(kind.headers)
    if kind.conditional:
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


def load(
    url: str, headers: dict[str, str], seconds: int, script: Path | None = None
) -> tuple[float, float]:
    """Requests a second, and milliseconds within which 99 in 100 were answered.

    ``script``: wrk's, in Lua, where requests differ.
    """
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    if script:
        command += ["-s", str(script)]
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
