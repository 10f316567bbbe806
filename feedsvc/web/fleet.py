"""Signs of a fleet: whether this replica's copy is kept up to date, and who builds.

In: what the copy says of the shared store, of the lease and of servers. Out: signs for the status
page; none where a site lives on one machine. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from feedsvc.store.journal import Server
from feedsvc.store.lease import Term
from feedsvc.store.links import Link

#: How long nobody may have the lease before it is worth saying; clocks may differ by some of it.
_LAPSED: Final = timedelta(minutes=1)


class Fleet(msgspec.Struct, frozen=True):
    """What is known of the fleet: ``link`` is None on a single machine."""

    link: Link | None = None
    term: Term | None = None


def told(fleet: Fleet, servers: Sequence[Server], now: datetime) -> Iterator[tuple[str, ...]]:
    """For each sign: its name, its level, a word or two, and a sentence."""
    if fleet.link is None:
        return
    since = fleet.link.cut_off(now)
    if since:
        detail = f"{since[0].upper()}{since[1:]}: {fleet.link.why}. The last copy is served."
        yield "Shared store", "bad", "cut off", detail
    else:
        yield "Shared store", "good", "followed", f"This is a copy of {fleet.link.store}."
    if fleet.term and fleet.term.owner and not since and now - fleet.term.until > _LAPSED:
        last = f"{fleet.term.until:%Y-%m-%d %H:%M:%S} UTC"
        detail = f"It lapsed at {last} and nobody took it: nothing is published."
        yield "Lease", "bad", fleet.term.owner, detail
    elif fleet.term and fleet.term.owner:
        waiting = [server.name for server in servers if server.role == "standby"]
        others = f"Standing by: {', '.join(waiting)}." if waiting else "No other one stands by."
        yield "Lease", "good", fleet.term.owner, f"Only this builder may publish. {others}"
    else:
        yield "Lease", "look", "nobody's", "No builder has it: nothing is published."
