"""Whether all is well, said in a few signs: what was built, by whom, what must be mended.

In: what the store knows, and the instant. Out: signs, each good, worth a look, or bad, and the
verdict. Pure. Knows no page, no metric and no clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal

import msgspec

from feedsvc.errors import Problem
from feedsvc.snapshot import SnapshotInfo
from feedsvc.store.journal import Attempt, Server
from feedsvc.store.notices import Letter
from feedsvc.store.origins import Hold
from feedsvc.store.outbox import HubState
from feedsvc.web.fleet import Fleet, told
from feedsvc.web.telling import away, length, moment

Level = Literal["good", "look", "bad"]
_ORDER: Final[Sequence[Level]] = ("good", "look", "bad")
#: How late a builder may be before it counts as silent.
_GRACE: Final = timedelta(seconds=120)
#: How long after a publish a server may still say that it serves the one before.
_CATCHING_UP: Final = timedelta(seconds=30)
#: How long a server may say nothing: it speaks every minute.
_QUIET: Final = timedelta(minutes=5)
_VERDICTS: Final[dict[Level, str]] = {
    "good": "All is well",
    "look": "Something is worth a look",
    "bad": "Something needs a person",
}


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is known when health is judged; lists newest first. ``zone`` is that of the site.

    ``unwritten``: why the store could not be written just now, "" where it could.
    """

    now: datetime
    zone: tzinfo
    snapshot: SnapshotInfo | None
    attempts: Sequence[Attempt] = ()
    problems: Sequence[Problem] = ()
    servers: Sequence[Server] = ()
    hubs: Sequence[HubState] = ()
    hold: Hold | None = None
    letters: Sequence[Letter] = ()
    fleet: Fleet = Fleet()
    unwritten: str = ""


class Sign(msgspec.Struct, frozen=True):
    """One thing that can be well or not: ``value`` in a word or two, ``detail`` in a sentence."""

    name: str
    level: Level
    value: str
    detail: str = ""


class Health(msgspec.Struct, frozen=True):
    """All signs, and the verdict that follows from the worst of them."""

    level: Level
    verdict: str
    signs: tuple[Sign, ...]


def judge(state: State) -> Health:
    """Look at everything."""
    signs = tuple(_signs(state))
    level = max((sign.level for sign in signs), key=_ORDER.index)
    return Health(level, _VERDICTS[level], signs)


def is_silent(attempts: Sequence[Attempt], now: datetime) -> bool:
    """Whether a builder that should have built by now has not said so."""
    due = _due(attempts)
    return due is not None and now > due + _grace(attempts)


def failures(attempts: Sequence[Attempt]) -> int:
    """How many builds have failed since the last one that did not."""
    results = (attempt.result == "failed" for attempt in attempts)
    return next((count for count, failed in enumerate(results) if not failed), len(attempts))


def _signs(state: State) -> Iterator[Sign]:
    yield _published(state)
    yield _build(state)
    yield _builder(state)
    yield _problems(state)
    if state.unwritten:
        detail = f"{state.unwritten}. What is published is served meanwhile."
        yield Sign("Store", "bad", "cannot be written", detail)
    if state.servers:
        yield _servers(state)
    yield _hubs(state)
    yield from _letters(state.letters)
    for name, level, value, detail in told(state.fleet, state.servers, state.now):
        yield Sign(name, msgspec.convert(level, Level), value, detail)


def _published(state: State) -> Sign:
    snapshot = state.snapshot
    if snapshot is None:
        return Sign("Published", "bad", "nothing yet", "Readers get 503 until the first build.")
    when = moment(snapshot.instant, state.now, state.zone)
    if state.hold:
        since = moment(state.hold.instant, state.now, state.zone)
        told = (
            f"Rolled back on {since.text}: snapshot {state.hold.snapshot} stays until the source "
            "changes, or 'feedsvc rollback --resume'."
        )
        return Sign("Published", "look", "held", told)
    return Sign(
        "Published",
        "good",
        when.distance,
        f"Snapshot {snapshot.id} with {snapshot.documents} documents, {when.text}.",
    )


