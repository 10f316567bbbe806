"""Hubs that hang and stores that fail: they stop neither the pinger nor a build nor a stop."""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
import stamina
from structlog.testing import capture_logs

from feedsvc.builder import Watch
from feedsvc.errors import StoreError
from feedsvc.pinger import Pace
from tests.farend import Clock, far_end, until
from tests.pinging import (
    ALL,
    A,
    B,
    admitted,
    hub_site,
    lanes,
    later,
    local,
    name_hubs,
    pinging,
    waiting,
)


@pytest.fixture
def hub():
    with far_end() as end:
        yield end


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def site(tmp_path, hub):
    with hub_site(tmp_path, hub) as made:
        yield made


@pytest.fixture(autouse=True)
def no_pauses():
    with stamina.set_testing(True, attempts=1):
        yield


def test_a_hub_that_hangs_is_a_failure_too(site, hub, clock):
    hub.answer = hub.hang
    site.build()
    with pinging(site, clock, timeout=0.05) as pinger:
        admitted(site)
        later(clock, pinger, seconds=0.5)
        until(lambda: {p.last_error for p in waiting(site)} == {"no answer within 0.05 s"})
    assert len(hub.asked) == 1  # not once for every topic


def test_what_a_killed_pinger_was_sending_is_sent_by_the_next(site, hub, clock):
    site.build()
    site.store.outbox.admit(clock.now, clock.now)
    for ping in waiting(site):
        assert site.store.outbox.claim(ping, clock.now + timedelta(seconds=120))
    with pinging(site, clock) as pinger:
        time.sleep(0.1)
        assert hub.asked == []
        later(clock, pinger, seconds=120)
        until(lambda: not waiting(site))
    assert len(hub.asked) == 9


def test_a_hub_that_hangs_does_not_keep_another_waiting(site, hub, clock):
    hub.answer = hub.hang
    with far_end("127.0.0.2") as other:
        name_hubs(site, hub, other)
        site.build()
        with pinging(site, clock) as pinger:
            admitted(site, 18)
            later(clock, pinger, seconds=0.5)
            until(lambda: len(other.asked) == 9)
            assert len(hub.asked) == 1


def test_two_pingers_of_one_store_do_not_tell_twice(site, hub, clock):
    site.build()
    with pinging(site, clock) as one, pinging(site, clock) as two:
        admitted(site)
        clock.advance(seconds=0.5)
        one.wake()
        two.wake()
        until(lambda: not waiting(site))
    assert sorted(hub.topics) == sorted(ALL)


def test_it_stops_at_once_though_a_hub_hangs_and_the_ping_stays(site, hub, clock):
    hub.answer = hub.hang
    site.build()
    with pinging(site, clock) as pinger:
        admitted(site)
        later(clock, pinger, seconds=0.5)
        until(lambda: hub.asked)
        started = time.monotonic()
        pinger.stop()
        assert time.monotonic() - started < 2  # half a second, and the machine's
        assert [ping.due <= clock.now for ping in waiting(site)] == [True] * 9
        hub.released.set()
        until(lambda: not lanes())
    assert len(hub.asked) == 1


def test_a_store_that_fails_is_said_and_not_asked_without_a_pause(site, hub, clock, monkeypatch):
    def full(*_):
        raise StoreError("store: database or disk is full")

    site.build()
    monkeypatch.setattr(site.store.outbox, "claim", full)
    started = time.monotonic()
    with capture_logs() as logs, pinging(site, clock, idle=0.2) as pinger:
        admitted(site)
        later(clock, pinger, seconds=0.5)
        until(lambda: logs)
        time.sleep(0.3)
        monkeypatch.undo()
        seconds = time.monotonic() - started
        until(lambda: not waiting(site))
    said = [line for line in logs if line["event"] == "outbox cannot be used; later again"]
    assert 1 <= len(said) <= 2 + seconds / 0.2
    assert said[0]["error"] == "store: database or disk is full"


def test_a_fault_of_the_program_does_not_end_it(site, hub, clock, monkeypatch):
    def fault(*_):
        raise RuntimeError("a fault")

    monkeypatch.setattr(site.store.outbox, "waiting", fault)
    with capture_logs() as logs, pinging(site, clock, idle=0.05, settle=0):
        until(lambda: logs)
        monkeypatch.undo()
        site.build()
        until(lambda: len(hub.asked) == 9)
    assert logs[0]["event"] == "pinger failed; later again"


@contextmanager
def watching(site):
    """The whole builder process but for the process; its clock stands still."""
    watch = Watch(site.root, site.store, None, Clock("2026-08-01 12:00"), connect=local)
    watch._pinger._pace = Pace(settle=0)
    thread = threading.Thread(target=watch.run)
    thread.start()
    try:
        yield
    finally:
        watch.stop()
        thread.join(20)
    assert not thread.is_alive()


def test_a_build_and_a_stop_do_not_wait_for_a_hub_that_hangs(site, hub):
    hub.answer = hub.hang
    with watching(site):
        until(lambda: hub.asked)
        time.sleep(0.3)  # until the watch stands
        site.entries("feeds/news/2024.yaml", A, B)
        until(lambda: site.store.current().id == 2)
        stopped = time.monotonic()
    assert time.monotonic() - stopped < 2
    assert len(hub.asked) == 1  # it was hanging all the time: nobody gave up on it yet
    assert lanes()
