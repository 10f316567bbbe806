"""Somebody who reads all the time, whatever happens, and notes what nobody must ever see."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import TypeVar

from tests.system.wire import Answer, ask


@dataclass
class Reader:
    """Looks again and again. ``wrong`` is what nobody must ever see.

    ``seen`` counts the answers, ``missed`` the questions that met no server, as when its process
    was just killed; ``longest`` is how long an answer took at most, in seconds.
    """

    wrong: list[str] = field(default_factory=list)
    seen: int = 0
    missed: int = 0
    longest: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)

    def look(self) -> None:
        """Ask for everything once, and judge it."""
        raise NotImplementedError

    def read(self) -> None:
        while not self.over.is_set():
            self.look()
            self.over.wait(0.05)

    def ask(self, url: str) -> Answer | None:
        began = time.monotonic()
        try:
            answer = ask(url)
        except (OSError, HTTPException):  # also half an answer, of a process that was killed
            self.missed += 1
            return None
        self.longest = max(self.longest, time.monotonic() - began)
        self.seen += 1
        return answer


Kind = TypeVar("Kind", bound=Reader)


@contextmanager
def reading(reader: Kind) -> Iterator[Kind]:
    """They read for as long as the block lasts; nothing wrong may have been seen."""
    thread = threading.Thread(target=reader.read, daemon=True)
    thread.start()
    try:
        yield reader
    finally:
        reader.over.set()
        thread.join(40)
    assert not reader.wrong, reader.wrong[:5]
    assert reader.seen
