"""A site with hubs, and a pinger that tells them, under a clock that a test moves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from feedsvc.hub import HubClient
from feedsvc.pinger import Pace, Pinger
from feedsvc.store.outbox import HubState, Ping
from tests.farend import Clock, FarEnd, until
from tests.sitedir import CONFIG, SiteDir

A = "id: a, published: 2024-07-01, title: Alpha"
B = "id: b, published: 2024-07-02, title: Beta"
NEWS = [
    f"https://news.example.org/{s}/{f}"
    for s in ("all", "news")
    for f in ("atom.xml", "feed.json", "rss.xml")
]
ALL = NEWS + [url.replace("/news/", "/speeches/") for url in NEWS if "/news/" in url]


#: How tests' hubs are told: they are on this computer.
local = partial(HubClient, private=True)


@contextmanager
def hub_site(root: Path, *hubs: FarEnd) -> Iterator[SiteDir]:
    """A site with one entry and these hubs; in the end no ping is on its way any more."""
    made = SiteDir(root)
    name_hubs(made, *hubs)
    made.entries("feeds/news/2024.yaml", A)
    yield made
    for hub in hubs:
        hub.released.set()
    until(lambda: not lanes())
    made.store.close()


def name_hubs(site: SiteDir, *hubs: FarEnd) -> None:
    site.config(f"{CONFIG}hubs: [{', '.join(hub.url for hub in hubs)}]\n")


@contextmanager
def pinging(site: SiteDir, clock: Clock, timeout: float = 5.0, **pace: float) -> Iterator[Pinger]:
    connect = partial(local, timeout=timeout)
    pinger = Pinger(site.store.outbox, clock, connect=connect, pace=Pace(**pace))
    pinger.start()
    try:
        yield pinger
    finally:
        pinger.stop()


def later(clock: Clock, pinger: Pinger, **by: float) -> None:
    clock.advance(**by)
    pinger.wake()


def lanes() -> list[threading.Thread]:
    """The threads that are talking to hubs."""
    return [thread for thread in threading.enumerate() if thread.name.startswith("pinger ")]


def waiting(site: SiteDir) -> list[Ping]:
    return site.store.outbox.waiting()


def state(site: SiteDir) -> HubState:
    """That of the only hub."""
    (found,) = site.store.outbox.hubs()
    return found


def admitted(site: SiteDir, count: int = 9) -> None:
    """Wait until so many pings wait, all of them planned."""
    until(lambda: [ping.due is not None for ping in waiting(site)] == [True] * count)


def tell_all(site: SiteDir, clock: Clock, pinger: Pinger) -> None:
    """Get the pings of the first publish out of the way."""
    admitted(site)
    later(clock, pinger, seconds=0.5)
    until(lambda: not waiting(site))


def edit(site: SiteDir, *entries: str, at: str = "2024-08-01 12:05") -> None:
    site.entries("feeds/news/2024.yaml", *entries)
    site.build(at)
