"""What the store forgets: snapshots beyond those that are kept, and bodies that only they had.

In: the first snapshot to stay, and a connection within a transaction. Out: nothing. Knows neither
how many are kept nor whose store it is: a replica's copy is pruned as the shared store was.
"""

from __future__ import annotations

import sqlalchemy as sa

from feedsvc.store import tables as t


def forget(connection: sa.Connection, first: int) -> None:
    """Keep ``first`` and the snapshots after it whole, and nothing that only older ones had."""
    d = t.documents.c
    past = d.valid_until <= first
    names = connection.execute(sa.select(d.digest).where(past).distinct()).scalars().all()
    connection.execute(sa.delete(t.documents).where(past))
    connection.execute(sa.delete(t.snapshots).where(t.snapshots.c.id < first))
    for some in t.batches(names):
        named = sa.select(d.digest).where(d.digest.in_(some)).distinct()
        unused = set(some).difference(connection.execute(named).scalars())
        for table in (t.bodies, t.feeds):
            connection.execute(sa.delete(table).where(table.c.digest.in_(unused)))


def sweep(connection: sa.Connection) -> None:
    """Forget bodies that no document has: those of builds that were broken off."""
    d = t.documents.c
    for table in (t.bodies, t.feeds):
        named = sa.exists().where(d.digest == table.c.digest)
        connection.execute(sa.delete(table).where(~named))
