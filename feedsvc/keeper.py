"""Keeps a builder's lease: waits for it, renews it while builds make progress, gives it back.

In: a store, who asks, a clock. Out: terms of office, begun and ended, in the log and the journal.
An edge: threads and waiting. Knows nothing of what a build does; a build tells it that it goes on.

A build that hangs renews nothing: the next builder takes over when the lease lapses, and what the
hung one may still want to publish is refused by its fence. A store that does not answer ends no
term: whether another builder has taken over meanwhile, the store says when it answers again.
"""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final

import msgspec
import structlog

from feedsvc import __version__
from feedsvc.errors import LeaseHeld, LeaseLost, StoreDamaged, StoreError, StoreTooNew
from feedsvc.process import is_gone, this_process
from feedsvc.store import Store
from feedsvc.store.journal import Attempt, Server
from feedsvc.store.lease import Candidate

log = structlog.get_logger(__name__)

#: Seconds between two signs of life in a shared store's list of servers.
_SIGN: Final = 30.0
#: How long the end of a term waits for a renewal that is on its way, in seconds.
_PATIENCE: Final = 1.0
#: Seconds between two ticks of a term.
_TICK: Final = 1.0
#: The longest pause before asking for the lease again, in seconds.
_ASK: Final = 1.0


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """``lease``: seconds after which another builder takes over from one that is silent.

    ``patience``: seconds without progress after which a build counts as hung.
    """

    lease: float = 15.0
    patience: float = 900.0


def me() -> str:
    """This builder's name, as the journal and the lease have it."""
    return f"{platform.node()}:{os.getpid()}"


def candidate(pace: Pace) -> Candidate:
    """This process, as one that asks for the lease."""
    return Candidate(owner=me(), process=this_process(), seconds=pace.lease)


class Keeper:
    """One builder's terms. ``wait`` and ``term`` from one thread, ``step`` from that of builds."""

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        store: Store,
        who: Candidate,
        clock: Callable[[], datetime],
        *,
        name: str = "",
        patience: float = Pace().patience,
        hung: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._who = who
        self._clock = clock
        self._name = name
        self._patience = patience
        self._hung = hung
        self._progress: float | None = None
        self._signed: tuple[str, float] = ("", 0.0)
        self._said = ""

    def wait(self, stop: threading.Event) -> bool:
        """Wait for the lease and take it; False where ``stop`` was set first.

        Makes the tables, or brings them up to date. Raises StoreTooNew and StoreDamaged.
        """
        while not stop.is_set():
            try:
                self._store.create()
                term = self._store.lease.take(self._who, self._clock(), is_gone)
            except (StoreTooNew, StoreDamaged):
                raise
            except LeaseHeld as held:
                self._stand_by(held)
            except StoreError as error:
                self._say("the store does not answer; asking again", str(error))
            else:
                self._said = ""
                log.info("this builder has the lease", term=term.fence, seconds=term.seconds)
                return True
            stop.wait(min(_ASK, self._who.seconds / 5))
        return False

    @contextmanager
    def term(
        self, lost: Callable[[], None], tick: Callable[[], None] = lambda: None
    ) -> Iterator[None]:
        """Renew the lease as long as the block lasts, and give it back then.

        ``lost`` is called where another builder has taken over, ``tick`` about once a second; it
        may raise StoreError.
        """
        over = threading.Event()
        todo = [over, lost, tick]
        thread = threading.Thread(target=self._beat, args=todo, name="lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(_PATIENCE)
            with suppress(StoreError):
                self._store.lease.release()

    @contextmanager
    def building(self) -> Iterator[None]:
        """A build runs: it must go on within ``patience``."""
        self._progress = time.monotonic()
        try:
            yield
        finally:
            self._progress = None

    def step(self, _done: int, _total: int) -> None:
        """The build goes on."""
        self._progress = time.monotonic()

    def leave(self) -> None:
        """Be no longer in the list of servers."""
        if self._name and self._store.is_shared:
            with suppress(StoreError):
                self._store.journal.left(self._name)

    def _beat(
        self, over: threading.Event, lost: Callable[[], None], tick: Callable[[], None]
    ) -> None:
        pause = self._who.seconds / 3
        due = time.monotonic() + pause
        while not over.wait(min(_TICK, pause)):
            with suppress(StoreError):
                tick()
            if time.monotonic() < due:
                continue
            due = time.monotonic() + pause
            if (still := self._stalled()) is not None:
                log.error("a build hangs; this builder gives the lease up", seconds=round(still))
                self._hung(still)
                return
            try:
                self._store.lease.renew(self._who.seconds, self._clock())
            except LeaseLost as error:
                log.warning("lease lost", detail=str(error))
                lost()
                return
            except StoreError as error:
                self._say("the lease cannot be renewed", str(error))
            else:
                self._said = ""
                self._sign("builder")

    def _stalled(self) -> float | None:
        """How long the build has not gone on, in seconds, where that is too long."""
        begun = self._progress
        still = time.monotonic() - begun if begun is not None else 0.0
        return still if still > self._patience else None

    def _stand_by(self, held: LeaseHeld) -> None:
        if self._say("standing by", f"{held.owner} builds", warn=False):
            attempt = Attempt(
                instant=self._clock(),
                why="standby",
                builder=self._who.owner,
                result="yielded",
                seconds=0.0,
                reason=f"standing by: {held.owner} builds",
            )
            with suppress(StoreError):
                self._store.journal.note(attempt)
        self._sign("standby")

    def _say(self, what: str, detail: str, *, warn: bool = True) -> bool:
        """Say it once, not at each look; whether it was new."""
        if self._said == f"{what} {detail}":
            return False
        self._said = f"{what} {detail}"
        (log.warning if warn else log.info)(what, detail=detail)
        return True

    def _sign(self, role: str) -> None:
        """Tell the fleet that we are there; on one machine its server says so."""
        known, when = self._signed
        if not self._name or not self._store.is_shared:
            return
        if role == known and time.monotonic() - when < _SIGN:
            return
        with suppress(StoreError):
            current = self._store.current()
            server = Server(
                name=self._name,
                role=role,
                version=__version__,
                snapshot=current.id if current else None,
                seen=self._clock(),
            )
            self._store.journal.heard(server)
            self._signed = role, time.monotonic()
