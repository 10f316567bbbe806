"""Ten million subscribers behind the caching front of config/nginx.conf: what reaches the origin.

Measured: a burst of polls through that nginx in front of one worker, with a short max-age so that
answers expire within it: how many requests reach the origin, what the front can answer a second,
and how old what it gives may be. Computed, and said so: the same for ten million subscribers and
the max-age of a real site.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import edits, http
from tests.bench.live import SETTLE, Client, Live, wire
from tests.bench.site import live_feeds
from tests.bench.table import Row, skip
from tests.system.servers import free_port, nginx

SUBSCRIBERS, POLLS, EDITS = 10_000_000, 24, 10
MAX_AGE, REAL_AGE = 2, 300
"""Seconds: in the burst, and by default."""
FEED = "/s0/atom.xml"
CODINGS = ("gzip", "br", "identity")
_KEYS = len(live_feeds()) * len(CODINGS)
_LUA = """local asked, number = {%s}, 0
request = function()
  number = number %% #asked + 1
  return asked[number]
end
"""
_WHAT = re.compile(r"feedsvc_requests_total\{[^}]*\} ([0-9.e+]+)")


def measure(live: Live, entries: int, seconds: int, saves: int) -> Iterator[Row]:
    """Rows of a burst, and what they come to for the crowd."""
    if not (shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")):
        skip("crowd", "everything", "nginx is not installed (apt-get install nginx)")
        return
    if not shutil.which("wrk"):
        skip("crowd", "everything", "wrk is not installed (apt-get install wrk)")
        return
    _shorten(live)
    with tempfile.TemporaryDirectory() as name:
        port = free_port()
        with nginx(Path(name) / "front", port, live.port):
            rows = [
                *_burst(live, Path(name), port, entries, seconds),
                *_staleness(live, port, entries, saves),
            ]
    yield from rows
    yield from _computed(live, entries, {row.what: row.value for row in rows})


def _shorten(live: Live) -> None:
    """Let answers expire within the burst."""
    config = live.root / "config" / "site.yaml"
    text = re.sub("(?m)^caching: .*\n", "", config.read_text(encoding="utf-8"))
    config.write_text(f"caching: {{max_age: {MAX_AGE}s}}\n{text}", encoding="utf-8")
    client, wanted = Client(live.port), f"max-age={MAX_AGE}"
    while wanted not in client.get(FEED)[1]["cache-control"].replace(" ", ""):
        time.sleep(0.1)
    live.quiet()


def _burst(live: Live, folder: Path, port: int, entries: int, seconds: int) -> Iterator[Row]:
    """All feeds in all codings in turn, as new subscribers and as those that hold the newest."""
    url = f"http://127.0.0.1:{port}"
    asks = {"304": _script(folder, port, held=True), "200": _script(folder, port, held=False)}
    for name, script in asks.items():
        http.load(url, {}, 1, script)  # so that the front holds them all
        before = _origin(live)
        rate = http.load(url, {}, seconds, script)[0]
        reached = _origin(live) - before
        asked = rate * seconds
        yield Row("crowd", f"front, {name}", entries, rate, "req/s", "nginx, one worker process")
        note = f"{reached:,.0f} of {asked:,.0f} reached the origin, max-age {MAX_AGE} s"
        yield Row("crowd", f"front, {name}: hits", entries, 100 * (1 - reached / asked), "%", note)
        each = reached / seconds * MAX_AGE / _KEYS
        note = "for each feed and coding"
        yield Row("crowd", f"origin, {name}: requests in a max-age", entries, each, "req", note)


def _script(folder: Path, port: int, *, held: bool) -> Path:
    client, requests = Client(port), []
    for coding in CODINGS:
        for path in live_feeds():
            fields = [f"Host: 127.0.0.1:{port}", f"Accept-Encoding: {coding}"]
            if held:
                tag = client.get(path, Accept_Encoding=coding)[1]["etag"]
                fields.append(f"If-None-Match: {tag}")
            lines = "\r\n".join([f"GET {path} HTTP/1.1", *fields, "", ""])
            requests.append(json.dumps(lines))
    script = folder / f"{'held' if held else 'new'}.lua"
    script.write_text(_LUA % ",\n".join(requests))
    return script


def _origin(live: Live) -> float:
    """How many requests the worker has answered, by its own count, settled."""
    time.sleep(1.5)
    text = Client(live.admin_port).get("/metrics")[2].decode()
    found = _WHAT.findall(text)
    if not found:
        raise RuntimeError("/metrics counts no requests")
    return sum(map(float, found))


def _staleness(live: Live, port: int, entries: int, saves: int) -> Iterator[Row]:
    """From the saved file to the front's answer, while many ask."""
    front, waits, served = Client(port), list[float](), list[float]()
    for number in range(saves):
        time.sleep(SETTLE + number % 3 * 0.6)
        edit = edits.retitle(live.root, edits.newest(entries, 0), f"crowd {time.monotonic_ns()}")
        while edit.mark.encode() not in front.get(FEED, Accept_Encoding="identity")[2]:
            time.sleep(0.01)
        waits.append(time.perf_counter() - edit.at)
        time.sleep(SETTLE)
        edit = edits.retitle(live.root, edits.newest(entries, 1), f"direct {time.monotonic_ns()}")
        served.append(live.served(edit))
    yield Row.of("crowd", "saved to served, no front", entries, served, "s")
    note = f"behind the front, max-age {MAX_AGE} s, asked all the time"
    yield Row.of("crowd", "staleness", entries, waits, "s", note)


