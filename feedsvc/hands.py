"""Other processes that read and render for a builder, where there is much to do.

In: entry files, or orders with what is published there. Out: what ``entries.parse`` and
``Kitchen.prepare`` give, in order: the same as here, only sooner. Little work is done here, for a
process costs half a second to start. Knows no store, no clock and no schedule.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice
from multiprocessing import connection, get_context, parent_process
from typing import Self, TypeVar

import msgspec

from feedsvc.errors import RenderError
from feedsvc.kitchen import Cooked, Kitchen, Task
from feedsvc.model import Site
from feedsvc.render.orders import Order
from feedsvc.snapshot import Published
from feedsvc.source.entries import Parsed, parse
from feedsvc.source.tree import SourceFile

#: Files that a process reads at a time, and from how many times so many on it pays to share.
_FILES = 16
_ENOUGH = 3
#: Tasks that one process gets in a row: what stands together in time shares what was rendered.
_RUN = 4
#: Orders that are cooked here at a time.
_FEW = 10
#: A full build must not slow the serving beside it: nice(2).
_MANNERS = 10

_File = tuple[str, str, bytes]
_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


class Hands:
    """Processes for one site, started when they are first needed. A context manager."""

    def __init__(self, site: Site, cores: int | None = None) -> None:
        self._site = site
        self._cores = cores or os.cpu_count() or 1
        self._pools: list[ProcessPoolExecutor] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for pool in self._pools:
            pool.shutdown(cancel_futures=True)
        self._pools = []

    def parse(self, files: Iterable[tuple[SourceFile, bytes]]) -> Iterator[Parsed]:
        """Read entry files. Raises RenderError where a process was killed."""
        found = ((file.path, file.section, data) for file, data in files)
        batches = iter(lambda: list(islice(found, _FILES)), [])
        for parsed in self._each(
            batches, _parse, _PARSED, lambda some: [_read(some, self._site)], run=1
        ):
            yield from parsed

    def cook(self, tasks: Iterable[Task], here: Kitchen) -> Iterator[list[Cooked]]:
        """Cook what was ordered. Raises RenderError."""
        return self._each(tasks, _cook, _COOKED, lambda task: _few_at_a_time(here, *task))

    def _each(
        self,
        tasks: Iterable[_Job],
        there: Callable[[bytes], bytes],
        decoder: msgspec.msgpack.Decoder[_Result],
        here: Callable[[_Job], Iterable[_Result]],
        run: int = _RUN,
    ) -> Iterator[_Result]:
        """What each task gives, in order; no more of them are under way than can be worked on."""
        waiting = iter(tasks)
        first = list(islice(waiting, _ENOUGH))
        if self._cores == 1 or len(first) < _ENOUGH:
            yield from chain.from_iterable(map(here, chain(first, waiting)))
            return
        under_way: deque[Future[bytes]] = deque()
        try:
            for number, task in enumerate(chain(first, waiting)):
                pool = self._started()[number // run % self._cores]
                under_way.append(pool.submit(there, msgspec.msgpack.encode(task)))
                if len(under_way) > self._cores * (run + 1):
                    yield decoder.decode(under_way.popleft().result())
            while under_way:
                yield decoder.decode(under_way.popleft().result())
        except BrokenProcessPool as error:
            raise RenderError(
                "a process that renders was killed; the next build tries again"
            ) from error

    def _started(self) -> list[ProcessPoolExecutor]:
        """One process each; started anew, not forked, for the builder has threads."""
        if not self._pools:
            site = msgspec.msgpack.encode(self._site)
            self._pools = [
                ProcessPoolExecutor(
                    1, mp_context=get_context("spawn"), initializer=_begin, initargs=(site,)
                )
                for _ in range(self._cores)
            ]
        return self._pools


def _few_at_a_time(
    kitchen: Kitchen, orders: list[Order], known: dict[str, Published]
) -> Iterator[list[Cooked]]:
    """So that whoever watches sees something happen."""
    for start in range(0, len(orders), _FEW):
        yield kitchen.prepare(orders[start : start + _FEW], known)


# --- in the other processes ---

_kitchens: list[Kitchen] = []
_TASK = msgspec.msgpack.Decoder(Task)
_FILES_TO_READ = msgspec.msgpack.Decoder(list[_File])
_PARSED = msgspec.msgpack.Decoder(list[Parsed])
_COOKED = msgspec.msgpack.Decoder(list[Cooked])


def _begin(site: bytes) -> None:
    os.nice(_MANNERS)
    threading.Thread(target=_follow_parent, daemon=True).start()
    _kitchens[:] = [Kitchen(msgspec.msgpack.decode(site, type=Site))]


def _follow_parent() -> None:
    """Nobody is left to work for when the builder was killed."""
    if parent := parent_process():
        connection.wait([parent.sentinel])
        os._exit(1)


def _read(files: Iterable[_File], site: Site) -> list[Parsed]:
    return [parse(*file, site) for file in files]


def _parse(files: bytes) -> bytes:
    return msgspec.msgpack.encode(_read(_FILES_TO_READ.decode(files), _kitchens[0].site))


def _cook(task: bytes) -> bytes:
    return msgspec.msgpack.encode(_kitchens[0].prepare(*_TASK.decode(task)))
