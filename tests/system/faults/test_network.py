"""PostgreSQL down, slow, restarted; cables cut: takeovers, the truth, and recovery by itself."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from contextlib import ExitStack, closing
from urllib.parse import urlsplit, urlunsplit

import pytest

from feedsvc.store import Store, schema
from tests.postgres import postgres as running_postgres
from tests.system.faults.cable import cables
from tests.system.faults.newsroom import CONFIG, FILE, generation, reading, small_site
from tests.system.faults.test_damage import garbage
from tests.system.servers import free_port, running, serving, wait_for

pytestmark = pytest.mark.system

LEASE = "2"


@pytest.fixture
def database():
    """A server of its own, to be killed."""
    with running_postgres(free_port()) as server:
        yield server


def through(url, cable):
    """The store's URL, at the near end of a cable."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.username}@127.0.0.1:{cable.port}"))


def test_a_fleet_whose_cables_are_cut(tmp_path, database):
    site = small_site(tmp_path / "site", config=CONFIG.replace("refresh: 1h", "refresh: 5s"))
    replica = small_site(tmp_path / "replica")
    url = database.schema()
    build = [sys.executable, "-m", "feedsvc", "build", "--watch", "--site", site.root]
    with cables(database.port, 3) as lines, ExitStack() as stack:
        builders = [
            stack.enter_context(
                running(
                    build,
                    tmp_path / f"builder-{number}.log",
                    FEEDSVC_STORE=through(url, lines[number]),
                    FEEDSVC_BUILD_LEASE=LEASE,
                )
            )
            for number in (0, 1)
        ]
        env = {"FEEDSVC_STORE": through(url, lines[2])}
        server = stack.enter_context(serving(replica, "--no-build", **env))
        store = Store(url)
        stack.callback(store.close)
        reader = stack.enter_context(reading(server.url))
        fleet = Fleet(site, reader, store, builders=builders, lines=lines, server=server)
        fleet.edit()
        fleet.a_leader_that_is_cut_off_is_replaced("dead")
        fleet.a_replica_that_is_cut_off_says_so()
        lines[2].be("slow")
        fleet.edit()
        lines[2].be("whole")
        fleet.the_store_is_killed_and_comes_back(database)
        fleet.a_damaged_copy_is_made_anew(replica)
        fleet.a_newer_program_changes_the_tables()
        assert reader.missed == 0
        for program in (*builders, server.program):
            assert "Traceback" not in program.output()


class Fleet:
    """Two builders and a replica, each at the end of a cable."""

    def __init__(self, site, reader, store, *, builders, lines, server):
        self.site, self.reader, self.store = site, reader, store
        self.builders, self.lines, self.server = builders, lines, server
        self.number = 0

    def write(self):
        self.number += 1
        self.site.write(FILE, generation(self.number))

    def edit(self):
        """An edit reaches the replica."""
        self.write()
        wait_for("the edit", lambda: self.reader.newest == self.number, 40)

    def leader(self):
        owner = wait_for("a leader", lambda: self.store.lease.term().owner)
        pids = [builder.process.pid for builder in self.builders]
        return pids.index(int(owner.rpartition(":")[2]))

    def a_newer_program_changes_the_tables(self):
        """As an upgrade begins: who builds and who serves knows nothing of it, and goes on."""

        def step(connection):
            connection.exec_driver_sql("ALTER TABLE documents ADD COLUMN novelty TEXT DEFAULT ''")
            connection.exec_driver_sql("ALTER TABLE snapshots ADD COLUMN novelty TEXT DEFAULT ''")

        newer = schema.LATEST + 1
        schema.prepare(self.store._engine, newer, {newer: step})
        self.edit()

    def a_leader_that_is_cut_off_is_replaced(self, how):
        leader = self.leader()
        fence = self.store.lease.term().fence
        self.lines[leader].be(how)
        self.edit()
        assert self.leader() != leader
        self.lines[leader].mend()
        before = self.store.current().id
        self.edit()
        assert self.store.current().id == before + 1, "one edit, one snapshot"
        term = self.store.lease.term()
        assert term.fence == fence + 1, "the one that came back has not taken over again"

    def a_replica_that_is_cut_off_says_so(self):
        assert "not been heard of" not in self.ready()
        self.lines[2].be("cut")
        wait_for("the truth", lambda: "not been heard of" in self.ready())
        wait_for("the status page", lambda: "cut off" in self.server.status())
        assert self.server.get("/a/e0").status == 200
        self.lines[2].mend()
        self.edit()
        wait_for("the truth", lambda: "not been heard of" not in self.ready())
        wait_for("the status page", lambda: "cut off" not in self.server.status())

    def the_store_is_killed_and_comes_back(self, database):
        """As in a failover: another server at the same address, with the same data."""
        os.kill(database.process.pid, signal.SIGKILL)
        database.process.wait(20)
        self.write()
        wait_for("the truth", lambda: "not been heard of" in self.ready())
        assert self.server.get("/a/e1").status == 200
        wait_for("it", lambda: started(database))
        wait_for("the edit", lambda: self.reader.newest == self.number, 40)
        wait_for("the truth", lambda: "not been heard of" not in self.ready())

    def a_damaged_copy_is_made_anew(self, replica):
        file = replica.root / "var" / "replica.db"
        with closing(sqlite3.connect(file)) as opened:
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        garbage(file)
        self.edit()  # which may need nothing of what is damaged
        word = "is damaged; making it anew"
        wait_for("word of it", lambda: word in self.server.program.output(), 40)
        self.edit()
        # What was not in memory meanwhile may have to be asked for again, no more.
        self.reader.wrong = [one for one in self.reader.wrong if ": 503," not in one]
        with closing(sqlite3.connect(file)) as opened:
            assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    def ready(self):
        return self.server.get("/readyz").body.decode()


def started(database):
    try:
        database.start()
    except AssertionError:
        return False
    return True
