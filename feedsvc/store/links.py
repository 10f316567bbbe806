"""How a replica's own copy does: whether the shared store answers, and since when it does not.

In: what the replicator found, with an instant. Out: the same, for workers and the status page. One
row, in the copy alone. A helper of ``store``; knows no clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from feedsvc.store import tables as t
from feedsvc.store.engine import execute, reading

_NAME = "shared"
#: A replicator that has said nothing for so long is dead or hung: it says something every 5 s.
_SILENT = timedelta(seconds=20)


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """The shared store as seen from here.

    ``store`` names it without its secrets. ``seen``: when it last answered, None for never.
    ``error``: why it does not, since ``since``; "" while it does.
    """

    store: str
    seen: datetime | None
    since: datetime
    error: str = ""

    def cut_off(self, now: datetime) -> str:
        """Since when the copy may be out of date; "" while it is kept up to date."""
        if not self.error and self.seen and abs(now - self.seen) <= _SILENT:
            return ""
        last = f"{self.seen:%Y-%m-%d %H:%M:%S} UTC" if self.seen else "the start"
        return f"the shared store has not been heard of since {last}"

    @property
    def why(self) -> str:
        """Why it is not heard of, as far as that is known."""
        return self.error or "the replicator says nothing"


class Links:
    """The replicator's word. Every method may raise StoreError."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def note(self, link: Link) -> None:
        """Replace what is known."""
        row = {"name": _NAME, **msgspec.structs.asdict(link)}
        old = sa.delete(t.links).where(t.links.c.name == _NAME)
        execute(self._engine, old, sa.insert(t.links).values(row))

    def link(self) -> Link | None:
        """What is known; None where this store is no copy."""
        c = t.links.c
        query = sa.select(c.store, c.seen, c.since, c.error).where(c.name == _NAME)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return Link(**row._mapping) if row else None  # noqa: SLF001
