"""How long readers wait while everything is rebuilt: beside how long they wait when nothing is.

Two kinds of readers: ``wrk`` asking as fast as it can on 32 connections, and a paced client that
asks at fixed times, whose waits count from when it should have asked.
"""

from __future__ import annotations

import math
import re
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.bench import http, process
from tests.bench.live import Client, Live
from tests.bench.table import Row, skip

_THREADS, _EVERY = 4, 0.02
"""Paced: 200 requests a second."""
_WINDOW = 20
_LONGEST = 90.0
_PATIENCE = 600.0
FEED = "/s0/rss.xml"


@dataclass
class Window:
    """What readers met, in milliseconds, and how many processors the builder used meanwhile."""

    p99: float
    builder: float


Ask = Callable[[Live, float, Callable[[], bool]], Window]


def measure(live: Live, entries: int, cold: float, pairs: int) -> Iterator[Row]:
    """p99 while everything is rebuilt, beside that of an idle builder, in turn."""
    kinds: dict[str, Ask] = {"paced, 200 a second": _paced}
    if shutil.which("wrk"):
        kinds["wrk, 32 connections"] = _hammered
    else:
        skip("wait", "p99 under wrk", "wrk is not installed (apt-get install wrk)")
    seconds = min(max(cold, 3.0), _WINDOW)
    for name, ask in kinds.items():
        yield from _rows(name, entries, [_pair(live, ask, seconds, name) for _ in range(pairs)])


def _pair(live: Live, ask: Ask, seconds: float, name: str) -> tuple[Window, Window, int]:
    live.quiet()
    idle = ask(live, seconds, lambda: True)
    with Rebuilds(live, name) as rebuilds:
        busy = ask(live, seconds, lambda: rebuilds.seen > 0)
        seen = rebuilds.seen
    return idle, busy, seen


def _rows(name: str, entries: int, pairs: list[tuple[Window, Window, int]]) -> Iterator[Row]:
    share = statistics.median(busy.builder for _, busy, _ in pairs)
    seen = sum(seen for _, _, seen in pairs)
    note = f"the builder uses {share:.1f} processors; {seen} new snapshots served meanwhile"
    idle = [pair[0].p99 for pair in pairs]
    yield Row.of("wait", f"p99 idle: {name}", entries, idle, "ms")
    busy = [pair[1].p99 for pair in pairs]
    yield Row.of("wait", f"p99 during rebuilds: {name}", entries, busy, "ms", note)
    ratios = [pair[1].p99 / pair[0].p99 for pair in pairs]
    yield Row.of("wait", f"p99 rebuild beside idle: {name}", entries, ratios, "×")


class Rebuilds(process.Beside):
    """Everything is rebuilt again and again until the block ends: the site gets another title.

    ``seen`` is how many of the new snapshots have been served.
    """

    def __init__(self, live: Live, name: str) -> None:
        super().__init__()
        self.seen = 0
        self._live = live
        self._name = name

    def go_on(self) -> None:
        config, client = self._live.root / "config" / "site.yaml", Client(self._live.port)
        while not self.over.is_set():
            title = f"Bench Office, {self._name} {time.monotonic_ns()}"
            text = config.read_text(encoding="utf-8")
            config.write_text(re.sub("(?m)^title: .*$", f"title: {title}", text, count=1))
            end = time.monotonic() + _PATIENCE
            while title.encode() not in client.get("/")[2]:
                if time.monotonic() > end:
                    return
                time.sleep(0.1)
            self.seen += 1


def _used(live: Live) -> tuple[float, float]:
    return process.busy(live.builder()), time.perf_counter()


def _share(live: Live, before: tuple[float, float]) -> float:
    used, now = _used(live)
    return (used - before[0]) / (now - before[1])


def _hammered(live: Live, seconds: float, _enough: Callable[[], bool]) -> Window:
    before = _used(live)
    p99 = http.load(live.url + FEED, {"Accept-Encoding": "gzip"}, math.ceil(seconds))[1]
    return Window(p99, _share(live, before))


def _paced(live: Live, seconds: float, enough: Callable[[], bool]) -> Window:
    """For so many seconds, and until a rebuild has been seen: the moment of it is included."""
    before, waits, over = _used(live), list[float](), threading.Event()
    threads = [
        threading.Thread(target=_pace, args=(live.port, number, over, waits))
        for number in range(_THREADS)
    ]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    while (took := time.monotonic() - began) < _LONGEST and (took < seconds or not enough()):
        time.sleep(0.1)
    over.set()
    for thread in threads:
        thread.join()
    return Window(statistics.quantiles(waits, n=100)[98] * 1000, _share(live, before))


def _pace(port: int, number: int, over: threading.Event, waits: list[float]) -> None:
    client = Client(port)
    due = time.perf_counter() + number * _EVERY / _THREADS
    while not over.is_set():
        time.sleep(max(0.0, due - time.perf_counter()))
        client.get(FEED, Accept_Encoding="gzip")
        waits.append(time.perf_counter() - due)
        due += _EVERY
