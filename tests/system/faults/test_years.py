"""Years of history within seconds: what is old is forgotten, and the store stays as large as it is.

Everything that grows by itself: snapshots, documents, bodies, attempts, samples, pings, letters.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from feedsvc.builder import Ending
from feedsvc.snapshot import Document
from feedsvc.store import Store, locate
from feedsvc.store.journal import KEPT_ATTEMPTS, Server
from feedsvc.store.publication import Announcement
from feedsvc.store.tables import metadata
from feedsvc.web.samples import SPANS
from tests.factory import instant, publication
from tests.sitedir import SiteDir

pytestmark = pytest.mark.system

PUBLISHES, KEEP, EVERY = 900, 300, 50
FEED, HUB = "/news/atom.xml", "https://hub.example/"
BEGIN = instant("2020-01-01 00:00")


def year(store, numbers):
    """Publishes, a day apart: with each, all that a builder and a server note besides."""
    for number in numbers:
        now = BEGIN + timedelta(days=number)
        feed = Document(path=FEED, media_type="text/xml", body=f"<f>{number}</f>".encode())
        page = Document(path=f"/news/{number}", media_type="text/html", body=b"x" * 900)
        current = store.current()
        store.publish(
            publication(
                current.id if current else 0,
                feed,
                page,
                gone=(f"/news/{number - 1}",) if current else (),
                at=now,
                why="edit",
                records={"feeds/news/a.yaml": b"record" * number},
                announce=Announcement({FEED: f"https://news.example.org{FEED}"}, (HUB,)),
            )
        )
        store.journal.note(Ending("published").attempt(now, "edit", 0.1, None))
        name = f"host-{number}"
        store.journal.heard(
            Server(name=name, role="replica", version="1", snapshot=number, seen=now)
        )
        for span, kept in SPANS.items():
            start, oldest = now, now - timedelta(seconds=span * kept)
            store.journal.keep("host", span, start, {"requests": {"200": number}}, oldest)
        store.notices.report({f"news/{number}.yaml": "a mistake"}, now)
        if (number + 1) % EVERY == 0:
            store.prune(KEEP)


def rows(store):
    """How many there are of each table."""
    with closing(sqlite3.connect(store._engine.url.database)) as opened:
        return {
            name: opened.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for name in metadata.tables
        }


def size(store):
    with closing(sqlite3.connect(store._engine.url.database)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return opened.execute("PRAGMA page_count").fetchone()[0]


def test_the_store_stays_bounded_for_years(tmp_path):
    store = Store(locate("sqlite:///var/feedsvc.db", tmp_path))
    store.create()
    half = PUBLISHES // 2
    year(store, range(half))
    before = rows(store), size(store)
    year(store, range(half, PUBLISHES))
    after = rows(store), size(store)
    grown = {name for name in after[0] if after[0][name] > before[0][name] + 2}
    assert not grown, "a table grows for ever"
    assert after[1] <= before[1] * 1.05, "the file grows for ever"
    assert after[0]["snapshots"] == KEEP
    assert after[0]["attempts"] == KEPT_ATTEMPTS
    assert store.current().id == PUBLISHES
    assert store.damage() == ""
    store.close()


def test_the_builder_prunes_by_itself(tmp_path, monkeypatch):
    """The same on the whole road, where fewer snapshots are kept."""
    monkeypatch.setattr("feedsvc.build.KEEP", 10)
    monkeypatch.setattr("feedsvc.build._PRUNE_EVERY", 5)
    site = SiteDir(tmp_path)
    for number in range(60):
        site.entries("feeds/news/a.yaml", f"id: a, published: 2020-01-01, title: G{number}")
        site.build((BEGIN + timedelta(days=number)).isoformat())
        if number == 29:
            before = rows(site.store)
    assert len(site.store.history(1000)) == 10
    after = rows(site.store)
    # What grows is what RFC 5005 asks for: the log of what feeds have shown, in sealed pages.
    grown = {name for name in after if after[name] > before[name]}
    assert grown <= {"events", "documents", "bodies"}
    lasting = site.store.documents(site.store.current().id)
    others = [one.path for one in lasting if "/archive/" not in one.path]
    assert after["documents"] - len(lasting) + len(others) < 150
    site.store.close()