def _build(state: State) -> Sign:
    if not state.attempts:
        return Sign("Last build", "look", "unknown", "No build has been noted in this store yet.")
    last = state.attempts[0]
    ago = away(last.instant - state.now)
    if last.result == "failed":
        count = failures(state.attempts)
        times = f"{count} times in a row" if count > 1 else "once"
        return Sign("Last build", "bad", "failed", f"{ago}, {times}. {last.reason}")
    how = {"published": f"published {last.changed} documents"}
    done = how.get(last.result, "changed nothing")
    detail = f"{ago}, it {done} of {last.entries} entries in {length(last.seconds)}."
    if last.result == "yielded":
        detail = f"{ago}, another builder was first."
    return Sign("Last build", "good", "went well", detail)


def _builder(state: State) -> Sign:
    due = _due(state.attempts)
    if due is None:
        return Sign("Builder", "look", "none running", "Nothing watches for edits and embargoes.")
    last = next(attempt for attempt in state.attempts if attempt.due)
    if is_silent(state.attempts, state.now):
        late = length((state.now - due).total_seconds())
        return Sign("Builder", "bad", "silent", f"{last.builder} is {late} late. Is it running?")
    return Sign("Builder", "good", "alive", f"{last.builder} builds again {away(due - state.now)}.")


def _problems(state: State) -> Sign:
    errors = sum(problem.severity == "error" for problem in state.problems)
    warnings = len(state.problems) - errors
    if not state.problems:
        return Sign("Problems", "good", "none", "Every entry is as its file says.")
    told = f"{errors} hold something back, {warnings} are warnings."
    return Sign("Problems", "bad" if errors else "look", str(len(state.problems)), told)


def _servers(state: State) -> Sign:
    newest = state.snapshot.id if state.snapshot else None
    quiet = [s.name for s in state.servers if state.now - s.seen > _QUIET]
    behind = [s.name for s in state.servers if s.name not in quiet and _is_behind(s, state)]
    told = [f"{', '.join(quiet)}: not heard of for a while."] if quiet else []
    told += [f"{', '.join(behind)}: not at snapshot {newest}."] if behind else []
    count = len(state.servers) - len(quiet) - len(behind)
    value = f"{count} of {len(state.servers)}" if told else str(count)
    return Sign(
        "Servers",
        "look" if told else "good",
        value,
        " ".join(told) or f"At snapshot {newest}: {', '.join(s.name for s in state.servers)}.",
    )


def _is_behind(server: Server, state: State) -> bool:
    """Whether it said, well after the newest snapshot was published, that it serves another."""
    newest = state.snapshot
    return newest is not None and (
        server.snapshot != newest.id and server.seen - newest.instant > _CATCHING_UP
    )


def _hubs(state: State) -> Sign:
    failing = [hub.url for hub in state.hubs if hub.failing]
    if failing:
        return Sign("Hubs", "look", "failing", f"{', '.join(failing)} did not take the last ping.")
    if not state.hubs:
        return Sign("Hubs", "good", "none", "The config names no WebSub hub.")
    waiting = sum(hub.waiting for hub in state.hubs)
    return Sign("Hubs", "good", "listening", f"{len(state.hubs)} told, {waiting} pings waiting.")


def _letters(letters: Sequence[Letter]) -> Iterator[Sign]:
    """Only where people could not be told: otherwise there is nothing to see."""
    late = [letter for letter in letters if letter.attempts]
    if late:
        errors = dict.fromkeys(f"{letter.channel}: {letter.last_error}" for letter in late)
        yield Sign("Notifications", "look", f"{len(late)} waiting", "; ".join(errors))


def _due(attempts: Sequence[Attempt]) -> datetime | None:
    # The newest word counts: a clock that was set may have made an older one promise a late day.
    return next((attempt.due for attempt in attempts if attempt.due), None)


def _grace(attempts: Sequence[Attempt]) -> timedelta:
    """Long builds are late more easily."""
    longest = max((attempt.seconds for attempt in attempts[:10]), default=0.0)
    return _GRACE + timedelta(seconds=3 * longest)
