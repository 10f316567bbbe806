"""Hostile HTTP by raw sockets, at the public listener and at the admin listener of a real server.

Whatever comes: a 4xx, a proper answer or a closed connection, never a 5xx, never a hang; and who
asks next is served. What single malformed requests get is in test_http_server.py; here are those
that mean another thing to a front than to us, those that come in masses, and those that ask for
what is not theirs.
"""
# ruff: noqa: E501 - an attack a line

from __future__ import annotations

import re
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.system.servers import copy_sample_site, serving
from tests.system.test_processes import children
from tests.system.wire import ask

pytestmark = pytest.mark.system

TOKEN = "correct-horse-battery-staple"
GET = b"GET /news/atom.xml HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /news/atom.xml HTTP/1.1\r\nHost: localhost\r\n"
SMUGGLED = b"GET /smuggled-7f3a HTTP/1.1\r\nHost: localhost\r\nX: "
CHUNKED = b"Transfer-Encoding: chunked\r\n"
NOTHING = b"0\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    site = copy_sample_site(tmp_path_factory.mktemp("enemies") / "site")
    with serving(site, FEEDSVC_SERVE_ADMIN_TOKEN=TOKEN) as running_server:
        yield running_server
        assert "Traceback" not in running_server.program.output()


@pytest.fixture(params=["public", "admin"])
def port(request, server):
    return server.port if request.param == "public" else server.admin_port


def say(port: int, data: bytes, patience: float = 10.0) -> bytes:
    """What is answered until the other side closes; a hang fails."""
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
        with suppress(ConnectionError):
            connection.sendall(data)
        received = bytearray()
        with suppress(ConnectionError):
            while some := connection.recv(65536):
                received += some
    return bytes(received)


