"""The public listener as it runs: granian on a port, spoken to by raw sockets.

Whatever is sent, it is answered with a 4xx, a proper answer or a closed connection: never a 5xx,
never a hang.
"""

from __future__ import annotations

import re
import socket
import sys
import time
from contextlib import ExitStack, suppress

import pytest

from tests.system.servers import answers, free_port, running, wait_for
from tests.system.wire import ask
from tests.web_samples import ENTRIES, SITE, feed, page, publish, sample_store

pytestmark = pytest.mark.system

FEED = next(document for document in SITE if document.path == "/news/atom.xml")
HOST = b"Host: localhost\r\n"
CLOSE = b"Connection: close\r\n"
GET = b"GET /news/atom.xml HTTP/1.1\r\n"
POST = b"POST /news/atom.xml HTTP/1.1\r\n"
PATIENCE = 5.0


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    made = sample_store(tmp_path_factory.mktemp("server") / "store.db")
    publish(made, page("/big", "0123456789" * 200_000))
    yield made
    made.close()


@pytest.fixture(scope="module")
def port(store, tmp_path_factory):
    """The port of a public listener with one worker."""
    number, folder = free_port(), tmp_path_factory.mktemp("log")
    command = [sys.executable, "-m", "feedsvc.web.server", "public", "127.0.0.1", str(number), "1"]
    url, metrics = str(store._engine.url), folder / "metrics"
    metrics.mkdir()
    env = {"FEEDSVC_STORE": url, "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    with running(command, folder / "log", **env) as program:
        program.wait_until(lambda: answers(f"http://127.0.0.1:{number}/readyz"))
        yield number
    assert "Traceback" not in program.output()


def connect(port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    connection.settimeout(PATIENCE)
    return connection


def say(port, data):
    """Send bytes, and read until the other side closes; a hang is a timeout, and fails."""
    with connect(port) as connection:
        with suppress(ConnectionError):
            connection.sendall(data)
        received = bytearray()
        with suppress(ConnectionError):
            while some := connection.recv(65536):
                received += some
    return bytes(received)


def statuses(received):
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] ([0-9]{3})", received)]


MALFORMED = {
    "9112-3-garbage": b"\x00\x01\x02 garbage \xff\r\n\r\n",
    "9112-3-empty-method": b" /news/atom.xml HTTP/1.1\r\n" + HOST + b"\r\n",
    "9112-3-two-spaces": b"GET  /news/atom.xml HTTP/1.1\r\n" + HOST + b"\r\n",
    "9112-3-no-version": b"GET /news/atom.xml\r\n\r\n",
    "9112-2.3-bad-version": b"GET /news/atom.xml HTTP/9.9\r\n" + HOST + b"\r\n",
    "9112-2.3-lower-case-version": b"GET /news/atom.xml http/1.1\r\n" + HOST + b"\r\n",
    "9112-2.3-http-2": b"GET /news/atom.xml HTTP/2.0\r\n" + HOST + b"\r\n",
    "9112-c.1.1-http-0.9": b"GET /news/atom.xml\r\n",
    "9112-3.2-no-host": GET + CLOSE + b"\r\n",
    "9112-3.2-two-hosts": GET + HOST + b"Host: other\r\n" + CLOSE + b"\r\n",
    "9112-3.2-bad-host": GET + b"Host: two words/<x>\r\n" + CLOSE + b"\r\n",
    "9112-3.2-nul-in-target": b"GET /news/\x00 HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "9112-3.2-space-in-target": b"GET /news/a b HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "9112-3.2-target-without-slash": b"GET news HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "9112-3.2.3-connect": b"CONNECT example.org:443 HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "9110-15.5.15-long-target": b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "9110-15.5.15-rather-long": b"GET /" + b"a" * 4000 + b" HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "9112-5-nul-in-field": GET + HOST + b"X: a\x00b\r\n" + CLOSE + b"\r\n",
    "9112-5.1-space-before-colon": GET + HOST + b"X : a\r\n" + CLOSE + b"\r\n",
    "9112-5-no-colon": GET + HOST + b"nonsense\r\n" + CLOSE + b"\r\n",
    "9112-5-bad-name": GET + HOST + b"X(y): a\r\n" + CLOSE + b"\r\n",
    "9112-5.2-obs-fold": GET + HOST + b"X: a\r\n b\r\n" + CLOSE + b"\r\n",
    "6585-5-many-fields": GET + HOST + b"".join(b"X-%d: a\r\n" % n for n in range(500)) + b"\r\n",
    "6585-5-long-field": GET + HOST + b"X: " + b"a" * 600_000 + b"\r\n\r\n",
    "6585-5-endless-field-name": GET + HOST + b"x" * 600_000,
    "9112-6.2-two-lengths": POST + HOST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "9112-6.2-list-of-lengths": POST + HOST + b"Content-Length: 3, 4\r\n\r\nabcd",
    "9112-6.2-negative-length": POST + HOST + b"Content-Length: -1\r\n\r\n",
    "9112-6.2-no-number": POST + HOST + b"Content-Length: x\r\n\r\n",
    "9112-6.2-huge-length": POST + HOST + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n",
    "9112-6.3-length-and-chunked": POST
    + HOST
    + CLOSE
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "9112-6.1-unknown-coding": POST + HOST + CLOSE + b"Transfer-Encoding: x\r\n\r\n0\r\n\r\n",
    "9112-7.1-bad-chunk": POST + HOST + CLOSE + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "9112-7.1-huge-chunk": POST
    + HOST
    + CLOSE
    + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    "9110-9.1-unknown-method": b"BREW /news/atom.xml HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "9110-9.1-lower-case-method": b"get /news/atom.xml HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "9110-9.3.8-trace": b"TRACE /news/atom.xml HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "3986-2.1-nul": b"GET /%00 HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "3986-2.1-bad-percent": b"GET /%zz%2 HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "3986-2.1-no-utf-8": b"GET /%ff%fe HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "3986-3.3-dots": b"GET /../../etc/passwd HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "smuggled-newline": b"GET /%0d%0aX:%20y HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n",
    "tls-hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED)
def test_malformed_requests(port, data):
    received = say(port, data)
    assert all(400 <= status < 500 for status in statuses(received)), received[:300]
    assert not received or statuses(received)
    assert b"Traceback" not in received
    assert ask(f"http://127.0.0.1:{port}/news/atom.xml").status == 200


ODD_BUT_VALID = {
    "9112-3.2.2-absolute-form": b"GET http://evil.example/news/atom.xml HTTP/1.1\r\n" + HOST,
    "9112-2.2-empty-line-before": b"\r\n" + GET + HOST,
    "9112-c.1-http-1.0": b"GET /news/atom.xml HTTP/1.0\r\n",
    "9110-9.3.1-get-with-content": GET + HOST + b"Content-Length: 3\r\n",
    "9110-14.2-range": GET + HOST + b"Range: bytes=0-9\r\n",
    "9110-7.8-upgrade": GET + HOST + b"Upgrade: h2c, websocket\r\n",
    "9110-5.5-obs-text": GET + HOST + b'If-None-Match: "\xe9"\r\nAccept-Encoding: \xff\r\n',
    "9110-5.3-repeated-fields": GET + HOST + b'If-None-Match: "a"\r\nIf-None-Match: "b"\r\n',
    "query-of-anything": b"GET /news/atom.xml?%00&a=%zz&&=;#x HTTP/1.1\r\n" + HOST,
}


@pytest.mark.parametrize("start", ODD_BUT_VALID.values(), ids=ODD_BUT_VALID)
def test_odd_requests_that_are_answered(port, start):
    content = b"abc" if b"Content-Length" in start else b""
    received = say(port, start + CLOSE + b"\r\n" + content)
    assert statuses(received) == [200]
    assert received.endswith(FEED.body)
    assert b"evil" not in received


def test_9110_9_3_7_options_of_the_server(port):
    received = say(port, b"OPTIONS * HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n")
    assert statuses(received) == [204]


def test_9112_9_3_2_pipelined_requests_are_answered_in_order(port):
    one = b"GET /assets/site.css HTTP/1.1\r\n" + HOST + b"\r\n"
    two = b"HEAD /news/atom.xml HTTP/1.1\r\n" + HOST + b"\r\n"
    three = b"GET /nothing HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"
    assert statuses(say(port, one + two + one + three)) == [200, 200, 200, 404]


def test_9112_6_3_messages_are_framed(port):
    """Content-Length where it must be, and never beside Transfer-Encoding, 204 or 304."""
    for start, status, length in (
        (GET, 200, len(FEED.body)),
        (b"HEAD /news/atom.xml HTTP/1.1\r\n", 200, len(FEED.body)),
        (GET + b"If-None-Match: *\r\n", 304, None),
        (b"OPTIONS / HTTP/1.1\r\n", 204, None),
        (b"GET /nothing HTTP/1.1\r\n", 404, 34),
        (b"HEAD /nothing HTTP/1.1\r\n", 404, 34),
    ):
        received = say(port, start + HOST + CLOSE + b"\r\n")
        head, _, content = received.partition(b"\r\n\r\n")
        assert statuses(head) == [status]
        stated = re.findall(rb"(?i)\r\ncontent-length: ([0-9]+)", head)
        assert stated == ([] if length is None else [b"%d" % length])
        assert b"transfer-encoding" not in head.lower()
        assert len(content) == (0 if start.startswith(b"HEAD") else length or 0)


def test_9110_6_6_1_every_answer_has_a_date(port):
    for path in ("/news/atom.xml", "/nothing", "/retired", "/healthz"):
        answer = ask(f"http://127.0.0.1:{port}{path}")
        assert re.fullmatch(
            r"\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT", answer.headers["date"]
        )


def test_a_new_snapshot_is_served_at_once(port, store):
    before = ask(f"http://127.0.0.1:{port}/news/").headers["etag"]
    publish(store, page("/news/", "Something else. " * 30))
    url = f"http://127.0.0.1:{port}/news/"
    wait_for("the new page", lambda: ask(url).headers["etag"] != before, patience=2.0)
    assert ask(url, headers={"If-None-Match": before}).status == 200


def normal_requests(port, times=20):
    """The slowest of some ordinary requests, in seconds."""
    slowest = 0.0
    for _ in range(times):
        start = time.perf_counter()
        assert ask(f"http://127.0.0.1:{port}/news/atom.xml").status == 200
        slowest = max(slowest, time.perf_counter() - start)
    return slowest


def test_100_clients_that_are_slow_to_ask_delay_nobody(port):
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(port)) for _ in range(100)]
        for step in (b"GET /ne", b"ws/atom.xml HT", b"TP/1.1\r\nHost: lo"):
            for connection in slow:
                connection.sendall(step)
            assert normal_requests(port) < 0.5
        # They are served in the end.
        for connection in slow:
            connection.sendall(b"calhost\r\n" + CLOSE + b"\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"


def test_100_clients_that_are_slow_to_read_delay_nobody(port):
    with ExitStack() as stack:
        for _ in range(100):
            connection = stack.enter_context(connect(port))
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.sendall(b"GET /big HTTP/1.1\r\n" + HOST + b"\r\n")
            connection.recv(100)
        assert normal_requests(port) < 0.5


def test_100_clients_that_are_slow_to_send_content_delay_nobody(port):
    with ExitStack() as stack:
        for _ in range(100):
            connection = stack.enter_context(connect(port))
            connection.sendall(POST + HOST + b"Content-Length: 1000000\r\n\r\nabc")
        assert normal_requests(port) < 0.5


def test_a_delta_over_the_wire(port, store):
    new = feed({"fresh": "A fresh entry. " * 20} | ENTRIES)
    publish(store, new)
    url = f"http://127.0.0.1:{port}/news/atom.xml"
    wait_for("the new feed", lambda: ask(url).headers["etag"] != f'"{FEED.digest}"', patience=2.0)
    fields = {"A-IM": "feed", "If-None-Match": f'W/"{FEED.digest}.gz"', "Accept-Encoding": "gzip"}
    answer = ask(url, headers=fields)
    assert answer.status == 226
    assert answer.headers["im"] == "feed"
    assert len(answer.body) < 400 < len(new.body)
    # Back to what the other tests expect.
    publish(store, FEED)
    wait_for("the old feed", lambda: ask(url).headers["etag"] == f'"{FEED.digest}"', patience=2.0)
