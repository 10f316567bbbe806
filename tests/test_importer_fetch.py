"""Fetching from others: within limits, and from nowhere that only we can reach."""

import gzip
import time
from contextlib import contextmanager

import pytest

from feedsvc.errors import ImportProblem
from feedsvc.source.fetch import Fetcher, Limits
from tests.loopback import Handler, Server, answering


class _Handler(Handler):
    def do_GET(self):  # noqa: N802 - so it is called
        self.server.asked.append((self.path, dict(self.headers)))
        self.server.answer(self)

    def reply(self, status=200, body=b"words", **headers):
        super().reply(status, body, **headers)


@contextmanager
def serving(answer=_Handler.reply):
    server = Server(("127.0.0.1", 0), _Handler)
    server.answer, server.asked = answer, []
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    with answering(server):
        yield server


def get(url, **facts):
    with Fetcher(**({"private": True} | facts)) as fetcher:
        return fetcher.get(url)


def refused(url, **facts):
    with pytest.raises(ImportProblem) as raised:
        get(url, **facts)
    return str(raised.value)


def test_a_document():
    with serving() as server:
        found = get(f"{server.url}/feed?x=1")
        assert (found.data, found.url) == (b"words", f"{server.url}/feed?x=1")
        path, headers = server.asked[0]
        assert path == "/feed?x=1"
        assert headers["Host"] == server.url.removeprefix("http://")
        assert headers["User-Agent"].startswith("feedsvc/")


def test_none():
    with serving(lambda handler: handler.reply(404)) as server:
        with Fetcher(private=True) as fetcher:
            assert fetcher.find(f"{server.url}/x") is None
        assert refused(f"{server.url}/x") == f"{server.url}/x: nothing is there (404)"


def test_an_error():
    with serving(lambda handler: handler.reply(500)) as server:
        assert refused(server.url) == f"{server.url}: the answer is 500"


def test_redirects_are_followed_to_the_address_that_counts():
    def answer(handler):
        if handler.path == "/old":
            handler.reply(301, Location="/new")
        else:
            handler.reply()

    with serving(answer) as server:
        assert get(f"{server.url}/old").url == f"{server.url}/new"


def test_redirects_end():
    with serving(lambda handler: handler.reply(302, Location="/again")) as server:
        assert "redirects more than 5 times" in refused(server.url)
        assert len(server.asked) == 6


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "http://[::1]/", "http://192.168.0.1/", "http://169.254.1.1/"]
)
def test_private_addresses_are_refused(url):
    said = refused(url, private=False)
    assert "not a public address; if you mean it, add --allow-private" in said


def test_a_redirect_to_a_private_address_is_refused():
    with (
        serving() as inner,
        serving(lambda handler: handler.reply(302, Location=inner.url)) as outer,
    ):
        port = outer.server_address[1]
        said = refused(
            f"http://public.example:{port}/",
            private=False,
            resolve=lambda host, _: ["127.0.0.1"] if host == "public.example" else [host],
            public=lambda address: len(outer.asked) == 0 and address == "127.0.0.1",
        )
        assert said.startswith("127.0.0.1 is 127.0.0.1: not a public address")
        assert inner.asked == []


def test_a_name_is_looked_up_once__dns_rebinding():
    looked = []

    def resolve(host, port):
        looked.append(host)
        return ["127.0.0.1"] if len(looked) == 1 else ["10.0.0.1"]

    with serving() as server:
        port = server.server_address[1]
        assert get(f"http://name.example:{port}/", resolve=resolve).data == b"words"
        assert server.asked[0][1]["Host"] == f"name.example:{port}"
        assert looked == ["name.example"]


def test_another_address_is_tried_where_one_lets_nobody_in():
    with serving() as server:
        port = server.server_address[1]
        url = f"http://name.example:{port}/"
        assert get(url, resolve=lambda *_: ["127.0.0.9", "127.0.0.1"]).data == b"words"


@pytest.mark.parametrize("url", ["ftp://x.example/", "file:///etc/passwd", "http://"])
def test_other_schemes(url):
    assert "no http or https address" in refused(url)


def test_a_name_without_an_address():
    def resolve(*_):
        raise OSError("unknown name")

    assert refused("http://x.invalid/", resolve=resolve) == "x.invalid has no address: unknown name"


def test_nobody_listens():
    with serving() as server:
        url = server.url
    assert refused(url).startswith(f"{url}: ")


def test_a_document_that_is_too_large_also_when_it_comes_packed():
    limits = Limits(size=1000)
    with serving(lambda handler: handler.reply(body=b"x" * 1001)) as server:
        assert refused(server.url, limits=limits) == f"{server.url}: more than 1000 bytes"
    packed = gzip.compress(b"x" * 100_000)
    with serving(lambda h: h.reply(body=packed, Content_Encoding="gzip")) as server:
        assert refused(server.url, limits=limits) == f"{server.url}: more than 1000 bytes"


def test_no_answer():
    limits = Limits(silence=0.1)
    with serving(lambda _: time.sleep(0.6)) as server:
        assert refused(server.url, limits=limits) == f"{server.url}: no answer in time"