def say_half(port: int, data: bytes) -> bytes:
    """What is answered to what may not be whole: the server may wait for the rest, we do not."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        with suppress(ConnectionError):
            connection.sendall(data)
        connection.settimeout(0.7)
        received = bytearray()
        with suppress(ConnectionError, TimeoutError):
            while some := connection.recv(65536):
                received += some
    return bytes(received)


def statuses(received: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"(?m)^HTTP/1\.[01] ([0-9]{3})", received)]


def assert_well(port: int) -> None:
    """The next client is served."""
    assert ask(f"http://127.0.0.1:{port}/healthz").status == 200


# fmt: off
SMUGGLING = {
    "9112-6.1-cl-te": POST + b"Content-Length: 6\r\n" + CHUNKED + b"\r\n" + NOTHING + b"G",
    "9112-6.1-te-cl": POST + CHUNKED + b"Content-Length: 4\r\n\r\n" + NOTHING,
    "9112-6.1-te-te": POST + CHUNKED + b"Transfer-Encoding: identity\r\n\r\n" + NOTHING,
    "9112-6.1-te-unknown-last": POST + b"Transfer-Encoding: chunked, x\r\n\r\n" + NOTHING,
    "9112-6.1-te-twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + NOTHING,
    "9112-6.1-te-x": POST + b"Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n\r\n" + NOTHING,
    "9112-6.1-te-tab": POST + b"Content-Length: 5\r\nTransfer-Encoding:\tchunked\r\n\r\n" + NOTHING,
    "9112-6.1-te-vt": POST
    + b"Content-Length: 5\r\nTransfer-Encoding: \x0bchunked\r\n\r\n"
    + NOTHING,
    "9112-5.1-te-space": POST
    + b"Content-Length: 5\r\nTransfer-Encoding : chunked\r\n\r\n"
    + NOTHING,
    "9112-5-te-after-lf": POST
    + b"X: y\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
    + NOTHING,
    "9112-5.2-te-folded": POST
    + b"Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n\r\n"
    + NOTHING,
    "9112-6.1-te-in-1.0": POST.replace(b"1.1", b"1.0")
    + CHUNKED
    + b"Content-Length: 5\r\n\r\n"
    + NOTHING,
    "9112-6.2-lengths-differ": POST + b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "9112-6.2-length-plus": POST + b"Content-Length: +5\r\n\r\n" + NOTHING,
    "9112-6.2-length-hex": POST + b"Content-Length: 0x5\r\n\r\n" + NOTHING,
    "9112-6.2-length-space": POST + b"Content-Length: 5 5\r\n\r\n" + NOTHING,
    "9112-6.2-length-underscore": POST
    + b"Content_Length: 0\r\nContent-Length: 5\r\n\r\n"
    + NOTHING,
    "9112-7.1-chunk-size-overflow": POST + CHUNKED + b"\r\n10000000000000000\r\n",
    "9112-7.1-chunk-size-negative": POST + CHUNKED + b"\r\n-1\r\n",
    "9112-7.1-chunk-size-0x": POST + CHUNKED + b"\r\n0x0\r\n\r\n",
    "9112-7.1.1-chunk-extension": POST + CHUNKED + b"\r\n0;" + b"x" * 100_000 + b"\r\n\r\n",
    "9112-7.1.2-trailers": POST + CHUNKED + b"\r\n0\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
    "9112-7.1-chunk-bare-lf": POST + CHUNKED + b"\r\n0\n\n",
    "9113-3.4-http-2-preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
     b"\x00\x00\x00\x04"
    + b"\x00" * 5,
    "9112-2.2-bare-cr": GET.replace(b"\r\nHost", b"\rHost") + b"\r\n",
    "9112-3.2-two-hosts": GET + b"Host: evil.example\r\n\r\n",
    "9112-3.2-folded-host": b"GET / HTTP/1.1\r\nHost:\r\n localhost\r\n\r\n",
    "9112-3.2.3-connect": b"CONNECT 169.254.169.254:80 HTTP/1.1\r\nHost: 169.254.169.254:80\r\n\r\n",
    "9112-c.1.1-http-0.9": b"GET /news/atom.xml\r\n\r\n",
    "9112-3-line-of-1-mb": b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "6585-5-fields-of-1-mb": GET + b"X: " + b"a" * (1 << 20) + b"\r\n\r\n",
    "6585-5-5000-fields": GET + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n",
}
# fmt: on


#: Refused as well, but everybody agrees where they end: what follows is a request of its own.
CLEAR_ENDS = {
    "9112-3.2-two-hosts",
    "9112-3.2.3-connect",
    "9112-6.1-te-twice",
    "9112-6.2-length-underscore",
}


@pytest.mark.parametrize(("name", "data"), SMUGGLING.items(), ids=SMUGGLING)
def test_what_a_front_may_read_otherwise_is_refused_or_ends_the_connection(port, name, data):
    """A second request hidden behind the first is never answered as one of its own."""
    received = say_half(port, data + SMUGGLED + b"y\r\nConnection: close\r\n\r\n")
    found = statuses(received)
    assert all(100 <= status < 500 for status in found), received[:300]
    assert b"Traceback" not in received
    # Ambiguous framing gets one answer at most: the connection ends with it.
    assert len([status for status in found if status != 100]) <= 1 + (name in CLEAR_ENDS), received
    assert_well(port)


def test_a_body_of_100_mb_that_is_announced_and_never_sent_keeps_nobody_waiting(port):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(POST + b"Content-Length: 104857600\r\n\r\nabc")
        assert_well(port)


def test_a_body_that_nobody_wants_is_not_kept(port):
    body = b"x" * (4 << 20)
    received = say(
        port, POST + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )
    assert all(status < 500 for status in statuses(received))
    assert_well(port)


def test_9112_9_3_2_a_thousand_pipelined_requests_are_answered_in_order(server):
    one = b"HEAD /news/atom.xml HTTP/1.1\r\nHost: localhost\r\n\r\n"
    other = b"HEAD /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"HEAD /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    received = say(server.port, (one + other) * 500 + last, patience=30)
    assert statuses(received) == [200, 404] * 500 + [200]


SECRETS = (b"root:", b"base_url", b"SQLite format", b"[project]", b"import os")
TRAVERSALS = [
    "/../../../../etc/passwd",
    "/news/../../config/site.yaml",
    "/%2e%2e/%2e%2e/config/site.yaml",
    "/..%2f..%2fconfig%2fsite.yaml",
    "/%2e%2e%2f%2e%2e%2fvar%2ffeedsvc.db",
    "/%252e%252e/config/site.yaml",
    "/..%5c..%5cconfig%5csite.yaml",
    "/..\\..\\config\\site.yaml",
    "/%c0%ae%c0%ae/config/site.yaml",
    "/%e0%80%ae%e0%80%ae/config/site.yaml",
    "/..;/config/site.yaml",
    "/.%00./config/site.yaml",
    "/config/site.yaml%00.xml",
    "/config/site.yaml",
    "/var/feedsvc.db",
    "//etc/passwd",
    "/file:///etc/passwd",
    "/assets/../../../config/site.yaml",
    "/assets/%2e%2e/%2e%2e/pyproject.toml",
    "/assets/..%2f..%2fweb%2fadmin.py",
    "/news/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/feeds/news/2026.yaml",
    "/.git/config",
    "/.env",
    "/@fs/etc/passwd",
    "/static/../config/site.yaml",
    "/~root/.ssh/id_rsa",
]


@pytest.mark.parametrize("target", TRAVERSALS)
def test_3986_5_2_4_no_path_leads_to_a_file(port, target):
    request = f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n".encode("latin-1")
    received = say(port, request + f"Authorization: Bearer {TOKEN}\r\n\r\n".encode())
    assert statuses(received)[0] in {400, 404}
    assert not any(secret in received for secret in SECRETS)


ADMINS = ["/metrics", "/preview/", "/preview/!preview/state", "/!preview/bar.js", "/!preview/state"]
ADMINS += [
    "/status",
    "/admin",
    "/@now/",
    "/preview",
    "/debug",
    "/console",
    "/?at=now",
    "/healthz/x",
]
DISGUISES = [
    "{0}",
    "/{0}",
    "/./{0}",
    "/x/..{0}",
    "/news/..{0}",
    "{0}/",
    "{0}%20",
    "{0}%00",
    "{0}?token=x",
    "{0};x",
    "/%2e{0}",
]


@pytest.mark.parametrize("path", ADMINS)
def test_the_public_listener_shows_nothing_of_the_admin_s(server, path):
    host = f"Host: 127.0.0.1:{server.admin_port}\r\nConnection: close\r\n"
    fields = f"{host}Authorization: Bearer {TOKEN}\r\nX-Forwarded-For: 127.0.0.1\r\n\r\n"
    whole = f"http://127.0.0.1:{server.admin_port}{path}"
    for target in (*(disguise.format(path) for disguise in DISGUISES), whole):
        received = say(server.port, f"GET {target} HTTP/1.1\r\n{fields}".encode())
        if path == "/?at=now":  # the home page, whatever the query
            assert statuses(received)[0] in {200, 400, 404}
        else:
            assert statuses(received) == [404], target
        for sign in (b"feedsvc_", b"All is well", b"preview-name", b"needs a person", b"token"):
            assert sign not in received, target


# --- the admin listener, from outside ---


def test_the_admin_listener_is_the_gate_s(server):
    base = f"http://127.0.0.1:{server.admin_port}"
    mine = {"Authorization": f"Bearer {TOKEN}"}
    for path in ("/", "/metrics", "/preview/", "/preview/news/", "/nothing", "//metrics"):
        assert ask(base + path).status == 401
        assert ask(base + path, headers={"Authorization": "Bearer wrong"}).status == 401
        assert ask(base + path, headers=mine | {"Host": "evil.example"}).status == 421
        cross = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
        assert ask(base + path, headers=mine | cross).status == 403
    for path in ("/", "/metrics", "/preview/"):
        answer = ask(base + path, headers=mine)
        assert answer.status == 200
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in ask(base, headers=mine).headers["content-security-policy"]


def test_100_clients_that_are_slow_keep_no_admin_waiting(server):
    """Neither in asking nor in sending what nobody wants, with a token or without one."""
    beginnings = (
        b"GET /met",
        b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n"
        + f"Authorization: Bearer {TOKEN}\r\n\r\nabc".encode(),
    )
    mine = {"Authorization": f"Bearer {TOKEN}"}
    with ExitStack() as stack:
        for number in range(100):
            at = ("127.0.0.1", server.admin_port)
            connection = stack.enter_context(socket.create_connection(at, timeout=10))
            connection.sendall(beginnings[number % len(beginnings)])
        for path in ("/healthz", "/metrics", "/"):
            began = time.monotonic()
            assert ask(f"http://127.0.0.1:{server.admin_port}{path}", headers=mine).status == 200
            assert time.monotonic() - began < 2


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_nothing_of_the_admin_s_can_be_changed_over_http(server, method):
    fields = {"Authorization": f"Bearer {TOKEN}"}
    for path in ("/", "/metrics", "/preview/", "/preview/!preview/state"):
        answer = ask(f"http://127.0.0.1:{server.admin_port}{path}", method, fields)
        assert answer.status == 405


def test_the_token_is_in_no_command_line_and_in_no_environment_but_the_supervisor_s(server):
    below = children(server.program.process.pid)
    assert len(below) >= 4
    for pid, command in below.items():
        assert TOKEN not in command
        with suppress(FileNotFoundError):
            assert TOKEN.encode() not in Path(f"/proc/{pid}/environ").read_bytes()
