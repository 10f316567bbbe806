"""When hubs are told: after the change is visible, once for each topic, again after a failure."""

import time
from datetime import timedelta

import pytest
import stamina
from structlog.testing import capture_logs

from feedsvc.pinger import Pace, Pinger, backoff
from tests.farend import Clock, far_end, until
from tests.pinging import (
    ALL,
    NEWS,
    A,
    B,
    admitted,
    edit,
    hub_site,
    later,
    local,
    pinging,
    state,
    tell_all,
    waiting,
)
from tests.sitedir import CONFIG, SiteDir


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


def test_each_topic_is_told_once_after_the_publish_has_settled(site, hub, clock):
    site.build()
    with pinging(site, clock) as pinger:
        admitted(site)
        later(clock, pinger, seconds=0.49)
        time.sleep(0.1)
        assert hub.asked == []
        later(clock, pinger, seconds=0.01)
        until(lambda: not waiting(site))
    assert sorted(hub.topics) == sorted(ALL)
    assert state(site).last_success == clock.now


def test_it_settles_by_itself_when_time_passes(site, clock):
    site.build()
    started = time.monotonic()

    def moving():
        return clock.now + timedelta(seconds=time.monotonic() - started)

    with pinging(site, moving, settle=0.2):
        until(lambda: not waiting(site))
    assert time.monotonic() - started >= 0.2


def test_a_publish_wakes_it_and_only_what_changed_is_told(site, hub, clock):
    site.build()
    with pinging(site, clock) as pinger:
        tell_all(site, clock, pinger)
        hub.asked.clear()
        edit(site, A, B)
        pinger.wake()
        admitted(site, 6)
        later(clock, pinger, seconds=1)
        until(lambda: not waiting(site))
    assert sorted(hub.topics) == NEWS


def test_two_quick_changes_are_one_ping(site, hub, clock):
    site.build()
    with pinging(site, clock) as pinger:
        tell_all(site, clock, pinger)
        hub.asked.clear()
        edit(site, B)
        edit(site, A, B, at="2024-08-01 12:06")
        pinger.wake()
        admitted(site, 6)
        later(clock, pinger, seconds=1)
        until(lambda: not waiting(site))
    assert sorted(hub.topics) == NEWS


def test_what_another_process_published_is_found_without_being_woken(site, hub, clock):
    hub.answers(500)
    site.build()
    with pinging(site, clock, idle=0.05, settle=0):
        until(lambda: [p.attempts for p in waiting(site)] == [1] * 9)  # due in some seconds
        hub.answers(204)
        edit(site, A, B)
        until(lambda: len(waiting(site)) == 3)
    assert sorted(hub.topics[9:]) == NEWS


def test_a_failure_is_tried_again_when_its_pause_is_over(site, hub, clock):
    hub.answers(500)
    site.build()
    with pinging(site, clock, first=10) as pinger:
        admitted(site)
        later(clock, pinger, seconds=0.5)
        until(lambda: [p.attempts for p in waiting(site)] == [1] * 9)
        assert state(site).failing
        assert state(site).last_error == "answered 500"
        pauses = {(p.due - clock.now).total_seconds() for p in waiting(site)}
        assert all(5 <= pause <= 10 for pause in pauses)
        assert len(pauses) > 1  # jitter
        hub.asked.clear()
        hub.answers(204)
        later(clock, pinger, seconds=4.9)
        time.sleep(0.1)
        assert hub.asked == []
        later(clock, pinger, seconds=5.1)
        until(lambda: not waiting(site))
    assert sorted(hub.topics) == sorted(ALL)
    assert not state(site).failing


def test_a_hub_that_is_down_is_told_when_it_is_up_again_also_after_a_restart(tmp_path, clock):
    with far_end() as gone:
        port = gone.port
    made = SiteDir(tmp_path, f"{CONFIG}hubs: [{gone.url}]\n")
    made.build()
    with pinging(made, clock) as pinger:
        admitted(made)
        later(clock, pinger, seconds=0.5)
        until(lambda: [p.attempts for p in waiting(made)] == [1] * 9)
    assert "refused" in state(made).last_error
    made.store.close()
    clock.advance(seconds=10)
    with far_end(port=port) as back, pinging(made, clock):
        until(lambda: not waiting(made))
    assert sorted(back.topics) == sorted(ALL)
    made.store.close()


