"""Follows the store: swaps the worker's view when a snapshot comes, or when the clock asks for it.

In: a store, looked at again and again, and a clock. Out: the view to serve from. A store that fails
or vanishes never stops serving: the last view stays. Knows no request.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from feedsvc.errors import NoSnapshot, StoreDamaged, StoreError
from feedsvc.snapshot import SnapshotInfo
from feedsvc.web.scratch import raise_alarm
from feedsvc.web.view import Shelf, Store, View

log = structlog.get_logger(__name__)

#: Looks between two at whether a copy is kept up to date.
_LOOKS: Final = 10
#: After a longer jump nothing is kept: the store may have forgotten what changed in between.
_LONGEST_JUMP: Final = 10
#: Where more has changed nothing is kept either: requests would wait while we learn what it was.
_MANY: Final = 5_000
#: By how much a clock may be corrected backwards before anything is prepared anew.
_TOLERANCE: Final = timedelta(seconds=1)


class Follower:
    """Holds the current view. ``view`` is replaced in one step, so a reader has it whole or not.

    ``cut_off`` says why the store may be out of date, where it is a replica's copy; else it is "".
    """

    def __init__(self, store: Store, clock: Callable[[], datetime], *, memory: int) -> None:
        self.view: View | None = None
        self.cut_off = ""
        self._looks = 0
        self._looking = threading.Lock()
        self._store = store
        self._clock = clock
        self._memory = memory
        self._failing = False

    def poll(self) -> None:
        """Look once. Never raises StoreError."""
        with self._looking:
            self._poll()

    def after(self, view: View) -> View | None:
        """The view to go on with where this one's snapshot is no more. Never raises StoreError."""
        with self._looking:
            if self.view is view:
                self._poll()
        return self.view

    def _poll(self) -> None:
        try:
            self.view = self._look()
            if self._looks % _LOOKS == 0:
                link = self._store.links.link()
                self.cut_off = link.cut_off(self._clock()) if link else ""
            self._looks += 1
        except StoreError as error:
            if isinstance(error, StoreDamaged):
                raise_alarm()
            self._note(failing=True, error=str(error))
        else:
            self._note(failing=False)

    def _look(self) -> View | None:
        info, view, now = self._store.current(), self.view, self._clock()
        if info is None or (view is not None and info == view.info):
            return view.renewed(now) if view and _is_over(view, now) else view
        if view is None or info.changed > _MANY or not _follows(info, view.info):
            return View(self._store, info, now, Shelf(self._memory))
        try:
            changed = self._store.changed_paths(view.info.id, info.id)
            self._store.require(view.info)
        except NoSnapshot:  # of another history, in which other paths have changed
            return View(self._store, info, now, Shelf(self._memory))
        return view.next(info, changed, now)

    def _note(self, *, failing: bool, error: str = "") -> None:
        """Say when the store fails and when it answers again, not at each look."""
        if failing and not self._failing:
            log.error("the store does not answer; serving the last snapshot", error=error)
        if self._failing and not failing:
            log.info("the store answers again")
        self._failing = failing


def _is_over(view: View, now: datetime) -> bool:
    """Whether its answers are right no more: it is their time, or the clock was set back."""
    return bool(view.until and now >= view.until) or now < view.now - _TOLERANCE


def _follows(info: SnapshotInfo, ours: SnapshotInfo) -> bool:
    """Whether the snapshot may continue ours: else the store is another one, or its site moved."""
    return ours.id < info.id <= ours.id + _LONGEST_JUMP and info.base_path == ours.base_path