def _computed(live: Live, entries: int, found: dict[str, float]) -> Iterator[Row]:
    """What these come to for the crowd; the assumptions stand beside each figure."""

    def row(what: str, value: float, unit: str, note: str = "") -> Row:
        return Row("crowd", f"10 M hourly: {what}", entries, value, unit, note, kind="computed")

    polls = SUBSCRIBERS * POLLS / 86400
    yield row("polls", polls, "req/s", "evenly spread over the hour")
    yield row("one front process is busy", 100 * polls / found["front, 304"], "%", "by 304s alone")
    burst = SUBSCRIBERS / 2 / 60
    note = "if half of all ask within the first minute of the hour"
    yield row("front processes", math.ceil(burst / found["front, 304"]), "", note)
    each = max(found[f"origin, {name}: requests in a max-age"] for name in ("304", "200"))
    origin = _KEYS * each / REAL_AGE
    note = f"{_KEYS} feeds and codings × {each:.1f} requests each {REAL_AGE} s, any crowd"
    yield row("origin, at most", origin, "req/s", note)
    yield row("polls that end at the front", 100 * (1 - origin / polls), "%")
    size, same = _sizes(live)
    day = SUBSCRIBERS * (EDITS * size + (POLLS - EDITS) * same) / 1e9
    yield row("sent by the front in a day", day, "GB", f"{EDITS} edits of each feed; gzip or 304")
    changed = _KEYS * EDITS
    inner = (changed * size + max(0.0, origin * 86400 - changed) * same) / 1e9
    yield row("sent by the origin in a day", inner, "GB", "gzip or 304 to the front")
    late = REAL_AGE + 1 + found["saved to served, no front"] + _KEYS / polls
    note = f"max-age {REAL_AGE} s, nginx's whole second, an edit, the poll that starts the refresh"
    yield row("staleness at the front, at most", late, "s", note)


def _sizes(live: Live) -> tuple[int, int]:
    """Bytes of a whole answer with gzip, and of a 304."""
    tag = Client(live.port).get(FEED, Accept_Encoding="gzip")[1]["etag"]
    whole = wire(live.port, FEED, Accept_Encoding="gzip")[1]
    return whole, wire(live.port, FEED, Accept_Encoding="gzip", If_None_Match=tag)[1]
