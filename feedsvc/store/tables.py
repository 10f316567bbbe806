"""The store's tables.

Every statement about these tables stands elsewhere in this package; how a database is opened, in
``engine``; that PostgreSQL has the same partial indexes as SQLite, in ``postgres``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import sqlalchemy as sa

from feedsvc.store.instant import Instant

__all__ = ["Instant", "batches", "metadata"]

metadata = sa.MetaData()
_T = TypeVar("_T")


#: What was published when, and why.
snapshots = sa.Table(
    "snapshots",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("instant", Instant, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("base_path", sa.Text, nullable=False),
    sa.Column("next_change", Instant),
    sa.Column("documents", sa.Integer, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False),
    sa.Column("duration", sa.Float, nullable=False),
)

#: A path's document from one snapshot until another; until NULL: still.
documents = sa.Table(
    "documents",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("valid_from", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("valid_until", sa.Integer),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("max_age", sa.Integer, nullable=False),
    sa.Column("cache", sa.Text, nullable=False),
    sa.Column("headers", sa.JSON, nullable=False),
    sa.Column("last_modified", Instant, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("recipe", sa.Text, nullable=False),
    sa.Index("documents_since", "valid_from"),
    sa.Index("documents_digest", "digest"),
)

# Of what ended alone: or a question about a few current documents would be answered by way of it.
sa.Index(
    "documents_until",
    documents.c.valid_until,
    sqlite_where=documents.c.valid_until.is_not(None),
)

#: The bytes of each body, named by the digest of the identity bytes, in each coding that is kept:
#: what gzip holds is not kept a second time, plain.
bodies = sa.Table(
    "bodies",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("coding", sa.Text, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

#: Where each entry stands in a feed's identity bytes: what deltas are cut by.
feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("spans", sa.JSON, nullable=False),
)

#: What each section's feeds have shown, in order. ``number`` is that of the archive page in which
#: the event is sealed, 1 the oldest, 0 for none yet.
events = sa.Table(
    "events",
    metadata,
    sa.Column("section", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("iri", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Index("events_number", "section", "number"),
    sa.Index("events_iri", "iri"),
)
# Those of ``all`` alone have one.
sa.Index(
    "events_path",
    events.c.path,
    sqlite_where=events.c.path != "",
)

#: Which source the newest snapshot was built from ("built"), and which one a rollback keeps from
#: being published again ("held"). ``seed`` names config and renderer.
origins = sa.Table(
    "origins",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("snapshot", sa.Integer, nullable=False),
    sa.Column("instant", Instant, nullable=False),
    sa.Column("seed", sa.Text, nullable=False),
)

#: What the builder remembers of each source file: the entries that it gives or last gave.
sources = sa.Table(
    "sources",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("record", sa.LargeBinary, nullable=False),
)

#: What admins had to mend at the last build.
problems = sa.Table(
    "problems",
    metadata,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("column", sa.Integer, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("found", sa.Text, nullable=False),
    sa.Column("expected", sa.Text, nullable=False),
    sa.Column("fix", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
)

#: What hubs are still to be told: one row for a topic and hub, however often the topic changed.
#: ``since`` and ``due`` NULL: written by a publish, not yet seen by a pinger.
pings = sa.Table(
    "pings",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("hub", sa.Text, primary_key=True),
    sa.Column("snapshot", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("since", Instant),
    sa.Column("due", Instant),
    sa.Column("last_error", sa.Text),
)

#: The hubs of the config as it was last published, and how each took its pings.
hubs = sa.Table(
    "hubs",
    metadata,
    sa.Column("url", sa.Text, primary_key=True),
    sa.Column("last_success", Instant),
    sa.Column("last_failure", Instant),
    sa.Column("last_error", sa.Text),
)

#: Who may publish: the builder that ``fence`` names, until then by the store's own clock. A new
#: holder gets the next number. ``process`` tells a builder on the same machine whether this one
#: still lives; ``seconds`` is how long the lease lasts unless renewed; owner "": free.
lease = sa.Table(
    "lease",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("process", sa.Text, nullable=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("until", Instant, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
)

#: Of a replica's own copy: when the shared store was last heard of; ``error``: why it is not heard.
links = sa.Table(
    "links",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("store", sa.Text, nullable=False),
    sa.Column("seen", Instant),
    sa.Column("since", Instant, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
)

#: What the builder last tried, newest last: also builds that failed or changed nothing.
#: ``due``: when the next one comes at the latest.
attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("instant", Instant, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
    sa.Column("builder", sa.Text, nullable=False),
    sa.Column("result", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("snapshot", sa.Integer),
    sa.Column("entries", sa.Integer, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("due", Instant),
)

#: What will change by itself: embargoes, expiries and withdrawals, as of the last build.
agenda = sa.Table(
    "agenda",
    metadata,
    sa.Column("instant", Instant, primary_key=True),
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("what", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("section", sa.Text, nullable=False),
)

#: What the site is called and where it is, as of the last build: for the status page.
facts = sa.Table(
    "facts",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)

#: The machines that serve from this store, and when each was last heard of.
servers = sa.Table(
    "servers",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("snapshot", sa.Integer),
    sa.Column("seen", Instant, nullable=False),
)

#: What each of them answered, in spans of so many seconds: for the plots of the status page.
samples = sa.Table(
    "samples",
    metadata,
    sa.Column("server", sa.Text, primary_key=True),
    sa.Column("span", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("start", Instant, primary_key=True),
    sa.Column("counted", sa.JSON, nullable=False),
)

#: What is wrong, and who knows: ``told`` NULL: nobody yet; ``over``: since when it no longer is.
notices = sa.Table(
    "notices",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("told", Instant),
    sa.Column("over", Instant),
)

#: What is still to be sent to people, by webhook or mail.
letters = sa.Table(
    "letters",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("since", Instant, nullable=False),
    sa.Column("due", Instant, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("last_error", sa.Text),
)


#: Values of one statement: below SQLite's limit for the widest table.
_BATCH = 500


def batches(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """The values, no more at a time than one statement takes."""
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]
