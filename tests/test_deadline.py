"""Far ends that are never late and never done: an octet before each timeout, without an end."""

import time
from contextlib import contextmanager
from functools import partial

import pytest
import stamina

from feedsvc.errors import ImportProblem, NotifyError
from feedsvc.hub import HubClient
from feedsvc.model import Notify
from feedsvc.notify import Courier
from feedsvc.pinger import Pinger
from feedsvc.source.fetch import Fetcher, Limits
from tests.farend import Clock, far_end, refused, until
from tests.loopback import dripping
from tests.mailroom import account
from tests.pinging import admitted, hub_site, later, name_hubs, waiting
from tests.test_notify import LETTER, MAIL, NOW

#: Nothing comes within the status line, a field's name, its value, the body.
STATUS, NAME, VALUE = b"HTTP/1.1 20", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nX: "
BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


@pytest.fixture(autouse=True)
def no_pauses():
    with stamina.set_testing(True, attempts=3):
        yield


@contextmanager
def soon():
    """Long after the deadlines of these tests, long before the timeouts."""
    began = time.monotonic()
    yield
    assert 0.3 <= time.monotonic() - began < 4


@pytest.mark.parametrize("first", [b"", STATUS, NAME, VALUE], ids=repr)
def test_a_ping_ends_and_counts_as_not_answered(first):
    with dripping(first) as hub, soon():
        assert refused(hub.url, patience=0.3) == "no answer within 0.3 s"
    assert len(hub.guests) == 1


def test_all_pings_of_that_hub_wait_and_another_hub_does_not(tmp_path):
    clock, connect = Clock(), partial(HubClient, private=True, patience=0.3)
    with hub_site(tmp_path) as site, dripping(VALUE) as slow, far_end("127.0.0.2") as other:
        name_hubs(site, slow, other)
        site.build()
        pinger = Pinger(site.store.outbox, clock, connect=connect)
        pinger.start()
        admitted(site, 18)
        later(clock, pinger, seconds=0.5)
        until(lambda: {p.last_error for p in waiting(site)} == {"no answer within 0.3 s"})
        assert (len(other.asked), len(slow.guests)) == (9, 1)
        later(clock, pinger, seconds=10)
        until(lambda: [p.attempts for p in waiting(site)] == [2] * 9)
        assert len(slow.guests) == 2
        pinger.stop()


def test_redirects_and_further_tries_have_one_deadline_together():
    def slowly(handler):
        time.sleep(0.15)
        handler.reply(307, Location=hub.url)

    with far_end() as hub, soon():
        hub.answer = slowly
        facts = {"resolve": lambda *_: ["127.0.0.1"], "public": lambda _: True}
        assert refused(hub, patience=0.3, **facts) == "no answer within 0.3 s"
    assert len(hub.asked) == 2


def test_the_time_of_one_ping_is_not_that_of_the_next():
    with far_end() as hub, HubClient(private=True, patience=0.5) as client:
        for _ in range(3):
            time.sleep(0.2)
            client.ping(hub.url, "https://x.example/")
    assert len(hub.asked) == 3


def not_told(letter, notify):
    with pytest.raises(NotifyError) as raised, soon():
        Courier(patience=0.3).deliver(letter, notify, NOW)
    return str(raised.value)


def test_a_notice_to_a_webhook_ends():
    with dripping(VALUE) as hook:
        notify = Notify(webhook=hook.url, allow_private=True)
        assert not_told(LETTER, notify) == "no answer in time"


@pytest.mark.parametrize(
    ("first", "then"), [(b"220 ", b"x"), (b"", b"220-x\r\n"), (b"220 x\r\n", b"250-x\r\n")]
)
def test_a_mail_ends(first, then):
    """In a line without an end, and in an answer of lines without an end."""
    with dripping(first, then) as server:
        assert not_told(MAIL, Notify(mail=account(server.port))) == "no answer in time"


@pytest.mark.parametrize("first", [NAME, VALUE, BODY], ids=repr)
def test_an_import_ends_and_says_so(first):
    limits = Limits(seconds=0.3)
    with dripping(first) as server, Fetcher(private=True, limits=limits) as fetcher, soon():
        with pytest.raises(ImportProblem) as raised:
            fetcher.get(server.url)
        assert str(raised.value) == f"{server.url}: not there within 0.3 s"
