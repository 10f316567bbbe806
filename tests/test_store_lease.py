"""One builder at a time: who may begin a term, when it ends, and what a late one may still do."""

import multiprocessing
import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from feedsvc.errors import LeaseHeld, LeaseLost, PublishConflict
from feedsvc.keeper import Keeper
from feedsvc.process import is_gone, this_process
from feedsvc.snapshot import digest
from feedsvc.store import Store
from feedsvc.store.engine import writing
from feedsvc.store.lease import Candidate
from tests.factory import instant
from tests.system.servers import wait_for
from tests.test_store import document, publication

NOW = instant("2024-08-01 12:00:00")
ONE, TWO = Candidate("one:1", "p1", 15), Candidate("two:2", "p2", 15)
SHORT = Candidate("short:3", "p3", 0.3)


@pytest.fixture
def opened(store_url):
    """Opens the same store again and again, as builders do."""
    stores = []

    def open_store():
        made = Store(store_url)
        made.create()
        stores.append(made)
        return made

    yield open_store
    for made in stores:
        made.close()


def lapse(store):
    """Time passes: PostgreSQL's own clock cannot be set, so the row is."""
    with store._engine.begin() as connection:
        long_ago = "2020-01-01T00:00:00.000000+00:00"
        connection.exec_driver_sql(f"UPDATE lease SET until = '{long_ago}'")


def test_one_at_a_time_and_the_other_is_told_who(opened):
    first, second = opened(), opened()
    assert first.lease.term() is None
    first.lease.take(ONE, NOW)
    with pytest.raises(LeaseHeld, match=r"^one:1 builds into this store.*stop it first") as held:
        second.lease.take(TWO, NOW)
    assert held.value.owner == "one:1"
    assert isinstance(held.value, PublishConflict)


def test_a_lease_that_lapsed_is_taken_over_with_a_higher_number(opened):
    first, second = opened(), opened()
    term = first.lease.take(ONE, NOW)
    lapse(first)
    assert second.lease.take(TWO, NOW).fence == term.fence + 1
    with pytest.raises(LeaseLost):
        first.lease.renew(15, NOW)


def test_a_lease_that_lapsed_and_that_nobody_took_goes_on(opened):
    first = opened()
    first.lease.take(ONE, NOW)
    lapse(first)
    first.publish(publication(0, document()))
    first.lease.renew(15, NOW)
    with pytest.raises(LeaseHeld):
        opened().lease.take(TWO, NOW)


def test_a_builder_that_lost_its_lease_cannot_publish_report_or_prune(opened):
    """The fence is checked in the transaction that writes."""
    first, second = opened(), opened()
    first.lease.take(ONE, NOW)
    first.publish(publication(0, document()))
    lapse(first)
    second.lease.take(TWO, NOW)
    with pytest.raises(LeaseLost, match="two:2 has taken over since; nothing was written"):
        first.publish(publication(1, document(body=b"late")))
    with pytest.raises(LeaseLost):
        first.report([])
    assert second.current().id == 1
    assert second.publish(publication(1, document(body=b"new"))).id == 2
    assert second.body(digest(b"new"), "identity") == b"new"


def test_a_lease_that_is_given_back_is_free_at_once(opened):
    first, second = opened(), opened()
    first.lease.take(ONE, NOW)
    first.lease.release()
    assert second.lease.take(TWO, NOW).fence == 2
    first.lease.release()  # it is another one's now
    assert second.lease.term().owner == "two:2"


def test_nobody_waits_for_a_process_of_this_machine_that_has_ended(opened):
    opened().lease.take(ONE, NOW)
    assert opened().lease.take(TWO, NOW, is_gone=lambda name: name == "p1").fence == 2


def test_a_command_that_takes_no_lease_publishes_as_long_as_nobody_was_first(opened):
    opened().lease.take(ONE, NOW)
    operator = opened()
    assert operator.publish(publication(0, document())).id == 1
    with pytest.raises(PublishConflict):
        operator.publish(publication(0, document(body=b"x")))


@pytest.mark.parametrize("hours", [-1, 1, 24 * 365])
def test_with_sqlite_a_clock_that_jumps_does_not_lock_anybody_out(tmp_path, hours):
    store = Store(f"sqlite:///{tmp_path}/x.db")
    store.create()
    store.lease.take(ONE, NOW)
    other = Store(f"sqlite:///{tmp_path}/x.db")
    assert other.lease.take(TWO, NOW + timedelta(hours=hours)).fence == 2
    store.close()
    other.close()


