"""The replicator process: keeps a server's own copy of the shared store up to date.

In: the URL of the shared store, the copy's, the server's name: from the environment. Out: a copy to
serve from, and a word in it on how that goes. Told at once by the store of every publish; where
that is lost, it looks every second. A store that fails is asked again and again, and the copy stays
as it is; a copy that is damaged is put aside and made anew. An edge: it reads the clock.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Final

import msgspec
import structlog

from feedsvc import log as logs
from feedsvc.errors import StoreDamaged, StoreError, StoreTooNew
from feedsvc.store import Store, put_aside, shown
from feedsvc.store.bell import Bell
from feedsvc.store.links import Link
from feedsvc.web.lifeline import die_with_parent, on_stop
from feedsvc.web.pulse import start_pulse
from feedsvc.web.scratch import take_alarm

log = structlog.get_logger(__name__)

#: How far, in seconds, a replica that reaches the store may be behind another one: so much may time
#: go back for a client that is served by both. A look comes every second at the latest, a worker
#: looks every 0.05 s; the rest is for copying. One that is cut off says so at /readyz.
LAG: Final = 5.0
#: Seconds between two looks, whether or not the store would tell us.
LOOK: Final = 1.0
#: The longest pause between two looks at a store that does not answer; the first is ``LOOK``.
_LONGEST: Final = 2.0
#: Seconds between two looks at the small tables, and between two reports of what was counted.
_MIRROR: Final = 5.0
_REPORT: Final = 10.0
#: Seconds between two words on the link while all is well.
_NOTE: Final = 5.0
#: A look that does not go on for so many seconds hangs (the store was stopped, say, and another one
#: has taken its address): the process ends, and the supervisor starts it again.
PATIENCE: Final = 60.0
_HUNG: Final = 75


class Replicator:
    """Makes ``copy`` follow the shared store. For one thread."""

    def __init__(
        self,
        shared: str,
        copy: str,
        name: str,
        clock: Callable[[], datetime],
        stop: threading.Event,
    ) -> None:
        self._bell = Bell(shared, stop.wait)
        self._shared = Store(shared)
        self._copy_url = copy
        self._name = name
        self._clock = clock
        self._stop = stop
        self._link = Link(store=shown(shared), seen=None, since=clock())
        self._due: dict[str, float] = {}
        self._is_damaged = False
        self._alive = time.monotonic()
        self._open()

    def run(self) -> None:
        """Follow until stopped."""
        pause = LOOK
        while not self._stop.is_set():
            self._goes_on()
            if self.look():
                self._listen()
                pause = LOOK
                self._bell.wait(pause)
            else:
                self._stop.wait(pause)
                pause = min(_LONGEST, 2 * pause)
        self._bell.close()
        self._shared.close()
        self._copy.close()

    def look(self) -> bool:
        """Copy what is new; False where the store or the copy fails. Never raises StoreError."""
        try:
            if self._is_damaged:
                return self._renew()
            if take_alarm() and (wrong := self._copy.damage()):
                raise StoreDamaged(wrong)  # noqa: TRY301 - as if we had met it ourselves
            snapshot = self._replication.pull()
            if snapshot is not None or self._is_due("mirror", _MIRROR):
                self._replication.mirror()
            if self._is_due("report", _REPORT):
                self._report()
        except StoreDamaged as error:
            log.error("the copy is damaged; making it anew", error=str(error))  # noqa: TRY400
            self._is_damaged = True
            return self._renew()
        except StoreError as error:
            self._note(str(error))
            return False
        if snapshot is not None:
            log.info("copied", snapshot=snapshot)
        self._note("")
        return True

    def watch(self, hung: Callable[[], object], patience: float = PATIENCE) -> None:
        """Call ``hung`` once a look has not gone on for so many seconds. For another thread."""
        while not self._stop.wait(min(1.0, patience / 4)):
            if time.monotonic() - self._alive > patience:
                log.error("the shared store neither answers nor fails; starting again")
                hung()
                return

    def _goes_on(self) -> None:
        self._alive = time.monotonic()

    def _report(self) -> None:
        """Say what was counted. A store that does not take it is followed all the same."""
        try:
            self._replication.exchange(self._name)
        except StoreDamaged:
            raise
        except StoreError as error:
            if self._is_due("unreported", 600):
                log.warning("what was counted cannot be reported", error=str(error))

    def _open(self) -> None:
        prepare(self._copy_url)
        self._copy = Store(self._copy_url)
        self._replication = self._copy.copy_of(self._shared, self._goes_on)
        with suppress(StoreError):
            if known := self._copy.links.link():
                self._link = msgspec.structs.replace(self._link, seen=known.seen)
        self._due.clear()

    def _renew(self) -> bool:
        """Copy all of it into a new file, which then takes the damaged one's place; False if not.

        So the damaged one is served from as far as it goes, for as long as the store is away.
        """
        try:
            new, _ = self._copy.begin_anew(remember=False)
            try:
                copying = new.copy_of(self._shared, self._goes_on)
                copying.pull()
                copying.mirror()
            finally:
                new.close()
            self._copy.give_way()
        except StoreError as error:
            self._note(str(error))
            return False
        self._is_damaged = False
        self._open()
        return True

    def _listen(self) -> None:
        """Be told at once, if that is possible now."""
        heard = self._bell.is_heard
        if self._bell.listen():
            log.info("told at once of every snapshot")
        elif not self._bell.is_heard and self._is_due("deaf", 60):
            log.warning("not told of snapshots; looking every second", error=self._bell.error)
        if heard != self._bell.is_heard:
            self._due.pop("deaf", None)

    def _note(self, error: str) -> None:
        """Say how it goes: at once where that changes, else now and then."""
        changed = error != self._link.error
        if not changed and not self._is_due("note", _NOTE):
            return
        now = self._clock()
        if changed and error:
            log.error("the shared store cannot be followed; the copy stays", error=error)
        elif changed:
            log.info("the shared store answers again")
        self._link = msgspec.structs.replace(
            self._link,
            error=error,
            seen=self._link.seen if error else now,
            since=now if changed else self._link.since,
        )
        with suppress(StoreError):
            self._copy.links.note(self._link)

    def _is_due(self, what: str, seconds: float) -> bool:
        """Whether so long has passed since it was due last."""
        now = time.monotonic()
        if now < self._due.get(what, 0.0):
            return False
        self._due[what] = now + seconds
        return True


def prepare(copy: str) -> None:
    """Make the copy's tables. One that is damaged, or a newer program's, is put aside.

    Raises StoreError where it can neither be used nor put aside.
    """
    try:
        _create(copy)
    except (StoreDamaged, StoreTooNew) as error:
        log.warning("the copy cannot be used; making it anew", error=str(error))
        put_aside(copy)
        _create(copy)


def _create(copy: str) -> None:
    with closing(Store(copy)) as store:
        store.create()


def main() -> None:
    """Run the process that the supervisor starts."""
    logs.configure()
    stop = threading.Event()
    on_stop(stop.set)
    die_with_parent()
    start_pulse()
    clock = lambda: datetime.now(UTC)  # noqa: E731, TID251 - a process begins here
    shared, copy = os.environ["FEEDSVC_STORE"], os.environ["FEEDSVC_COPY"]
    replicator = Replicator(shared, copy, os.environ["FEEDSVC_SERVER"], clock, stop)
    watch = (lambda: os._exit(_HUNG),)
    threading.Thread(target=replicator.watch, args=watch, name="watchdog", daemon=True).start()
    replicator.run()


if __name__ == "__main__":
    main()
