"""Versions of the tables: made, brought up to date while others read, refused where newer."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from feedsvc.errors import StoreError, StoreTooNew
from feedsvc.store import Store, schema
from feedsvc.store import tables as t
from tests.test_store import LONG, document, publication


@pytest.fixture
def opened(store_url):
    stores = []

    def open_store():
        stores.append(Store(store_url))
        return stores[-1]

    yield open_store
    for made in stores:
        made.close()


def run(store, *statements):
    with store._engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def shape(store):
    """Every table with its columns and indexes."""
    with store._engine.connect() as connection:
        inspector = sa.inspect(connection)
        return {
            name: (
                {column["name"] for column in inspector.get_columns(name)},
                {index["name"] for index in inspector.get_indexes(name)},
            )
            for name in inspector.get_table_names()
        }


def number(store):
    with store._engine.connect() as connection:
        return schema.version(connection)


#: What a program of long ago left: no versions, no lease, fewer columns, a document.
OLDER = (
    "DROP TABLE schema",
    "DROP TABLE lease",
    "DROP TABLE links",
    "DROP INDEX documents_until",
    "ALTER TABLE snapshots DROP COLUMN duration",
    "ALTER TABLE documents DROP COLUMN cache",
    "ALTER TABLE samples DROP COLUMN counted",
    "ALTER TABLE servers DROP COLUMN snapshot",
)


def older(store):
    store.create()
    store.publish(publication(0, document(cache="immutable")))
    run(store, *OLDER)
    return store


def test_a_new_store_is_of_the_latest_version(opened):
    store = opened()
    assert number(store) is None
    store.create()
    assert number(store) == schema.Version(schema.LATEST, schema.READERS)
    store.create()
    assert shape(store).keys() == t.metadata.tables.keys()


def test_an_older_store_gets_what_it_lacks_and_keeps_what_it_has(opened):
    fresh, store = opened(), opened()
    fresh.create()
    wanted = shape(fresh)
    older(store)
    assert shape(store) != wanted
    assert number(store).number == 0
    store.create()
    assert shape(store) == wanted
    assert number(store).number == schema.LATEST
    found = store.document("/a", 1)
    assert (found.cache, found.max_age) == ("", 300)
    assert store.body(found.digest, "identity") == LONG
    assert store.current().duration == 0
    assert store.publish(publication(1, document("/b"))).id == 2
    assert store.journal.samples(60) == []


def test_a_step_fills_what_zero_would_not_say(opened):
    store = older(opened())

    def fill(connection):
        connection.exec_driver_sql("UPDATE documents SET cache = 'immutable' WHERE cache = ''")

    schema.prepare(store._engine, schema.LATEST + 1, {schema.LATEST + 1: fill})
    assert number(store).number == schema.LATEST + 1
    assert store.document("/a", 1).cache == "immutable"


def test_a_migration_that_fails_leaves_the_old_tables(opened):
    store = older(opened())
    before = shape(store)

    def fails(connection):
        connection.exec_driver_sql("SELECT nonsense")

    with pytest.raises(StoreError):
        schema.prepare(store._engine, schema.LATEST + 1, {schema.LATEST + 1: fails})
    assert shape(store) == before


def test_programs_that_start_together_do_not_meet(opened):
    stores = [opened() for _ in range(6)]
    older(stores[0])
    barrier, done = threading.Barrier(len(stores)), []

    def fill(connection):
        done.append(1)

    def start(store):
        barrier.wait(10)
        schema.prepare(store._engine, schema.LATEST + 1, {schema.LATEST + 1: fill})
        return number(store).number

    with ThreadPoolExecutor(len(stores)) as pool:
        assert set(pool.map(start, stores)) == {schema.LATEST + 1}
    assert done == [1]


def test_new_stores_made_together_are_one(opened):
    stores = [opened() for _ in range(6)]
    with ThreadPoolExecutor(len(stores)) as pool:
        list(pool.map(Store.create, stores))
    assert stores[0].publish(publication(0, document())).id == 1


def test_older_programs_go_on_reading_and_writing_after_an_additive_change(opened):
    """They know nothing of the new column, nor that there is a newer version."""
    old, new = opened(), opened()
    old.create()
    old.publish(publication(0, document()))
    run(new, "ALTER TABLE documents ADD COLUMN novelty TEXT NOT NULL DEFAULT ''")
    run(new, "UPDATE schema SET version = 99")
    assert old.document("/a", 1)
    assert old.publish(publication(1, document("/b"))).id == 2
    with new._engine.connect() as connection:
        assert schema.check_readable(connection).number == 99


def test_a_newer_store_is_refused_in_plain_words(opened):
    store = opened()
    store.create()
    run(store, "UPDATE schema SET version = 99, readers = 98")
    with pytest.raises(StoreTooNew) as refused:
        store.create()
    assert str(refused.value) == (
        "store: found tables of version 99, made by a newer feedsvc; expected at most "
        f"{schema.LATEST}; fix: bring this feedsvc up to date: it cannot write them rightly"
    )
    with store._engine.connect() as connection, pytest.raises(StoreTooNew, match="cannot read"):
        schema.check_readable(connection)
