"""What builds say to others: hubs, people, and whoever waits for the builder process to end.

In: a store, and what a build did. Out: pings, letters, builds without end. To be loaded when there
is something to say: the HTTP client and the scheduler load as long as a small build takes.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from feedsvc import log
from feedsvc.build import Outcome
from feedsvc.builder import Watch
from feedsvc.cli.common import base_url, now
from feedsvc.hub import HubClient
from feedsvc.keeper import Pace
from feedsvc.model import Notify
from feedsvc.notifier import Notifier, Patience
from feedsvc.notify import Courier
from feedsvc.pinger import Pinger
from feedsvc.store import Store
from feedsvc.web.lifeline import die_with_parent, on_stop
from feedsvc.web.pulse import start_pulse


def inform(store: Store, outcome: Outcome, notify: Notify) -> None:
    """Tell people of it at once; what cannot be delivered waits for the next build."""
    log.configure()
    notifier = Notifier(store, now, _courier(), patience=Patience(settle=0))
    notifier.built(outcome.problems, notify)
    notifier.once()


def ping(store: Store) -> None:
    """Tell hubs what they have not been told yet."""
    log.configure()
    Pinger(store.outbox, now, connect=_hubs()).once()


def watch(root: Path, store: Store, pace: Pace, *, attended: bool) -> None:
    """Keep building."""
    log.configure()
    watch = Watch(root.absolute(), store, base_url(), now, _courier(), connect=_hubs(), pace=pace)
    on_stop(watch.stop)
    if attended:
        die_with_parent()
        start_pulse()
    watch.run()


def _courier() -> Courier:
    """How letters get to people, with the environment's password for the mail account."""
    return Courier(os.environ.get("FEEDSVC_SMTP_PASSWORD"))


def _hubs() -> Callable[[], HubClient]:
    """How hubs are told; whether one may be within this network is the environment's to say."""
    return partial(HubClient, private=bool(os.environ.get("FEEDSVC_ALLOW_PRIVATE_HUBS")))
