"""How far long work has got: a bar on a terminal, plain lines in a log, nothing where it is short.

In: how much is done and how much there is. Out: lines on standard error. An edge: it looks at the
terminal and the clock. It must not know what the work is.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any, Final

import rich_click as click

Progress = Callable[[int, int], None]
"""Takes how many are done, and how many there are."""

_SHORT: Final = 100  # steps: fewer are over before anybody could read a bar
_PAUSE: Final = 5.0  # seconds between two lines of a log
_TICKS: Final = 200  # a bar moves at most so often


@contextmanager
def progress(
    label: str, unit: str, clock: Callable[[], float] = time.monotonic
) -> Iterator[Progress]:
    """What is to be called as the work goes on; e.g. ``"Rendering", "documents"``."""
    if not _draws():
        yield _Lines(label, unit, clock)
        return
    with ExitStack() as stack:
        yield _Bar(label, stack)


def each(step: Progress, total: int) -> Callable[[], None]:
    """For work that does not count: to be called once for each part of it that is done."""
    done = count(1)
    return lambda: step(next(done), total)


def _draws() -> bool:
    """Whether lines can be drawn over. A bar has no colour, so NO_COLOR has no say in it."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


class _Bar:
    def __init__(self, label: str, stack: ExitStack) -> None:
        self._label = label
        self._stack = stack
        self._bar: Any = None
        self._done = 0

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None:
            if total < _SHORT:
                return
            self._bar = self._stack.enter_context(
                click.progressbar(
                    length=total,
                    label=self._label,
                    file=sys.stderr,
                    show_pos=True,
                    update_min_steps=max(1, total // _TICKS),
                )
            )
        self._bar.update(done - self._done)
        self._done = done


class _Lines:
    def __init__(self, label: str, unit: str, clock: Callable[[], float]) -> None:
        self._label, self._unit, self._clock = label, unit, clock
        self._said = clock()

    def __call__(self, done: int, total: int) -> None:
        now = self._clock()
        if now - self._said >= _PAUSE:
            self._said = now
            click.echo(f"{self._label}: {done} of {total} {self._unit}", err=True)