@pytest.mark.system
@pytest.mark.parametrize("years", [-9, 9])
def test_with_postgresql_the_clocks_of_hosts_do_not_matter(postgres, years):
    url = postgres.schema()
    first, second = Store(url), Store(url)
    first.create()
    first.lease.take(ONE, NOW + timedelta(days=365 * years))
    with pytest.raises(LeaseHeld):
        second.lease.take(TWO, NOW)
    first.lease.renew(15, NOW - timedelta(days=365 * years))
    with pytest.raises(LeaseHeld):
        second.lease.take(TWO, NOW)
    first.close()
    second.close()


@pytest.mark.system
def test_a_renewal_does_not_wait_for_a_publish_and_a_takeover_does(postgres_store):
    first, second = postgres_store(), postgres_store()
    first.lease.take(ONE, NOW)
    taken = threading.Event()

    def take():
        second.lease.take(TWO, NOW)
        taken.set()

    with writing(first._engine) as publishing:
        first.lease.renew(15, NOW)
        lapse(first)
        thread = threading.Thread(target=take)
        thread.start()
        assert not taken.wait(0.3)
        first.lease.check(publishing)
    thread.join(5)
    assert taken.is_set()


@pytest.fixture
def postgres_store(postgres):
    url, stores = postgres.schema(), []

    def open_store():
        stores.append(Store(url))
        stores[-1].create()
        return stores[-1]

    yield open_store
    for made in stores:
        made.close()


# --- processes ---


def test_a_process_knows_whether_another_one_of_this_machine_has_ended():
    assert not is_gone(this_process())
    here = this_process().rpartition(" ")
    assert is_gone(f"{here[0]} 1"), "the same number, but another start"
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=[30])
    child.start()
    stat = Path(f"/proc/{child.pid}/stat").read_text().rpartition(")")[2].split()
    name = f"{this_process().partition(' ')[0]} {child.pid} {stat[19]}"
    assert not is_gone(name)
    os.kill(child.pid, 9)
    for _ in range(200):  # a zombie until it is waited for
        if is_gone(name):
            break
        time.sleep(0.01)
    assert is_gone(name)
    child.join()
    assert is_gone(name)


@pytest.mark.parametrize("name", ["", "-", "- 1", "another/1 1 1", "x y z", "a 1"])
def test_nothing_is_known_of_processes_elsewhere(name):
    assert not is_gone(name)


# --- keeping it ---


def keeper(store, who=SHORT, **facts):
    return Keeper(store, who, lambda: NOW, **facts)


def test_a_term_lasts_as_long_as_its_block_and_is_given_back(opened):
    store, other = opened(), opened()
    assert keeper(store).wait(threading.Event())
    with keeper(store).term(lost=lambda: None):
        time.sleep(0.5)
        assert other.lease.term().owner == "short:3"
    assert other.lease.term().owner == ""


def test_who_stands_by_says_so_once_and_takes_over_when_the_lease_is_free(opened):
    store, other = opened(), opened()
    store.lease.take(ONE, NOW)
    stop, begun = threading.Event(), []
    waiting = keeper(other)
    thread = threading.Thread(target=lambda: begun.append(waiting.wait(stop)))
    thread.start()
    time.sleep(0.4)
    assert begun == []
    store.lease.release()
    thread.join(5)
    assert begun == [True]
    (noted,) = store.journal.attempts()
    assert (noted.result, noted.reason) == ("yielded", "standing by: one:1 builds")


def test_who_stands_by_stops_when_asked(opened):
    opened().lease.take(ONE, NOW)
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    assert not keeper(opened()).wait(stop)


def test_a_term_that_another_builder_ended_is_told(opened):
    store, lost = opened(), threading.Event()
    held = keeper(store)
    held.wait(threading.Event())
    with held.term(lost.set):
        lapse(store)
        opened().lease.take(TWO, NOW, is_gone=lambda _: True)
        assert lost.wait(5)


def test_a_build_that_hangs_renews_nothing(opened):
    store, hung = opened(), []
    held = keeper(store, patience=60, hung=hung.append)
    held.wait(threading.Event())
    with held.term(lambda: None), held.building():
        held._progress -= 1000
        held.step(1, 2)  # it goes on
        time.sleep(0.5)
        assert hung == []
        held._progress -= 1000
        wait_for("the watchdog", lambda: hung)
    assert hung[0] > 60


def test_between_builds_nothing_hangs(opened):
    store, hung = opened(), []
    held = keeper(store, patience=0.01, hung=hung.append)
    held.wait(threading.Event())
    with held.term(lambda: None):
        time.sleep(0.5)
    assert hung == []


def test_a_store_that_fails_ends_no_term(opened):
    store, lost = opened(), threading.Event()
    held = keeper(store)
    held.wait(threading.Event())
    with held.term(lost.set):
        rename(store, "lease", "away")
        assert not lost.wait(0.5)
        rename(store, "away", "lease")
        assert not lost.wait(0.3)
    assert store.lease.term().owner == ""


def rename(store, old, new):
    """A table that is not there is a store that fails."""
    with store._engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")
