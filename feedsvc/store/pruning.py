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
    connection.execute(sa.delete(t.documents).where(d.valid_until <= first))
    connection.execute(sa.delete(t.snapshots).where(t.snapshots.c.id < first))
    for table in (t.bodies, t.feeds):
        named = sa.exists().where(d.digest == table.c.digest)
        connection.execute(sa.delete(table).where(~named))
