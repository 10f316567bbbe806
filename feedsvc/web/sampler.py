"""Keeps what this server counts: every minute a look at its metrics, and a line in the journal.

In: a journal, a clock, a way to read the metrics. Out: samples and a sign of life, in the store.
A store that fails loses nothing: the next look makes up for it. Knows no request and no page.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import msgspec
import structlog

from feedsvc import __version__
from feedsvc.errors import StoreError
from feedsvc.store.journal import Journal, Server
from feedsvc.web.samples import SPANS, Counted, Sample, added, beginning, since

log = structlog.get_logger(__name__)

#: Seconds between two looks and before the first; what must have passed before a page asks.
_EVERY: Final = 60.0
_FIRST: Final = 2.0
_FRESH: Final = timedelta(seconds=2)


class Sampler:
    """Looks at the metrics; ``look`` from any thread, or ``start`` for one of its own."""

    def __init__(
        self,
        journal: Journal,
        clock: Callable[[], datetime],
        read: Callable[[], Counted],
        *,
        name: str,
        role: str,
    ) -> None:
        self._journal = journal
        self._clock = clock
        self._read = read
        self._name = name
        self._role = role
        self._lock = threading.Lock()
        self._looked: datetime | None = None
        # What was counted before this process began has been kept by the one before it.
        self._before = read().sample
        self._open: dict[int, tuple[datetime, Sample]] = {}

    def start(self, stop: threading.Event) -> None:
        """Look every minute, until ``stop`` is set."""
        threading.Thread(target=self._run, args=[stop], name="sampler", daemon=True).start()

    def look(self) -> None:
        """Keep what was counted since the last look. Raises StoreError."""
        with self._lock:
            now = self._clock()
            if self._looked and timedelta() <= now - self._looked < _FRESH:
                return
            counted = self._read()
            new = since(counted.sample, self._before)
            spans = {span: self._extended(span, now, new) for span in SPANS}
            for span, (start, sample) in spans.items():
                oldest = start - timedelta(seconds=span * SPANS[span])
                facts = msgspec.to_builtins(sample)
                self._journal.keep(self._name, span, start, facts, oldest)
            self._open, self._before, self._looked = spans, counted.sample, now
            self._journal.heard(self._server(counted, now))

    def _server(self, counted: Counted, now: datetime) -> Server:
        return Server(
            name=self._name,
            role=self._role,
            version=__version__,
            snapshot=counted.snapshot,
            seen=now,
        )

    def _extended(self, span: int, now: datetime, new: Sample) -> tuple[datetime, Sample]:
        start = beginning(now, span)
        known = self._open.get(span)
        if known is None or known[0] != start:
            known = start, self._kept(span, start)
        return start, added(known[1], new)

    def _kept(self, span: int, start: datetime) -> Sample:
        """What an earlier process kept of a span that is not over yet."""
        rows = self._journal.samples(span)
        ours = (counted for name, begun, counted in rows if (name, begun) == (self._name, start))
        return msgspec.convert(next(ours, {}), Sample)

    def _run(self, stop: threading.Event) -> None:
        pause = _FIRST
        while not stop.wait(pause):
            pause = _EVERY
            try:
                self.look()
            except StoreError as error:
                log.warning("samples cannot be kept; later again", error=str(error))
            except Exception:
                log.exception("the sampler stumbled; it goes on")
