"""kill -9 of everything at random moments: no half snapshot is served, no committed one is lost."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import timedelta

import psycopg
import pytest

from feedsvc.build import Builder
from feedsvc.errors import StoreError
from feedsvc.store import Store
from tests.factory import instant
from tests.postgres import postgres as running_postgres
from tests.system.faults.newsroom import (
    FEEDS,
    FILE,
    generation,
    generations,
    reading,
    say,
    small_site,
)
from tests.system.servers import (
    REPOSITORY,
    clean_environment,
    free_port,
    listens,
    serving,
    wait_for,
)
from tests.system.test_processes import alive, children

pytestmark = pytest.mark.system

SEED = 20261124
BUILD = [sys.executable, "-m", "feedsvc", "build", "--site"]
BUILDERS, COPYISTS, PROCESSES, SUPERVISORS, DATABASES = 60, 20, 12, 3, 12


def strike(module, *arguments):
    """Processes come and are killed."""
    command = [sys.executable, "-m", f"tests.system.faults.{module}", *arguments, SEED]
    done = subprocess.run(
        [str(word) for word in command],
        env=clean_environment(),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def shows(store):
    """The generation of the newest snapshot: each of its feeds must show that one, whole."""
    current = store.current()
    assert current
    found = set()
    for path in FEEDS:
        document = store.document(path, current.id)
        found |= set(generations(store.body(document.digest, "identity")))
    assert len(found) == 1, f"half a snapshot: {found}"
    return found.pop()


def test_builders_are_killed_hundreds_of_times(tmp_path):
    site = small_site(tmp_path / "site")
    url = f"sqlite:///{tmp_path}/site/var/feedsvc.db"
    subprocess.run([*BUILD, site.root], env=clean_environment(), capture_output=True, check=True)
    with serving(site, "--no-build") as server, reading(server.url) as reader:
        strike("press", site.root, url, BUILDERS)
        store = Store(url)
        wait_for("the last of them", lambda: reader.newest == shows(store))
    said = [int(line) for line in (tmp_path / "published").read_text().split()]
    history = {info.id for info in store.history(10_000)}
    newest = max(history)
    store.close()
    say(f"{BUILDERS} builders killed, {newest} snapshots, {reader.seen} answers")
    assert said == sorted(said)
    assert set(said) <= history, "one that was committed is lost"
    assert history == set(range(min(history), newest + 1))
    assert newest > BUILDERS / 2, "most were killed before they did anything"
    assert reader.missed == 0
    with closing(sqlite3.connect(site.root / "var/feedsvc.db")) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_who_copies_the_shared_store_is_killed_again_and_again(tmp_path, postgres):
    """A replica shows one snapshot or the next, and in the end what the shared store has."""
    site, url = small_site(tmp_path / "site"), f"sqlite:///{tmp_path}/copy.db"
    shared, copy = Store(postgres.schema()), Store(url)
    shared.create()
    copy.create()
    Builder(site.root, shared).build(instant("2024-08-01 12:00"), "start")
    copy.copy_of(shared).pull()
    newest = COPYISTS // 2
    with serving(site, "--no-build", FEEDSVC_STORE=url) as server, reading(server.url) as reader:
        place = shared._engine.url.render_as_string(hide_password=False)
        strike("copyists", site.root, place, url, COPYISTS)
        copied = copy.current().id
        copy.copy_of(shared).pull()
        wait_for("the last of them", lambda: reader.newest == newest)
    say(f"{COPYISTS} killed while they copied {copied - 1} snapshots, {reader.seen} answers")
    assert reader.missed == 0
    assert shows(copy) == shows(shared) == newest
    assert copied > 1, "all were killed before they did anything"
    assert copy.damage() == ""
    shared.close()
    copy.close()


def test_every_process_is_killed_again_and_again(tmp_path):
    """The builder, the listeners and their workers, whichever comes; then the supervisor, too."""
    rolls = random.Random(SEED)
    site, port = small_site(tmp_path / "site"), free_port()
    killed = number = 0
    subprocess.run([*BUILD, site.root], env=clean_environment(), capture_output=True, check=True)
    with reading(f"http://127.0.0.1:{port}") as reader:
        for _ in range(SUPERVISORS):
            with serving(site, port=port) as server:
                supervisor = server.program.process.pid
                for _ in range(PROCESSES // SUPERVISORS):
                    victim = rolls.choice(wait_for("them", lambda: [*children(supervisor)]))  # noqa: B023
                    number += 1
                    site.write(FILE, generation(number))
                    time.sleep(rolls.uniform(0, 0.15))
                    if alive(victim):
                        os.kill(victim, signal.SIGKILL)
                        killed += 1
                wait_for("the last edit", lambda: reader.newest == number)  # noqa: B023
                server.program.process.kill()
                wait_for("its processes to go", lambda: not listens(port))
                killed += 1
    store = Store(f"sqlite:///{site.root}/var/feedsvc.db")
    assert shows(store) == number
    assert store.damage() == ""
    store.close()
    say(f"{killed} processes killed, {reader.seen} answers, {reader.missed} met none")
    assert killed > PROCESSES / 2


@pytest.fixture
def database():
    """A server of its own, to be killed; it confirms nothing before it is on the disk."""
    with running_postgres(free_port()) as server:
        server.ask("ALTER DATABASE postgres SET synchronous_commit = 'on'")
        yield server


def test_postgresql_is_killed_in_mid_publish(tmp_path, database):
    """What it confirmed is there afterwards; what it did not is there whole or not at all."""
    rolls = random.Random(SEED)
    site = small_site(tmp_path / "site")
    store = Store(database.schema())
    store.create()
    builder, now = Builder(site.root, store), instant("2024-08-01 12:00")
    builder.build(now, "start")
    confirmed, number, shown, failed = 0, 0, 0, 0
    for kill in range(DATABASES):
        due = time.monotonic() + rolls.uniform(0.05, 0.35)
        killer = subprocess.Popen(
            ["sh", "-c", f"sleep {due - time.monotonic():.3f}; kill -9 {postmaster(database)}"]
        )
        while True:
            number += 1
            now += timedelta(seconds=2)
            site.write(FILE, generation(number))
            try:
                outcome = builder.build(now, "edit")
            except StoreError:
                failed += 1
                break
            assert outcome.snapshot
            confirmed, shown = outcome.snapshot.id, number
        killer.wait()
        database.process.wait(20)
        database.process = None
        wait_for(f"recovery {kill}", lambda: recovered(database))
        current = store.current()
        assert current.id >= confirmed, "a snapshot that was confirmed is lost"
        assert shows(store) in {shown, number}
        shown = shows(store)
    now += timedelta(seconds=2)
    builder.build(now, "edit")
    assert shows(store) == number
    store.close()
    say(f"PostgreSQL killed {DATABASES} times, {failed} builds failed, {confirmed} confirmed")
    assert confirmed > 2


def postmaster(database):
    return database.process.pid


def recovered(database):
    """Start it again; its killed children may hold its memory for a moment."""
    try:
        database.start()
    except (AssertionError, psycopg.Error):
        return False
    return True
