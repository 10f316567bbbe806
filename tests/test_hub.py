"""One ping: what a hub is sent, what counts as taken, what is never waited for."""

import socket
import time

import pytest
import stamina

from feedsvc.errors import HubError
from feedsvc.hub import HubClient
from tests.farend import FORM, TOPIC, far_end, ping, refused


@pytest.fixture
def hub():
    with far_end() as end:
        yield end


@pytest.fixture
def elsewhere():
    """Where a redirect leads; its address is one that a test may call public."""
    with far_end("127.0.0.2") as end:
        yield end


@pytest.fixture(autouse=True)
def no_pauses():
    with stamina.set_testing(True, attempts=3):
        yield


def test_websub_6_the_form_that_hubs_of_every_age_understand(hub):
    ping(hub)
    (request,) = hub.asked
    assert request.form == FORM
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["user-agent"].startswith("feedsvc/")
    assert request.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [200, 202, 204])
def test_pubsubhubbub_0_3_7_1_any_success_is_taken(hub, status):
    hub.answers(status)
    ping(hub)
    assert len(hub.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 304, 400, 404, 429, 500, 503])
def test_anything_else_is_not_and_is_not_asked_again_at_once(hub, status):
    hub.answers(status)
    assert refused(hub) == f"answered {status}"
    assert len(hub.asked) == 1


def test_what_a_hub_says_is_passed_on_in_one_harmless_line(hub):
    hub.answer = lambda handler: handler.reply(400, "no such\r\n\x1b[31mtopic\0 ü\n".encode())
    assert refused(hub) == "answered 400 no such [31mtopic ü"


@pytest.mark.parametrize(
    ("field", "pause"), [("120", 120), ("Fri, 01 Aug 2025 12:00:00 GMT", 0), ("-5", 0), ("x", 0)]
)
def test_rfc9110_10_2_3_retry_after_in_seconds_is_heard(hub, field, pause):
    hub.answer = lambda handler: handler.reply(503, Retry_After=field)
    with pytest.raises(HubError) as raised:
        ping(hub)
    assert raised.value.retry_after == pause


def test_a_hub_that_does_not_answer_is_asked_once_and_left(hub):
    hub.answer = hub.hang
    started = time.monotonic()
    assert refused(hub, timeout=0.2) == "no answer within 0.2 s"
    assert time.monotonic() - started < 3
    assert len(hub.asked) == 1


def test_a_hub_that_is_not_there_says_so_in_one_line():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        assert "refused" in refused(f"http://127.0.0.1:{closed.getsockname()[1]}/")


@pytest.mark.parametrize("url", ["http://[", "ftp://hub.example/", "http://hub.invalid./"])
def test_an_address_that_is_none_is_a_hub_error_too(url):
    assert refused(url)


def hang_up(handler):
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)


def test_a_connection_that_breaks_is_tried_thrice(hub):
    def answer(handler):
        handler.reply() if len(hub.asked) == 3 else hang_up(handler)

    hub.answer = answer
    ping(hub)
    assert [request.form for request in hub.asked] == [FORM] * 3
    hub.asked.clear()
    hub.answer = hang_up
    assert "disconnected" in refused(hub)
    assert len(hub.asked) == 3


def endless(status, sent):
    """An answer without an end; ``sent`` counts its bytes."""

    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Type", "text/plain")
        handler.close_connection = True
        handler.end_headers()
        while sum(sent) < 100_000_000:
            sent.append(handler.wfile.write(b"a word " * 1000))

    return answer


@pytest.mark.parametrize("status", [200, 500])
def test_of_a_huge_answer_only_the_beginning_is_read(hub, status):
    sent = []
    hub.answer = endless(status, sent)
    if status == 200:
        ping(hub)
    else:
        assert len(refused(hub)) < 250
    assert sum(sent) < 20_000_000  # what the sockets' buffers took


@pytest.mark.parametrize("status", [200, 500])
def test_an_answer_that_stops_in_the_middle_is_judged_by_its_status(hub, status):
    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"half")
        handler.wfile.flush()
        hub.hang(handler)

    hub.answer = answer
    if status == 200:
        ping(hub, timeout=0.2)
    else:
        assert refused(hub, timeout=0.2) == "answered 500 half"


def test_pings_share_a_connection(hub):
    ports = []

    def answer(handler):
        ports.append(handler.client_address[1])
        handler.reply(202, b"Accepted")

    hub.answer = answer
    with HubClient(private=True) as client:
        for number in range(3):
            client.ping(hub.url, f"{TOPIC}{number}")
    assert len(set(ports)) == 1


def test_proxies_of_the_environment_are_not_asked(hub, elsewhere, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.2:{elsewhere.port}")
    ping(hub)
    assert (len(hub.asked), elsewhere.asked) == (1, [])
