"""When people are told: each problem once, its end once, also across restarts and failures."""

import threading
import time

import pytest
from structlog.testing import capture_logs

from feedsvc.builder import Watch
from feedsvc.errors import NotifyError, Problem
from feedsvc.model import Notify
from feedsvc.notifier import Notifier, Patience, key
from feedsvc.notify import Courier
from tests.farend import Clock, until
from tests.mailroom import account, mail_server, webhook
from tests.sitedir import CONFIG, SiteDir

GOOD = "id: a, published: 2024-07-01, title: Alpha"
BAD = "id: b, published: 2024-13-01, title: Beta"
WORSE = "id: c, published: 2024-07-01, titel: Gamma"
HOOK = Notify(webhook="https://hooks.example/s3cret")


class Desk:
    """A courier that notes what it was given, and fails as long as it is told to."""

    def __init__(self):
        self.letters = []
        self.failing = False
        self.open = threading.Event()
        self.open.set()

    def deliver(self, letter, _notify, _now):
        self.open.wait(10)
        if self.failing:
            raise NotifyError("the webhook answered 500")
        self.letters.append(letter)

    @property
    def told(self):
        return [(letter.facts["new"], letter.facts["resolved"]) for letter in self.letters]


@pytest.fixture
def site(tmp_path):
    made = SiteDir(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def notifier(site, clock, desk):
    return Notifier(site.store, clock, desk)


def problems(site, *entries):
    site.entries("feeds/news/2024.yaml", *entries)
    return site.build().problems


def step(notifier, clock, **by):
    """Time passes, and the thread looks once."""
    clock.advance(**by)
    notifier._look()


def lines(found):
    return [str(problem) for problem in found]


def test_a_problem_is_told_once_and_its_end_once(site, clock, desk, notifier):
    wrong = problems(site, GOOD, BAD)
    for _ in range(3):
        notifier.built(wrong, HOOK)
        step(notifier, clock, minutes=2)
    assert desk.told == [(lines(wrong), [])]
    for _ in range(3):
        notifier.built((), HOOK)
        step(notifier, clock, minutes=2)
    assert desk.told[1:] == [([], lines(wrong))]
    assert desk.letters[0].subject == "Office of Tides: 1 problem needs a person"
    assert site.store.notices.all() == site.store.notices.letters() == []


def test_what_is_mended_at_once_is_nobodys_problem(site, clock, desk, notifier):
    notifier.built(problems(site, BAD), HOOK)
    step(notifier, clock, seconds=59)
    notifier.built(problems(site, GOOD), HOOK)
    step(notifier, clock, minutes=5)
    assert desk.told == []


def test_what_comes_back_at_once_was_never_over(site, clock, desk, notifier):
    wrong = problems(site, BAD)
    notifier.built(wrong, HOOK)
    step(notifier, clock, minutes=1)
    notifier.built((), HOOK)
    step(notifier, clock, seconds=30)
    notifier.built(wrong, HOOK)
    step(notifier, clock, minutes=5)
    assert desk.told == [(lines(wrong), [])]


def test_a_problem_that_moves_is_the_same(site, clock, desk, notifier):
    notifier.built(problems(site, BAD), HOOK)
    step(notifier, clock, minutes=1)
    notifier.built(problems(site, GOOD, BAD), HOOK)
    step(notifier, clock, minutes=5)
    assert len(desk.told) == 1


def test_several_are_one_letter_and_warnings_are_none(site, clock, desk, notifier):
    wrong = problems(site, BAD, WORSE)
    warning = Problem("feeds/news/a.yaml", 1, 1, "title", "long", "short", "cut", "warning")
    notifier.built((*wrong, warning), HOOK)
    step(notifier, clock, minutes=1)
    (told,) = desk.told
    assert sorted(told[0]) == sorted(lines(wrong))


def test_a_failed_build_and_that_it_works_again(clock, desk, notifier):
    notifier.built((), HOOK)
    for reason in ("the disk is full", "still full"):
        notifier.failed(reason=reason)
        step(notifier, clock, minutes=2)
    text = "The build failed, the last snapshot stays public: the disk is full"
    assert desk.told == [([text], [])]
    notifier.built((), HOOK)
    step(notifier, clock, minutes=1)
    assert desk.told[1:] == [([], [text])]


def test_a_failed_build_ends_no_problem(site, clock, desk, notifier):
    wrong = problems(site, BAD)
    notifier.built(wrong, HOOK)
    step(notifier, clock, minutes=1)
    notifier.failed([Problem("config/site.yaml", 1, 1, "title", "x", "y", "z")])
    step(notifier, clock, minutes=5)
    assert desk.told[1:] == [(["config/site.yaml:1:1: title: found x; expected y; fix: z"], [])]
    notifier.built(wrong, HOOK)
    step(notifier, clock, minutes=1)
    assert desk.told[2][0] == []
    assert len(desk.told) == 3


def test_both_channels_are_told_and_one_that_fails_is_tried_again_alone(site, clock, notifier):
    with mail_server() as (postbox, port), webhook() as hook:
        notify = Notify(webhook=hook.url, mail=account(port), allow_private=True)
        notifier._courier = Courier(timeout=3)
        hook.status = 500
        notifier.built(problems(site, BAD), notify)
        step(notifier, clock, minutes=1)
        assert (len(hook.posts), len(postbox.letters)) == (1, 1)
        (letter,) = site.store.notices.letters()
        assert (letter.channel, letter.attempts) == ("webhook", 1)
        assert letter.last_error == "the webhook answered 500"
        hook.status = 200
        step(notifier, clock, seconds=14)
        assert len(hook.posts) == 1
        step(notifier, clock, seconds=16)
        assert (len(hook.posts), len(postbox.letters)) == (2, 1)
        step(notifier, clock, hours=1)
        assert (len(hook.posts), len(postbox.letters)) == (2, 1)


def test_letters_and_what_was_told_survive_a_restart(site, clock, desk, notifier):
    wrong = problems(site, BAD)
    desk.failing = True
    notifier.built(wrong, HOOK)
    step(notifier, clock, minutes=1)
    desk.failing = False
    again = Notifier(site.store, clock, desk)
    again.built(wrong, HOOK)
    step(again, clock, minutes=1)
    assert desk.told == [(lines(wrong), [])]
    third = Notifier(site.store, clock, desk)
    third.built(wrong, HOOK)
    step(third, clock, hours=1)
    assert len(desk.told) == 1


def test_a_letter_is_given_up_after_a_day_and_that_is_said(site, clock, desk, notifier):
    desk.failing = True
    notifier.built(problems(site, BAD), HOOK)
    with capture_logs() as logs:
        for _ in range(30):
            step(notifier, clock, hours=1)
    assert site.store.notices.letters() == []
    given_up = [line for line in logs if line["event"] == "letter given up"]
    assert [line["error"] for line in given_up] == ["the webhook answered 500"]
    assert "s3cret" not in str(logs)


def test_a_channel_that_the_config_no_longer_names_gets_no_letter(site, clock, desk, notifier):
    desk.failing = True
    wrong = problems(site, BAD)
    notifier.built(wrong, HOOK)
    step(notifier, clock, minutes=1)
    desk.failing = False
    notifier.built(wrong, Notify(mail=account(25)))
    step(notifier, clock, hours=1)
    assert desk.letters == site.store.notices.letters() == []


def test_without_notify_nobody_is_told_and_with_it_what_is_still_wrong(site, clock, desk, notifier):
    wrong = problems(site, BAD)
    notifier.built(wrong, None)
    step(notifier, clock, hours=1)
    assert desk.told == []
    notifier.built(wrong, HOOK)
    step(notifier, clock, seconds=1)
    assert desk.told == [(lines(wrong), [])]


def test_a_thread_tells_by_itself_and_stops(site, desk, clock):
    made = Notifier(site.store, clock, desk, patience=Patience(settle=0, idle=0.02))
    made.start()
    made.built(problems(site, BAD), HOOK)
    until(lambda: desk.letters)
    made.stop()
    until(lambda: not made._thread.is_alive())


def test_a_courier_that_hangs_keeps_neither_a_build_nor_a_stop_waiting(site, desk, clock):
    desk.open.clear()
    made = Notifier(site.store, clock, desk, patience=Patience(settle=0))
    made.start()
    made.built(problems(site, BAD), HOOK)
    until(lambda: any(letter.due > clock.now for letter in site.store.notices.letters()))
    started = time.monotonic()
    made.built((), HOOK)
    made.stop()
    assert time.monotonic() - started < 2
    desk.open.set()


def test_a_build_that_ends_tells_at_once(site, desk, clock):
    made = Notifier(site.store, clock, desk, patience=Patience(settle=0))
    made.built(problems(site, BAD), HOOK)
    made.once()
    assert len(desk.letters) == 1


def test_a_store_that_fails_ends_no_build(site, desk, clock):
    made = Notifier(site.store, clock, desk)
    site.store.close()
    site.store.notices._engine = None
    with capture_logs() as logs:
        made.built((), HOOK)
    assert logs[0]["event"] == "notifier failed; later again"


def test_keys_are_of_what_is_wrong_not_of_where():
    one = Problem("a", 1, 2, "f", "x", "y", "z")
    assert key(one) == key(Problem("a", 9, 9, "f", "x", "y", "another fix"))
    assert key(one) != key(Problem("b", 1, 2, "f", "x", "y", "z"))


def test_the_builder_tells_of_problems_and_of_builds_that_fail(site, clock):
    with webhook() as hook:
        site.config(f"{CONFIG}notify: {{webhook: '{hook.url}', allow_private: true}}\n")
        site.entries("feeds/news/2024.yaml", BAD)
        watch = Watch(site.root, site.store, None, clock, Courier(timeout=3))
        watch._build("start")
        step(watch._notifier, clock, minutes=1)
        site.config("title: x\n")
        watch._build("edit")
        step(watch._notifier, clock, minutes=1)
        new = [line for _, _, body in hook.posts for line in body["new"]]
    assert "published: found '2024-13-01'" in new[0]
    assert any(line.startswith("config/site.yaml:1:1: base_url:") for line in new[1:])
    everything = (site.root / "var" / "feedsvc.db").read_bytes()
    wal = site.root / "var" / "feedsvc.db-wal"
    everything += wal.read_bytes() if wal.exists() else b""
    assert b"s3cret" not in everything
