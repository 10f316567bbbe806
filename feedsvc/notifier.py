"""When people are told: once something has been wrong for a while, and again once it is over.

In: what each build found, whom the config names, a clock. Out: letters in the store, delivered;
what came of them is logged. Runs in a thread of its own beside the builds, so that a mail server
that hangs keeps no build waiting. Knows no SQL, no mail and no HTTP.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from feedsvc.errors import FeedsvcError, NotifyError, Problem
from feedsvc.model import Notify
from feedsvc.notify import channels, compose
from feedsvc.snapshot import digest
from feedsvc.store import Store
from feedsvc.store.notices import Letter, Notice

log = structlog.get_logger(__name__)

#: How long a stop waits for a letter that is just being handed over, in seconds.
_GRACE = 0.5
_STEP = 0.05


class Deliver(Protocol):
    """How a letter gets to where it should."""

    def deliver(self, letter: Letter, notify: Notify, now: datetime) -> None:
        """Raises NotifyError."""


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How patient a notifier is, all in seconds.

    ``settle``: how long something must be wrong, or over, before anybody is told: half of a word
    that was saved is nobody's problem. ``first`` and ``longest``: the pause after the first
    failure, doubled with each further one. ``give_up``: when a letter is given up. ``hold``: how
    long one that is being sent is nobody else's. ``idle``: how often to look without being woken.
    """

    settle: float = 60
    first: float = 30
    longest: float = 3600
    give_up: float = 86400
    hold: float = 180
    idle: float = 300


class Notifier:
    """Tells people: ``report`` what a build found; ``start`` and ``stop``, or ``once``."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        courier: Deliver,
        *,
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        self._store = store
        self._notices = store.notices
        self._clock = clock
        self._courier = courier
        self._patience = patience
        self._notify: Notify | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="notifier", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier process left."""
        self._thread.start()

    def stop(self) -> None:
        """Begin no other letter."""
        self._stopping.set()
        self._woken.set()
        if self._thread.ident:
            self._thread.join(_GRACE)

    def once(self, seconds: float = 10) -> None:
        """Tell what there is to tell, and stop: for a build that ends. Waits so long at most."""
        self.start()
        end = time.monotonic() + seconds
        with _told():
            while time.monotonic() < end and not self._is_quiet():
                self._stopping.wait(_STEP)
        self.stop()

    def built(self, problems: Iterable[Problem], notify: Notify | None) -> None:
        """A build went well, but for these problems; ``notify`` is what the config says now."""
        self._notify = notify
        self._report({key(p): str(p) for p in problems if p.severity == "error"}, whole=True)

    def failed(self, problems: Iterable[Problem] = (), reason: str = "") -> None:
        """A build failed: of the config's problems, or for a reason. Nothing is over by that."""
        wrong = {key(p): str(p) for p in problems if p.severity == "error"}
        if reason:
            wrong["build"] = f"The build failed, the last snapshot stays public: {reason}"
        self._report(wrong, whole=False)

    def _report(self, wrong: dict[str, str], *, whole: bool) -> None:
        with _told(), self._lock:
            self._notices.report(wrong, self._clock(), whole=whole)
        self._woken.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            pause = self._patience.idle
            with _told():
                pause = self._look()
            self._woken.wait(pause)

    def _look(self) -> float:
        """Write what is to be told, send what is due; give the seconds until there is more."""
        notify = self._notify
        if notify is None:
            return self._patience.idle
        self._write(notify)
        for letter in self._notices.letters():
            if self._stopping.is_set():
                break
            self._send(letter, notify)
        return self._pause()

    def _write(self, notify: Notify) -> None:
        with self._lock:
            now = self._clock()
            ripe = now - timedelta(seconds=self._patience.settle)
            notices = self._notices.all()
            new = [n for n in notices if not n.told and not n.over and n.since <= ripe]
            over = [n for n in notices if n.told and n.over and n.over <= ripe]
            if new or over:
                self._notices.tell(new, over, self._letters(notify, new, over, now), now)

    def _letters(
        self, notify: Notify, new: list[Notice], over: list[Notice], now: datetime
    ) -> list[Letter]:
        site = self._store.journal.facts().get("title", "feedsvc")
        draft = compose(site, new, over)
        facts = msgspec.structs.asdict(draft)
        return [
            Letter(channel=channel, since=now, due=now, **facts) for channel in channels(notify)
        ]

    def _send(self, letter: Letter, notify: Notify) -> None:
        now = self._clock()
        if letter.channel not in channels(notify):
            self._notices.forget(letter)  # the config names it no longer
            return
        until = now + timedelta(seconds=self._patience.hold)
        if letter.due > now or not self._notices.claim(letter, until):
            return
        try:
            self._courier.deliver(letter, notify, now)
        except NotifyError as error:
            self._not_arrived(letter, str(error))
        else:
            self._notices.forget(letter)
            log.info("people told", channel=letter.channel, what=letter.subject)

    def _not_arrived(self, letter: Letter, error: str) -> None:
        now = self._clock()
        said = log.bind(channel=letter.channel, error=error)
        if (now - letter.since).total_seconds() >= self._patience.give_up:
            self._notices.forget(letter)
            said.error("letter given up", attempts=letter.attempts + 1)
            return
        chance = random.random()  # noqa: S311 - spreads load, keeps no secret
        doubled = self._patience.first * 2.0 ** min(letter.attempts, 30)
        pause = min(self._patience.longest, doubled) * (1 - chance / 2)
        self._notices.postpone(letter, error, now + timedelta(seconds=pause))
        said.warning("people could not be told; later again", retry_seconds=round(pause))

    def _pause(self) -> float:
        """Seconds until the next letter is due or the next notice is ripe."""
        now, settle = self._clock(), timedelta(seconds=self._patience.settle)
        soon = [letter.due for letter in self._notices.letters()]
        soon += [at + settle for notice in self._notices.all() if (at := _ripens(notice))]
        pauses = ((at - now).total_seconds() for at in soon)
        return max(0.0, min((*pauses, self._patience.idle)))

    def _is_quiet(self) -> bool:
        """Whether everything has been told, or tried, once."""
        if self._notify is None:
            return True
        untold = any(_ripens(notice) for notice in self._notices.all())
        return not untold and all(letter.attempts for letter in self._notices.letters())


def key(problem: Problem) -> str:
    """The same problem in another line is still the same."""
    facts = (problem.file, problem.field, problem.found, problem.expected)
    return digest(msgspec.json.encode(facts))


def _ripens(notice: Notice) -> datetime | None:
    """Since when it has been so that people are to be told of it; None where they know."""
    if notice.over:
        return notice.over if notice.told else None
    return None if notice.told else notice.since


@contextmanager
def _told() -> Iterator[None]:
    """Nothing that a store or a mail server does may end a build or the notifier."""
    try:
        yield
    except FeedsvcError as error:
        log.warning("notices cannot be kept; later again", error=str(error))
    except Exception:
        log.exception("notifier failed; later again")
