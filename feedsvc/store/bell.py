"""Told at once: a publish rings in its own transaction, and whoever listens wakes when it commits.

In: a store's URL to listen to. Out: a wait that ends early. Where
nothing can be heard, the wait takes its time: polling finds the rest. PostgreSQL's LISTEN and
NOTIFY; with SQLite nothing rings. Knows no table.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg

from feedsvc.store.engine import CHANNEL, parse, reach

#: Seconds between tries to listen again: the first pause, doubled up to the last.
_FIRST, _LAST = 0.5, 15.0


class Bell:
    """Listens to one store. For one thread. ``is_heard``: whether a publish wakes us at once."""

    def __init__(self, url: str, sleep: Callable[[float], object] = time.sleep) -> None:
        place = parse(url)
        self._settings = {
            **place.translate_connect_args(username="user", database="dbname"),
            **place.query,
            **reach(place),
        }
        self._sleep = sleep
        self._connection: psycopg.Connection[Any] | None = None
        self._pause = _FIRST
        self._due = 0.0
        self.error = ""

    @property
    def is_heard(self) -> bool:
        """Whether a publish wakes us at once."""
        return self._connection is not None

    def listen(self) -> bool:
        """Begin to listen where that is lost; True where it has just begun. Never raises."""
        if self._connection is not None or time.monotonic() < self._due:
            return False
        try:
            self._connection = psycopg.connect(**self._settings, autocommit=True)
            self._connection.execute(f"LISTEN {CHANNEL}")
        except psycopg.Error as error:
            self._hang_up(error)
            return False
        self._pause = _FIRST
        return True

    def wait(self, seconds: float) -> None:
        """Wait until something was published, at most so long. Never raises."""
        if self._connection is None:
            self._sleep(seconds)
            return
        try:
            for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                return
        except psycopg.Error as error:
            self._hang_up(error)

    def close(self) -> None:
        """Listen no more."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _hang_up(self, error: psycopg.Error) -> None:
        self.close()
        self.error = " ".join(str(error).split())
        self._due = time.monotonic() + self._pause
        self._pause = min(_LAST, 2 * self._pause)
