"""A copy of the shared store: the same bytes, validators and history, whatever happened between."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from feedsvc.agenda import Coming
from feedsvc.errors import NoSnapshot, StoreError, StoreTooNew
from feedsvc.snapshot import Span, digest
from feedsvc.store import Store, replication
from feedsvc.store import tables as t
from feedsvc.store.journal import Attempt, Bulletin, Server
from tests.test_store import NOW, document, publication

SPANS = (Span("tag:x", 1, 2, "d"),)
COPIED = (t.snapshots, t.documents, t.feeds)


@pytest.fixture
def shared(store_url):
    made = Store(store_url)
    made.create()
    yield made
    made.close()


@pytest.fixture
def replica(shared, copy):
    return copy.copy_of(shared)


def rows(store, table):
    with store._engine.connect() as connection:
        return sorted(map(repr, connection.execute(sa.select(table)).mappings()))


def publish(store, *changed, gone=(), **facts):
    current = store.current()
    number = current.id if current else 0
    at = NOW + timedelta(minutes=number)
    return store.publish(publication(number, *changed, gone=gone, at=at, **facts))


def seen(store):
    """All that a client can see: path, validators, header fields and every body."""
    current = store.current()
    return {
        found.path: (found, [store.body(found.digest, coding) for coding in found.codings])
        for found in store.documents(current.id)
    }


def assert_equal(shared, copy):
    assert seen(copy) == seen(shared)
    assert copy.history(100) == shared.history(100)
    for table in COPIED:
        assert rows(copy, table) == rows(shared, table), table


def test_before_the_first_publish_there_is_nothing_to_copy(replica, copy):
    assert replica.pull() is None
    assert copy.current() is None


def test_a_new_replica_gets_everything_history_included(shared, copy, replica):
    publish(shared, document("/f.xml", b"one" * 99, spans=SPANS), document("/b"))
    publish(shared, document("/f.xml", b"two" * 99, spans=SPANS), gone=("/b",))
    assert replica.pull() == 2
    assert_equal(shared, copy)
    assert copy.spans("/f.xml", digest(b"one" * 99)) == SPANS
    assert replica.pull() is None


def test_it_goes_on_from_its_snapshot(shared, copy, replica):
    publish(shared, document("/a"), document("/b", b"b" * 300), document("/c"))
    replica.pull()
    publish(shared, document("/a", b"other"), gone=("/b",))
    publish(shared, document("/b", b"again"), document("/d"), gone=("/c",))
    publish(shared, next_change=NOW + timedelta(days=1))
    assert replica.pull() == 4
    assert_equal(shared, copy)


def test_one_that_is_further_behind_than_the_history_catches_up(shared, copy, replica):
    publish(shared, document("/a"), document("/gone"), document("/stays"))
    replica.pull()
    before = copy.current()
    publish(shared, gone=("/gone",))
    for number in range(5):
        publish(shared, document("/a", b"%d" % number))
    shared.prune(2)
    assert replica.pull() == 7
    assert_equal(shared, copy)
    # A request that began with the old snapshot is told so, and begins again.
    with pytest.raises(NoSnapshot):
        copy.require(before)
    # What was never shown here is not copied: only the spans of old feeds are asked for.
    assert set(rows(copy, t.bodies)) < set(rows(shared, t.bodies))


def test_old_history_goes_from_the_copy_too(shared, copy, replica):
    for number in range(6):
        publish(shared, document("/a", b"body %d" % number * 50))
        replica.pull()
    shared.prune(2)
    replica.pull()
    assert_equal(shared, copy)
    assert rows(copy, t.bodies) == rows(shared, t.bodies)


def test_another_history_replaces_ours(shared, copy, replica, tmp_path):
    publish(shared, document("/a"), document("/ours"))
    publish(shared, document("/a", b"two"))
    other = Store(f"sqlite:///{tmp_path}/other.db")
    other.create()
    publish(other, document("/a", b"from a backup"))
    copy.copy_of(other).pull()
    assert_equal(other, copy)
    publish(other, document("/theirs"))
    replica.pull()
    assert_equal(shared, copy)
    other.close()


def test_a_shared_store_that_was_emptied_changes_nothing(shared, copy, replica, tmp_path):
    publish(shared, document())
    replica.pull()
    empty = Store(f"sqlite:///{tmp_path}/empty.db")
    empty.create()
    assert copy.copy_of(empty).pull() is None
    assert_equal(shared, copy)
    empty.close()


def test_a_copy_that_was_interrupted_shows_the_old_snapshot_and_goes_on(
    shared, copy, replica, monkeypatch
):
    publish(shared, document("/a"))
    replica.pull()
    publish(
        shared, document("/a", b"new" * 200), *(document(f"/{n}", b"%d" % n) for n in range(40))
    )
    add, added = replication._Step._add, []

    def fails(self, table, names):
        if len(added) == 2:
            raise StoreError("the network is gone")
        added.extend([names])
        add(self, table, names)

    monkeypatch.setattr(replication._Step, "_add", fails)
    with pytest.raises(StoreError):
        replica.pull()
    assert copy.current().id == 1
    assert set(seen(copy)) == {"/a"}
    monkeypatch.setattr(replication._Step, "_add", add)
    assert replica.pull() == 2
    assert_equal(shared, copy)


def test_it_holds_a_few_bodies_in_memory_at_a_time(shared, copy, replica, monkeypatch):
    publish(shared, *(document(f"/{n}", b"%d" % n) for n in range(600)))
    put, most = replication._put, {}

    def counted(connection, table, some):
        most[table.name] = max(most.get(table.name, 0), len(some))
        put(connection, table, some)

    monkeypatch.setattr(replication, "_put", counted)
    replica.pull()
    assert most == {"bodies": 16, "documents": 500, "snapshots": 1}
    assert_equal(shared, copy)


def test_the_status_page_s_tables_follow(shared, copy, replica):
    coming = Coming(NOW, "x", "embargo", "Title", "news")
    publish(shared, document(), bulletin=Bulletin({"title": "Tides"}, (coming,)), source="s1")
    attempt = Attempt(
        instant=NOW, why="edit", builder="b:1", result="failed", seconds=1, reason="r"
    )
    shared.journal.note(attempt)
    replica.mirror()
    assert copy.journal.facts() == {"title": "Tides"}
    assert copy.journal.agenda() == [coming]
    assert copy.journal.attempts() == shared.journal.attempts()
    shared.past.rollback(1, NOW)
    shared.journal.note(attempt)
    replica.mirror()
    assert len(copy.journal.attempts()) == 2
    assert copy.past.hold() == shared.past.hold()


def test_replicas_know_of_each_other_and_of_what_each_counted(shared, copy, replica, tmp_path):
    other = Store(f"sqlite:///{tmp_path}/second.db")
    other.create()
    for number, (store, name) in enumerate([(copy, "one"), (other, "two")]):
        server = Server(name=name, role="replica", version="1", snapshot=number, seen=NOW)
        store.journal.heard(server)
        for minute in range(3):
            start = NOW + timedelta(minutes=minute)
            store.journal.keep(name, 60, start, {"n": minute}, NOW - timedelta(days=1))
    for _ in range(2):
        replica.exchange("one")
        other.copy_of(shared).exchange("two")
    for store in (shared, other):
        assert [server.name for server in store.journal.servers()] == ["one", "two"]
        assert len(store.journal.samples(60)) == 6
    later = NOW + timedelta(minutes=2)
    copy.journal.keep("one", 60, later, {"n": 99}, later)
    replica.exchange("one")
    other.copy_of(shared).exchange("two")
    assert [n["n"] for name, _, n in other.journal.samples(60) if name == "one"] == [99]
    other.close()


def test_a_store_of_a_newer_program_is_not_misread(shared, copy, replica):
    publish(shared, document())
    replica.pull()
    publish(shared, document(body=b"new"))
    with shared._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE schema SET version = 9, readers = 9")
    with pytest.raises(StoreTooNew, match="version 9, made by a newer feedsvc"):
        replica.pull()
    assert copy.current().id == 1


def test_what_an_interrupted_copy_left_goes_at_the_first_pruning(shared, copy, replica):
    publish(shared, document("/a", b"one"))
    replica.pull()
    with copy._engine.begin() as connection:
        connection.execute(sa.insert(t.bodies).values(digest="x", coding="identity", data=b"x"))
    for number in range(3):
        publish(shared, document("/a", b"%d" % number))
        replica.pull()
    shared.prune(1)
    replica.pull()
    assert rows(copy, t.bodies) == rows(shared, t.bodies)
