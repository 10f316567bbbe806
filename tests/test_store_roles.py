"""What each role may do in PostgreSQL: config/fleet/roles.sql, as an administrator runs it."""

import subprocess
from pathlib import Path

import pytest
import sqlalchemy as sa

from feedsvc.errors import StoreError
from feedsvc.store import Store, rights, schema
from feedsvc.store import tables as t
from feedsvc.store.journal import Server
from feedsvc.store.notices import Letter
from tests.postgres import binaries
from tests.test_store import NOW, document, publication

pytestmark = pytest.mark.system

ROLES = Path(__file__).parents[1] / "config" / "fleet" / "roles.sql"


@pytest.fixture
def database(postgres):
    name = postgres.database()
    for _ in range(2):  # a second time changes nothing
        run_roles(postgres, name)
    return name


def run_roles(postgres, name):
    command = [binaries() / "psql", "-X", "-q", "-d", postgres.url(database=name), "-f", ROLES]
    done = subprocess.run(command, env={}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def opened(postgres, database):
    stores = []

    def open_as(role):
        stores.append(Store(postgres.url(f"feedsvc_{role}", database)))
        return stores[-1]

    yield open_as
    for made in stores:
        made.close()


@pytest.fixture
def builder(opened):
    made = opened("builder")
    made.create()
    made.publish(publication(0, document(), records={"f": b"a draft"}))
    return made


def attempt(store, statement):
    with store._engine.begin() as connection:
        return connection.exec_driver_sql(statement)


def test_a_builder_makes_the_tables_for_the_owner_and_works(builder, postgres, database):
    owners = postgres.ask(
        "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname='feedsvc'", database
    )
    assert owners == [("feedsvc_owner",)]
    assert builder.publish(publication(1, document("/b"))).id == 2
    letter = Letter(channel="c", subject="s", text="t", facts={}, since=NOW, due=NOW)
    builder.notices.tell([], [], [letter], NOW)
    builder.prune(1)
    builder.past.rollback(2, NOW)
    assert builder.records() == {"f": b"a draft"}


def test_a_builder_s_own_rights_reach_rows_alone(builder):
    for statement in (
        "DROP TABLE documents",
        "ALTER TABLE documents ADD COLUMN x int",
        "TRUNCATE bodies",
    ):
        with pytest.raises(sa.exc.ProgrammingError, match=r"must be owner|permission denied"):
            attempt(builder, statement)


def test_a_newer_builder_brings_the_tables_up_to_date_and_grants_what_is_new(builder, opened):
    attempt(builder, "SET ROLE feedsvc_owner; DROP TABLE agenda; RESET ROLE")
    schema.prepare(builder._engine, schema.LATEST + 1)
    replica = opened("replica")
    with replica._engine.connect() as connection:
        assert connection.execute(sa.select(t.agenda)).all() == []


def test_a_replica_copies_and_reports(builder, opened, tmp_path):
    replica, copy = opened("replica"), Store(f"sqlite:///{tmp_path}/copy.db")
    replica.create()  # nothing to do, so nothing is asked for
    copy.create()
    copy.journal.heard(Server(name="r", role="replica", version="1", snapshot=1, seen=NOW))
    copy.journal.keep("r", 60, NOW, {}, NOW)
    following = copy.copy_of(replica)
    assert following.pull() == 1
    following.mirror()
    following.exchange("r")
    assert [server.name for server in builder.journal.servers()] == ["r"]
    copy.close()


READABLE = {
    "schema",
    *(table.name for table in (*rights.COPIED, *rights.MIRRORED, *rights.REPORTED)),
}
SECRET = {"sources", "letters", "notices"}


def test_every_table_is_thought_of():
    archives = t.metadata.tables.keys() - READABLE - SECRET - {"links"}
    assert archives <= {"archives", "events"}, "is a new table for replicas or not?"


@pytest.mark.parametrize("name", sorted(t.metadata.tables.keys() - READABLE))
def test_a_replica_reads_nothing_that_is_not_public(builder, opened, name):
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        attempt(opened("replica"), f"SELECT 1 FROM {name}")


@pytest.mark.parametrize("name", sorted(READABLE - {"servers", "samples"}))
def test_a_replica_writes_nothing_but_its_reports(builder, opened, name):
    for statement in (f"DELETE FROM {name}", f"LOCK TABLE {name} IN SHARE UPDATE EXCLUSIVE MODE"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            attempt(opened("replica"), statement)


def test_a_replica_cannot_publish_take_the_lease_or_become_another(builder, opened):
    replica = opened("replica")
    for act in (lambda: replica.publish(publication(1, document("/x"))), lambda: replica.prune(0)):
        with pytest.raises(StoreError, match="permission denied"):
            act()
    for role in ("feedsvc_owner", "feedsvc_builders", "feedsvc_builder"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            attempt(replica, f"SET ROLE {role}")
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        attempt(replica, "CREATE TABLE feedsvc.x (y int)")


def test_a_replica_that_is_started_first_says_what_to_do(opened):
    with pytest.raises(StoreError) as refused:
        opened("replica").create()
    assert str(refused.value) == (
        "store: found tables of version none; expected 1; fix: let a builder whose role may change "
        "them start first, as config/fleet/roles.sql sets it up"
    )
