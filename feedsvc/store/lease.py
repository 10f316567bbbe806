"""The lease: one builder at a time per store, and a number by which a late one is known.

In: who asks, for how long. Out: a term, or who has one. Its row lives in the store; PostgreSQL's
own clock says when it lapses, so the clocks of hosts do not matter. With SQLite there is one host,
whose clock is handed in. Knows no process and no build.

Taking, releasing and publishing are alone in the store (``engine.writing``), and publishing checks
the fence in its transaction: so a builder that was hung, or cut off, writes nothing once another
one has taken over. A renewal waits for none of them: a long publish does not cost the lease.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import sqlalchemy as sa

from feedsvc.errors import LeaseHeld, LeaseLost
from feedsvc.store import tables as t
from feedsvc.store.engine import is_postgres, reading, writing
from feedsvc.store.guard import guard

_NAME = "builder"


class Candidate(msgspec.Struct, frozen=True):
    """Who wants to build: ``owner`` for people, ``process`` for other processes of this machine."""

    owner: str
    process: str
    seconds: float = 15.0


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds the lease, or held it last; ``seconds`` is how long it lasts unless renewed."""

    owner: str
    process: str
    fence: int
    since: datetime
    until: datetime
    seconds: float

    def holds(self, now: datetime) -> bool:
        """Whether the lease has not lapsed.

        One that lasts longer than it can was taken before the clock went back: it counts as lapsed.
        """
        rest = self.until - now
        return bool(self.owner) and timedelta() < rest <= timedelta(seconds=self.seconds + 1)


class Lease:
    """A builder's hold on the store. Every method may raise StoreError.

    ``fence`` is the number of the term that this builder took last, None where it took none:
    then it may publish only as far as nobody else did (a command that ends at once).
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.fence: int | None = None

    def term(self) -> Term | None:
        """The current or last term, None before the first."""
        with reading(self._engine) as connection:
            return _term(connection)

    def take(
        self, who: Candidate, now: datetime, is_gone: Callable[[str], bool] = lambda _: False
    ) -> Term:
        """Begin a term. Raises LeaseHeld while another process has one.

        ``is_gone`` says of a process of this machine whether it has ended: then nobody need wait.
        """
        with reading(self._engine) as connection:  # nobody who only asks waits for a publish
            _refuse(_term(connection), who, _now(connection, now), is_gone)
        with writing(self._engine) as connection:
            last, clock = _term(connection), _now(connection, now)
            _refuse(last, who, clock, is_gone)
            term = Term(
                owner=who.owner,
                process=who.process,
                fence=last.fence + 1 if last else 1,
                since=clock,
                until=clock + timedelta(seconds=who.seconds),
                seconds=who.seconds,
            )
            connection.execute(sa.delete(t.lease).where(t.lease.c.name == _NAME))
            row = {"name": _NAME, **msgspec.structs.asdict(term)}
            connection.execute(sa.insert(t.lease), row)
        self.fence = term.fence
        return term

    def renew(self, seconds: float, now: datetime) -> None:
        """Hold it for so long from now. Raises LeaseLost where it is another one's."""
        with guard(), self._engine.begin() as connection:
            until = _now(connection, now) + timedelta(seconds=seconds)
            ours = sa.update(t.lease).where(t.lease.c.name == _NAME, t.lease.c.fence == self.fence)
            met = connection.execute(ours.values(until=until, seconds=seconds)).rowcount
        if not met:
            raise self._lost()

    def release(self) -> None:
        """End the term, so that the next one need not wait. Does nothing where it is over."""
        with writing(self._engine) as connection:
            ours = sa.update(t.lease).where(t.lease.c.name == _NAME, t.lease.c.fence == self.fence)
            connection.execute(ours.values(owner="", process=""))

    def check(self, connection: sa.Connection) -> None:
        """Raise LeaseLost where another builder has taken over. To be asked while ``writing``."""
        if self.fence is not None:
            term = _term(connection)
            if term is None or term.fence != self.fence:
                raise self._lost(term)

    def _lost(self, term: Term | None = None) -> LeaseLost:
        owner = term.owner if term and term.owner else "another builder"
        return LeaseLost(
            f"the lease is lost: {owner} has taken over since; nothing was written, and this "
            "builder waits for its turn"
        )


def _refuse(
    term: Term | None, who: Candidate, now: datetime, is_gone: Callable[[str], bool]
) -> None:
    if term is None or not term.holds(now) or term.process == who.process:
        return
    if is_gone(term.process):
        return
    rest = (term.until - now).total_seconds()
    raise LeaseHeld(
        f"{term.owner} builds into this store, one builder at a time: its lease holds for another "
        f"{rest:.0f} s unless renewed; stop it first, or let it publish",
        term.owner,
    )


def _term(connection: sa.Connection) -> Term | None:
    c = t.lease.c
    query = sa.select(c.owner, c.process, c.fence, c.since, c.until, c.seconds)
    row = connection.execute(query.where(c.name == _NAME)).first()
    return Term(**row._mapping) if row else None  # noqa: SLF001


def _now(connection: sa.Connection, otherwise: datetime) -> datetime:
    """The store's own clock, if it has one."""
    if not is_postgres(connection):
        return otherwise
    found: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return found.astimezone(UTC)