def test_a_ping_is_given_up_after_a_day_and_that_is_said(site, hub, clock):
    hub.answers(500)
    site.build()
    with capture_logs() as logs, pinging(site, clock) as pinger:
        admitted(site)
        later(clock, pinger, seconds=0.5)
        until(lambda: [p.attempts for p in waiting(site)] == [1] * 9)
        later(clock, pinger, hours=24)
        until(lambda: not waiting(site))
    said = [line for line in logs if line["event"] == "ping given up"]
    assert len(said) == 9
    assert said[0]["log_level"] == "error"
    assert said[0]["error"] == "answered 500"
    assert said[0]["tries"] == 2
    assert state(site).last_error == "answered 500"


def test_a_new_change_begins_a_new_day(site, hub, clock):
    hub.answers(500)
    site.build()
    with pinging(site, clock) as pinger:
        admitted(site)
        later(clock, pinger, hours=23)
        until(lambda: [p.attempts for p in waiting(site)] == [1] * 9)
        edit(site, A, B)
        pinger.wake()
        until(lambda: sum(p.since == clock.now for p in waiting(site)) == 6)
        later(clock, pinger, hours=2)
        until(lambda: [p.attempts for p in waiting(site)] == [1] * 6)  # speeches are given up


def test_a_change_while_the_hub_is_answering_is_told_afterwards(site, hub, clock):
    hub.answer = lambda handler: (hub.released.wait(20), handler.reply())
    site.build()
    with pinging(site, clock) as pinger:
        admitted(site)
        later(clock, pinger, seconds=0.5)
        until(lambda: hub.asked)
        first = hub.asked[0].topic
        edit(site, A, B)
        hub.released.set()
        pinger.wake()
        until(lambda: hub.topics.count(first) == 1 and len(waiting(site)) == 6)
        later(clock, pinger, seconds=0.5)
        until(lambda: not waiting(site))
    assert hub.topics.count(first) == 2


@pytest.mark.parametrize(
    ("failures", "asked", "chance", "pause"),
    [
        pytest.param(0, 0, 0, 10, id="the-first-pause"),
        pytest.param(0, 0, 1, 5, id="chance-takes-off-half"),
        pytest.param(3, 0, 0, 80, id="doubled-each-time"),
        pytest.param(20, 0, 0, 3600, id="an-hour-at-most"),
        pytest.param(5000, 0, 0, 3600, id="any-number-of-failures"),
        pytest.param(0, 120, 1, 120, id="as-long-as-the-hub-asks"),
        pytest.param(0, 1e9, 1, 3600, id="but-not-for-ever"),
    ],
)
def test_pauses_grow_and_end_at_an_hour(failures, asked, chance, pause):
    assert backoff(Pace(), failures, asked, chance) == pause


def test_a_build_that_ends_tells_what_there_is_once_and_leaves_the_rest(site, hub):
    left = [500, 204]
    hub.answer = lambda handler: handler.reply(left.pop(0) if len(left) > 1 else left[0])
    site.build()
    started = time.monotonic()

    def moving():
        return Clock().now + timedelta(seconds=time.monotonic() - started)

    Pinger(site.store.outbox, moving, connect=local, pace=Pace(settle=0.05)).once()
    assert sorted(hub.topics) == sorted(ALL)
    assert [ping.attempts for ping in waiting(site)] == [1]


def test_a_build_that_ends_does_not_wait_long_for_a_hub_that_hangs(site, hub, clock):
    hub.answer = hub.hang
    site.build()
    started = time.monotonic()
    Pinger(site.store.outbox, clock, connect=local, pace=Pace(settle=0)).once(patience=0.2)
    assert time.monotonic() - started < 3
    assert len(waiting(site)) == 9
