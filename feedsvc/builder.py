"""The builder process: builds whenever the schedule says so, and says how it went.

In: a site's folder, a store, a clock. Out: snapshots in the store, pings to hubs, letters to
people, log lines for the operator, and a word in the journal on every build, however it went. Knows
when and that, not how: that is ``build``, ``pinger`` and ``notifier``.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

from feedsvc.build import Builder, Outcome
from feedsvc.errors import ConfigError, FeedsvcError, Problem, PublishConflict, StoreError
from feedsvc.notifier import Notifier
from feedsvc.notify import Courier
from feedsvc.pinger import Pinger
from feedsvc.schedule import Outlook, Schedule
from feedsvc.store import Store
from feedsvc.store.journal import Attempt, Journal, Result
from feedsvc.store.origins import Hold

log = structlog.get_logger(__name__)

#: When to look again where no build has succeeded yet, in seconds.
_SOON = 60


class Watch:
    """Builds at start, at each edit, at each interval and at each known change."""

    def __init__(
        self,
        root: Path,
        store: Store,
        base_url: str | None,
        clock: Callable[[], datetime],
        courier: Courier | None = None,
    ) -> None:
        self._builder = Builder(root, store, base_url=base_url)
        self._journal = store.journal
        self._clock = clock
        self._pinger = Pinger(store.outbox, clock)
        self._notifier = Notifier(store, clock, courier or Courier())
        self._outlook = Outlook(refresh=_SOON, next_change=None)
        self._held: Hold | None = None
        self._schedule = Schedule(self._build, (root / "feeds", root / "config"))

    def run(self) -> None:
        """Build until ``stop`` is called."""
        self._pinger.start()
        self._notifier.start()
        try:
            self._schedule.run()
        finally:
            self._notifier.stop()
            self._pinger.stop()

    def stop(self) -> None:
        """Finish the build that is running and begin no other. Safe in a signal handler."""
        self._schedule.stop()

    def _build(self, why: str) -> Outlook:
        """Build, and say in the journal how it went, whatever comes."""
        instant, ticks = self._clock(), time.perf_counter()
        ended = Ending("failed", "a fault of the program: see the builder's log")
        try:
            ended = self._attempt(instant, why)
        except Exception:
            self._notifier.failed(reason=ended.reason)
            raise
        finally:
            seconds = time.perf_counter() - ticks
            due = self._outlook.after(self._clock())
            note(self._journal, ended.attempt(instant, why, seconds, due))
        return self._outlook

    def _attempt(self, instant: datetime, why: str) -> Ending:
        """Nothing that an admin wrote may end the process: what goes wrong is said."""
        try:
            outcome = self._builder.build(instant, why)
        except ConfigError as error:
            _tell(error.problems)
            log.warning("config cannot be used; the last snapshot stays")
            self._notifier.failed(error.problems)
            return Ending("failed", str(error.problems[0]))
        except PublishConflict as error:
            log.warning("another builder was first", detail=str(error))
            return Ending("yielded", str(error))
        except FeedsvcError as error:
            log.error(  # noqa: TRY400 - said in one line, no traceback
                "build failed; the last snapshot stays", error=str(error)
            )
            self._notifier.failed(reason=str(error))
            return Ending("failed", str(error))
        _say(outcome, why)
        if outcome.held != self._held and outcome.held:
            log.warning("held", detail=held_back(outcome))
        self._held = outcome.held
        self._outlook = Outlook(refresh=outcome.refresh, next_change=outcome.next_change)
        self._pinger.wake()
        self._notifier.built(outcome.problems, self._builder.notify)
        return Ending.of(outcome)


class Ending(msgspec.Struct, frozen=True):
    """How a build ended; ``reason`` says why it failed, or what was held back."""

    result: Result
    reason: str = ""
    snapshot: int | None = None
    entries: int = 0
    changed: int = 0

    @classmethod
    def of(cls, outcome: Outcome) -> Ending:
        """The ending of a build that went well."""
        return cls(
            result="published" if outcome.snapshot else "unchanged",
            reason=held_back(outcome),
            snapshot=outcome.snapshot.id if outcome.snapshot else None,
            entries=outcome.entries,
            changed=len(outcome.changed) + len(outcome.gone),
        )

    def attempt(self, instant: datetime, why: str, seconds: float, due: datetime | None) -> Attempt:
        """The same, for the journal."""
        builder = f"{platform.node()}:{os.getpid()}"
        return Attempt(
            instant=instant,
            why=why,
            builder=builder,
            seconds=seconds,
            due=due,
            **msgspec.structs.asdict(self),
        )


def held_back(outcome: Outcome) -> str:
    """What is said while a rollback lasts; "" where none does."""
    if outcome.held is None:
        return ""
    return (
        f"snapshot {outcome.held.snapshot} stays, by a rollback: nothing is published until the "
        "source changes or 'feedsvc rollback --resume'"
    )


def note(journal: Journal, attempt: Attempt) -> None:
    """Write it down; a journal that cannot be written stops no build."""
    try:
        journal.note(attempt)
    except StoreError as error:
        log.warning("the journal cannot be written", error=str(error))


def _say(outcome: Outcome, why: str) -> None:
    _tell(outcome.new_problems)
    if outcome.snapshot:
        log.info(
            "published",
            why=why,
            snapshot=outcome.snapshot.id,
            entries=outcome.entries,
            changed=len(outcome.changed),
            gone=len(outcome.gone),
            seconds=round(outcome.seconds, 3),
        )


def _tell(problems: Iterable[Problem]) -> None:
    for problem in problems:
        say = log.error if problem.severity == "error" else log.warning
        say("problem", problem=str(problem))
