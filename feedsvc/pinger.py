"""When hubs are told: soon after a publish, and again later where one did not listen.

In: an outbox, a clock, a way to tell a hub. Out: pings; what came of them is in the outbox, with a
log line each. Runs in threads of its own beside the builds, one lane for each hub, so that a hub
that hangs keeps neither a build nor another hub waiting. Knows no HTTP and no feed.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import msgspec
import structlog

from feedsvc.errors import FeedsvcError, HubError, HubUnreachable
from feedsvc.hub import HubClient
from feedsvc.store.outbox import Outbox, Ping

log = structlog.get_logger(__name__)

#: How long a stop waits for hubs that are just answering, in seconds.
_GRACE = 0.5
#: How often to look whether everything has been told once, in seconds.
_STEP = 0.05


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """How patient a pinger is, all in seconds.

    ``settle``: from a publish to its pings; servers look for a new snapshot every 0.05 s, and a hub
    that asks too early gets the old bytes. ``first`` and ``longest``: the pause after the first
    failure, doubled with each further one, and where that ends. ``patience``: when a ping is given
    up. ``hold``: how long a ping that is being sent is nobody else's. ``idle``: how often to look
    without being woken, for what another process published.
    """

    settle: float = 0.5
    first: float = 10
    longest: float = 3600
    patience: float = 86400
    hold: float = 120
    idle: float = 30


class Pinger:
    """Empties the outbox: ``start`` and ``stop``, or ``once``; ``wake`` from any thread."""

    def __init__(
        self,
        outbox: Outbox,
        clock: Callable[[], datetime],
        *,
        connect: Callable[[], HubClient] = HubClient,
        pace: Pace = Pace(),  # noqa: B008 - frozen
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._connect = connect
        self._pace = pace
        self._stopping = threading.Event()
        self._woken = threading.Event()
        # Daemons: a process that must stop does not wait for a hub. What was being sent stays in
        # the outbox and is sent again: at least once is what a ping needs.
        self._thread = threading.Thread(target=self._run, name="pinger", daemon=True)
        self._lanes: dict[str, threading.Thread] = {}
        self._sending: dict[str, Ping] = {}

    def start(self) -> None:
        """Begin, with what an earlier process left."""
        self._thread.start()

    def once(self, patience: float = 10) -> None:
        """Tell hubs what there is to tell, each thing once, and stop: for a build that ends.

        Waits ``patience`` seconds at most.
        """
        self.start()
        end = time.monotonic() + patience
        with _told():
            while time.monotonic() < end and any(not p.attempts for p in self._outbox.waiting()):
                self._stopping.wait(_STEP)
        self.stop()

    def wake(self) -> None:
        """Look now: something may have been published."""
        self._woken.set()

    def stop(self) -> None:
        """Begin no other ping; give those that are on their way half a second, then let go."""
        self._stopping.set()
        self._woken.set()
        end = time.monotonic() + _GRACE
        for thread in (self._thread, *list(self._lanes.values())):
            if thread.ident:
                thread.join(max(0.0, end - time.monotonic()))
        with _told():
            for ping in list(self._sending.values()):
                self._outbox.claim(ping, self._clock())  # for whoever comes next, at once

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._woken.clear()
            pause = self._pace.idle
            with _told():
                pause = self._look()
            self._woken.wait(pause)

    def _look(self) -> float:
        """Open a lane for each hub with a ping that is due; give the seconds until the next one."""
        now = self._clock()
        pings = self._waiting(now)
        for hub in dict.fromkeys(ping.hub for ping in pings if _is_due(ping, now)):
            if hub not in self._lanes:
                self._open(hub)
        # What is due now has its lane, which wakes us when it ends, or has failed and must pause.
        later = (ping.due for ping in pings if ping.due and ping.due > now)
        return min((self._pace.idle, *((due - now).total_seconds() for due in later)))

    def _waiting(self, now: datetime) -> list[Ping]:
        pings = self._outbox.waiting()
        if any(ping.due is None for ping in pings):
            self._outbox.admit(now, now + timedelta(seconds=self._pace.settle))
            pings = self._outbox.waiting()
        return pings

    def _open(self, hub: str) -> None:
        lane = threading.Thread(target=self._lane, args=[hub], name=f"pinger {hub}", daemon=True)
        self._lanes[hub] = lane
        lane.start()

    def _lane(self, hub: str) -> None:
        """Tell one hub all that is due, one after the other on one connection."""
        well = False
        with _told(), self._connect() as client:
            self._drain(client, hub)
            well = True
        del self._lanes[hub]
        if well:  # else later: a store that cannot be written must not be asked without a pause
            self.wake()

    def _drain(self, client: HubClient, hub: str) -> None:
        taken = 0
        while ping := self._claim(hub):
            try:
                client.ping(hub, ping.topic)
            except HubUnreachable as error:
                self._put_off(ping, error)
                break
            except HubError as error:
                self._failed(ping, error)
                log.warning("hub did not take a ping", hub=hub, topic=ping.topic, error=str(error))
            else:
                self._outbox.taken(ping, self._clock())
                taken += 1
        if taken:
            log.info("hub pinged", hub=hub, topics=taken)

    def _put_off(self, first: Ping, error: HubUnreachable) -> None:
        """All that is due waits with this one: nothing hammers a hub that is down."""
        count = 0
        ping: Ping | None = first
        while ping:
            self._failed(ping, error)
            count += 1
            ping = self._claim(first.hub)
        log.warning("hub cannot be reached", hub=first.hub, pings=count, error=str(error))

    def _claim(self, hub: str) -> Ping | None:
        """The next ping of this hub that is due, ours from now on."""
        self._sending.pop(hub, None)
        now = self._clock()
        until = now + timedelta(seconds=self._pace.hold)
        for ping in self._outbox.waiting():
            if self._stopping.is_set():
                return None
            if ping.hub == hub and _is_due(ping, now) and self._outbox.claim(ping, until):
                self._sending[hub] = msgspec.structs.replace(ping, due=until)
                return ping
        return None

    def _failed(self, ping: Ping, error: HubError) -> None:
        """Plan the next try, or give up."""
        now = self._clock()
        if ping.since and (now - ping.since).total_seconds() >= self._pace.patience:
            self._outbox.give_up(ping, str(error), now)
            tries = ping.attempts + 1
            log.error(
                "ping given up", hub=ping.hub, topic=ping.topic, error=str(error), tries=tries
            )
            return
        chance = random.random()  # noqa: S311 - spreads load, keeps no secret
        pause = backoff(self._pace, ping.attempts, error.retry_after, chance)
        self._outbox.postpone(ping, str(error), now, now + timedelta(seconds=pause))


def backoff(pace: Pace, failures: int, asked: float, chance: float) -> float:
    """The pause before the next try, in seconds, after some failures before this one.

    Doubled each time; ``chance`` (0 to 1) takes up to half of it off, so that a hub that comes back
    does not meet all its publishers at once. ``asked`` is what the hub wants at least.
    """
    pause = min(pace.longest, pace.first * 2.0 ** min(failures, 30))
    return min(pace.longest, max(asked, pause * (1 - chance / 2)))


def _is_due(ping: Ping, now: datetime) -> bool:
    return ping.due is not None and ping.due <= now


@contextmanager
def _told() -> Iterator[None]:
    """Nothing that a store or a hub does may end the pinger: what goes wrong is said."""
    try:
        yield
    except FeedsvcError as error:
        log.warning("outbox cannot be used; later again", error=str(error))
    except Exception:
        log.exception("pinger failed; later again")
