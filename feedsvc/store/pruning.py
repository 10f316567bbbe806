"""What the store forgets: snapshots beyond those that are kept, and bodies that only they had.

In: the first snapshot to stay, and a connection within a transaction. Out: nothing. Knows neither
how many are kept nor whose store it is: a replica's copy is pruned as the shared store was.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from feedsvc.store import tables as t

#: Bodies that are looked at in one go: of a million, all of them would take ten seconds.
_SLICE = 5000


def forget(connection: sa.Connection, first: int) -> None:
    """Keep ``first`` and the snapshots after it whole, and nothing that only older ones had."""
    d = t.documents.c
    past = d.valid_until <= first
    # Not DISTINCT: SQLite would walk through every document there is, in the order of digests.
    names = list(set(connection.execute(sa.select(d.digest).where(past)).scalars()))
    connection.execute(sa.delete(t.documents).where(past))
    connection.execute(sa.delete(t.snapshots).where(t.snapshots.c.id < first))
    for some in t.batches(names):
        _drop_unused(connection, some)


def sweep(connection: sa.Connection, after: str = "", count: int = _SLICE) -> str:
    """Forget bodies that no document has: those of builds that were broken off.

    Looks at ``count`` of them, from the name ``after`` on; gives where to go on, "" at the end.
    """
    b = t.bodies.c
    query = sa.select(b.digest).where(b.digest > after).distinct().order_by(b.digest).limit(count)
    names = connection.execute(query).scalars().all()
    for some in t.batches(names):
        _drop_unused(connection, some)
    return names[-1] if len(names) == count else ""


def _drop_unused(connection: sa.Connection, names: Sequence[str]) -> None:
    d = t.documents.c
    named = sa.select(d.digest).where(d.digest.in_(names)).distinct()
    unused = set(names).difference(connection.execute(named).scalars())
    for table in (t.bodies, t.feeds):
        connection.execute(sa.delete(table).where(table.c.digest.in_(unused)))
