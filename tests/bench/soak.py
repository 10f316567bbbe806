"""The soak: edits, polls and kills for minutes, and the plot of what every process holds meanwhile.

``make soak`` (20 minutes), ``make soak SOAK_MINUTES=1`` for a trial. Writes JSON and docs/soak.svg;
ends with 1 where memory or file handles grow, or a reader met something wrong.
"""

from __future__ import annotations

import json
import os
import random
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.bench import process
from tests.bench.soakplot import draw
from tests.system.faults.newsroom import FILE, Reader, generation, reading, small_site
from tests.system.servers import REPOSITORY, Server, serving

#: Seconds between two looks, two edits, two kills; readers ask all the time.
LOOK, EDIT, KILL = 2.0, 1.5, 45.0
#: By how much the last quarter may exceed the second one, which is after the start; and the
#: megabytes, handles and milliseconds that are no growth, whatever the share.
SHARE = {"memory": 1.10, "handles": 1.05, "wait": 2.0}
SLACK = {"memory": 3.0, "handles": 3.0, "wait": 20.0}
_QUARTERS = 4


@dataclass
class Look:
    """One process at one time: ``memory`` is what it alone holds, in MB."""

    minute: float
    role: str
    pid: int
    memory: float
    handles: int


@dataclass
class Soak:
    """What was seen. ``waits``: minute, and how long an answer took, in milliseconds."""

    looks: list[Look] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)
    edits: int = 0
    kills: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def main(minutes: float) -> int:
    """Soak for so long; gives the exit status."""
    soak = Soak()
    with tempfile.TemporaryDirectory(prefix="feedsvc-soak-") as folder:
        site = small_site(Path(folder) / "site")
        with serving(site) as server, reading(server.url) as reader:
            _disturb(server, reader, soak, minutes)
    print(f"{soak.edits} edits, {dict(soak.kills)} killed, {reader.seen} answers")
    return _report(soak, minutes)


def _disturb(server: Server, reader: Reader, soak: Soak, minutes: float) -> None:
    over, rolls = threading.Event(), random.Random(20)
    chores: list[tuple[float, Callable[[], None]]] = [
        (EDIT, lambda: _edit(server, soak)),
        (KILL, lambda: _kill(server, soak, rolls)),
    ]
    threads = [threading.Thread(target=_again, args=(over, *chore)) for chore in chores]
    for thread in threads:
        thread.start()
    began = time.monotonic()
    try:
        while (minute := (time.monotonic() - began) / 60) < minutes:
            soak.looks += _looks(server, minute)
            soak.waits.append((minute, reader.longest * 1000))
            reader.longest = 0.0
            time.sleep(LOOK)
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _again(over: threading.Event, pause: float, chore: Callable[[], None]) -> None:
    while not over.wait(pause):
        chore()


def _edit(server: Server, soak: Soak) -> None:
    soak.edits += 1
    server.site.write(FILE, generation(soak.edits))


def _kill(server: Server, soak: Soak, rolls: random.Random) -> None:
    """One of the processes, but not the supervisor."""
    victims = dict(_roles(server))
    victims.pop(server.program.process.pid, None)
    pid = rolls.choice(list(victims))
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        soak.kills[victims[pid]] += 1


def _roles(server: Server) -> Iterator[tuple[int, str]]:
    """Every process of the server, by what it does."""
    top = server.program.process.pid
    yield top, "supervisor"
    for child in process.children(top):
        words = process.command_line(child)
        role = next((r for r in ("public", "admin", "builder") if r in words), "builder")
        yield child, role
        for below in process.children(child):
            if role != "builder" and "resource_tracker" not in process.command_line(below):
                yield below, f"{role} worker"


def _looks(server: Server, minute: float) -> Iterator[Look]:
    for pid, role in _roles(server):
        with suppress(OSError):
            handles = len(list(Path(f"/proc/{pid}/fd").iterdir()))
            memory = process.held(pid)
            if memory and process.age(pid) > 10:
                yield Look(round(minute, 3), role, pid, memory, handles)


def _report(soak: Soak, minutes: float) -> int:
    roles = sorted({look.role for look in soak.looks})
    grown = []
    for role in roles:
        mine = [look for look in soak.looks if look.role == role]
        for what in ("memory", "handles"):
            points = [(look.minute, float(getattr(look, what))) for look in mine]
            grown += _grown(f"{role}: {what}", what, points, minutes)
    grown += _grown("answers: wait", "wait", soak.waits, minutes)
    results = REPOSITORY / "bench-results"
    results.mkdir(exist_ok=True)
    facts = {"minutes": minutes, "edits": soak.edits, "kills": soak.kills, "grown": grown}
    facts |= {"looks": [asdict(look) for look in soak.looks], "waits": soak.waits}
    (results / "soak.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    series = {
        role: [(look.minute, look.memory) for look in soak.looks if look.role == role]
        for role in roles
    }
    draw(series, soak.waits, _caption(soak, minutes), REPOSITORY / "docs" / "soak.svg")
    print("\n".join(grown) or "nothing grows")
    return 1 if grown else 0


def _caption(soak: Soak, minutes: float) -> str:
    kills = sum(soak.kills.values())
    handles = max((look.handles for look in soak.looks), default=0)
    return (
        f"{minutes:g} minutes, {soak.edits} edits, {kills} processes killed; "
        f"at most {handles} file handles in any"
    )


def _grown(
    name: str, what: str, points: Sequence[tuple[float, float]], minutes: float
) -> Iterator[str]:
    """Whether the last quarter exceeds the second; one line, in words."""
    second, last = (_quarter(points, minutes, number) for number in (1, 3))
    if not second or not last:
        return
    before, after = statistics.median(second), statistics.median(last)
    grows = after > before * SHARE[what] and after > before + SLACK[what]
    print(f"{name:<28} {before:9.1f} → {after:9.1f}{'  grows' if grows else ''}")
    if grows:
        yield f"{name} grows from {before:.1f} to {after:.1f}"


def _quarter(points: Sequence[tuple[float, float]], minutes: float, number: int) -> list[float]:
    begin, end = (minutes * part / _QUARTERS for part in (number, number + 1))
    return [value for minute, value in points if begin <= minute < end]


if __name__ == "__main__":
    sys.exit(main(float(os.environ.get("SOAK_MINUTES") or 20)))
