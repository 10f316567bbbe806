"""The builder process: builds whenever the schedule says so, as long as it has the lease.

In: a site's folder, a store, a clock. Out: snapshots in the store, pings to hubs, letters to
people, log lines for the operator, and a word in the journal on every build, however it went. Knows
when and that, not how: that is ``build``, ``keeper``, ``pinger`` and ``notifier``.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import structlog

from feedsvc.build import Builder, Outcome
from feedsvc.ending import Ending, held_back, note
from feedsvc.errors import (
    ConfigError,
    FeedsvcError,
    LeaseLost,
    Problem,
    PublishConflict,
    StoreDamaged,
    StoreError,
)
from feedsvc.hub import HubClient
from feedsvc.keeper import Keeper, Pace, candidate, me
from feedsvc.notifier import Notifier
from feedsvc.notify import Courier
from feedsvc.pinger import Pinger
from feedsvc.schedule import Outlook, Schedule, Told
from feedsvc.store import Store
from feedsvc.store.origins import Hold
from feedsvc.web.scratch import alarm, take_alarm

log = structlog.get_logger(__name__)

#: When to look again where no build has succeeded yet, in seconds.
_SOON = 60
#: When to try again after the store failed, in seconds: the first pause, doubled up to the last.
_AGAIN, _LATEST = 2, 60
#: How a process ends whose build hangs: whoever started it starts it again.
_HUNG = 75
#: How long a file that has lost entries must be at rest before they are gone, and in how many
#: seconds to look again.
_REST, _SETTLE = timedelta(seconds=2), 2


class Watch:
    """Builds at start, at each edit, at each interval and at each known change."""

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        root: Path,
        store: Store,
        base_url: str | None,
        clock: Callable[[], datetime],
        courier: Courier | None = None,
        *,
        connect: Callable[[], HubClient] = HubClient,
        pace: Pace = Pace(),  # noqa: B008 - frozen
    ) -> None:
        self._keeper = Keeper(
            store,
            candidate(pace),
            clock,
            name=f"{me().partition(':')[0]}:{root}",
            patience=pace.patience,
            hung=self._give_up,
        )
        self._root = root
        self._store = store
        self._base_url = base_url
        self._builder = self._new(store)
        self._journal = store.journal
        self._clock = clock
        self._courier = courier or Courier()
        self._connect = connect
        self._outlook = Outlook(refresh=_SOON, next_change=None)
        self._failures = 0
        self._waiting = False
        self._held: Hold | None = None
        self._resumed: int | None = None
        self._stopping = threading.Event()
        self._equip()

    def _new(self, store: Store) -> Builder:
        """A builder that knows what the store knows."""
        return Builder(
            self._root,
            store,
            base_url=self._base_url,
            progress=self._keeper.step,
            rest=_REST,
        )

    def _equip(self) -> None:
        """What lasts for one term."""
        self._pinger = Pinger(self._store.outbox, self._clock, connect=self._connect)
        self._notifier = Notifier(self._store, self._clock, self._courier)
        self._schedule = Schedule(self._build, (self._root / "feeds", self._root / "config"))

    def run(self) -> None:
        """Wait for the lease, build as long as it is ours, wait again; until ``stop`` is called.

        Raises StoreTooNew.
        """
        try:
            while self._waited():
                self._lead()
                self._equip()
        finally:
            self._keeper.leave()

    def _waited(self) -> bool:
        """Wait for the lease of a store that can be used; False where ``stop`` was called first."""
        while not self._stopping.is_set():
            try:
                return self._keeper.wait(self._stopping)
            except StoreDamaged as error:
                self._repair(str(error))
                self._stopping.wait(_AGAIN)
        return False

    def _mend(self, wrong: str) -> str:
        """Build into a new store, and let it take the damaged one's place: readers miss nothing.

        Gives a sentence on it. Raises FeedsvcError where that cannot be.
        """
        log.error("the store is damaged", detail=wrong)
        new, saved = self._store.begin_anew()
        try:
            self._new(new).build(self._clock(), "repair")
        finally:
            new.close()
        self._store.give_way()
        self._builder = self._new(self._store)
        memory = f"{saved} rows of its memory were saved" if saved else "nothing could be saved"
        said = (
            f"the store was damaged ({wrong}): it was put aside as *.damaged, {memory}, and "
            "everything was built anew from the source"
        )
        log.warning("a new store was begun", detail=said)
        return said

    def stop(self) -> None:
        """Finish the build that is running and begin no other. Safe in a signal handler."""
        self._stopping.set()
        self._schedule.stop()

    def _lead(self) -> None:
        """One term."""
        if self._stopping.is_set():
            self._schedule.stop()
        with self._keeper.term(self._schedule.stop, self._tick):
            self._pinger.start()
            self._notifier.start()
            try:
                self._schedule.run()
            finally:
                self._notifier.stop()
                self._pinger.stop()

    def _tick(self) -> None:
        """Look about once a second for what others want of this builder."""
        if (flag := alarm()) and flag.exists():
            self._schedule.soon("repair")
        self._resume()

    def _resume(self) -> None:
        """Publish at once what a rollback held back, when somebody has ended that."""
        resumed = self._store.past.resumed()
        if resumed is not None and resumed != self._resumed:
            self._schedule.soon("resume")
        self._resumed = resumed

    def _give_up(self, seconds: float) -> None:
        """A build hangs: nothing but the end of this process ends it."""
        reason = f"the build hung: no progress for {seconds:.0f} s; its process was ended"
        ended = Ending("failed", reason)
        now = self._clock()
        note(self._journal, ended.attempt(now, "watchdog", seconds, self._outlook.after(now)))
        for helper in multiprocessing.active_children():
            helper.kill()  # one that is stopped would stay
        os._exit(_HUNG)

    def _build(self, why: str, told: Told = None) -> Outlook:
        """Build, and say in the journal how it went, whatever comes."""
        instant, ticks = self._clock(), time.perf_counter()
        ended = Ending("failed", "a fault of the program: see the builder's log")
        try:
            with self._keeper.building():
                ended = self._attempt(instant, why, told)
        except Exception:
            self._notifier.failed(reason=ended.reason)
            raise
        finally:
            seconds = time.perf_counter() - ticks
            due = self._next().after(self._clock())
            note(self._journal, ended.attempt(instant, why, seconds, due))
        return self._next()

    def _next(self) -> Outlook:
        """When to build again: soon where the store failed, or a file was being written."""
        if not self._failures:
            soon = min(_SETTLE, self._outlook.refresh) if self._waiting else self._outlook.refresh
            return msgspec.structs.replace(self._outlook, refresh=soon)
        again = min(_LATEST, _AGAIN * 2 ** (self._failures - 1), self._outlook.refresh)
        return msgspec.structs.replace(self._outlook, refresh=again)

    def _attempt(self, instant: datetime, why: str, told: Told) -> Ending:
        """Nothing that an admin wrote may end the process: what goes wrong is said."""
        try:
            if take_alarm() and (wrong := self._store.damage()):
                raise StoreDamaged(wrong)  # noqa: TRY301 - as if we had met it ourselves
            outcome = self._builder.build(instant, why, told)
        except ConfigError as error:
            _tell(error.problems)
            log.warning("config cannot be used; the last snapshot stays")
            self._notifier.failed(error.problems)
            return Ending("failed", str(error.problems[0]))
        except PublishConflict as error:
            log.warning("another builder was first", detail=str(error))
            if isinstance(error, LeaseLost):
                self._schedule.stop()
            return Ending("yielded", str(error))
        except StoreDamaged as error:
            return self._repair(str(error))
        except FeedsvcError as error:
            self._failures += isinstance(error, StoreError)
            log.error(  # noqa: TRY400 - said in one line, no traceback
                "build failed; the last snapshot stays", error=str(error)
            )
            self._notifier.failed(reason=str(error))
            return Ending("failed", str(error))
        self._failures = 0
        self._waiting = outcome.waiting
        _say(outcome, why)
        if outcome.held != self._held and outcome.held:
            log.warning("held", detail=held_back(outcome))
        self._held = outcome.held
        if outcome.anew:
            _hold_still()
        self._outlook = Outlook(refresh=outcome.refresh, next_change=outcome.next_change)
        self._pinger.wake()
        self._notifier.built(outcome.problems, self._builder.notify)
        return Ending.of(outcome)

    def _repair(self, wrong: str) -> Ending:
        """Begin a new store, and in it a new term."""
        self._failures += 1
        try:
            reason = self._mend(wrong)
        except FeedsvcError as error:
            log.error("the store cannot be mended", error=str(error))  # noqa: TRY400 - one line
            return Ending("failed", str(error))
        self._schedule.stop()
        return Ending("failed", reason)


def _hold_still() -> None:
    """Spare the garbage collector what a builder remembers: of very many entries, half a second."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


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
