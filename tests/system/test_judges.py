"""HTTP as judges see it that others wrote: no bad note and no warning, on whatever is answered."""

from __future__ import annotations

import sys
from contextlib import closing

import pytest

from feedsvc.store import Store
from tests.system import judges
from tests.system.judges import ALLOWED, LONG, complaints, objections
from tests.system.raw import Exchange, exchange
from tests.system.servers import answers, copy_sample_site, free_port, running, serving, wait_for

pytestmark = pytest.mark.system

FEEDS = ("/news/rss.xml", "/news/atom.xml")
#: As an admin writes what somebody's old software called its pages.
OLD_PATHS = ("/früher", "/2019/a,b(c):d@e=100%.html")
CODINGS = {
    "unasked": (),
    "identity": (("Accept-Encoding", "identity"),),
    "gzip": (("Accept-Encoding", "gzip"),),
    "br": (("Accept-Encoding", "br"),),
    "browser": (("Accept-Encoding", "gzip, deflate, br, zstd"),),
}


def shape(config: dict) -> None:
    """Every kind of document: archives, hubs, old addresses of all sorts."""
    config["feeds"]["entries"] = 8
    config["hubs"] = ["http://127.0.0.1:9/"]
    for path in OLD_PATHS:
        config["redirects"][path] = "/news/shad-count-2026"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    site = copy_sample_site(tmp_path_factory.mktemp("judged") / "site")
    site.configure(shape)
    with serving(site) as running_server:
        yield running_server


@pytest.fixture(scope="module")
def paths(server):
    """Every path that has a document, with its status."""
    with closing(Store(f"sqlite:///{server.site.root}/var/feedsvc.db")) as store:
        current = store.current()
        found = {path: store.document(path, current.id).status for path in store.paths()}
    # No URL leads to the page for unknown paths, nor to what stands for all that a section had.
    public = {path: status for path, status in found.items() if path[-1] != "*" and "!" not in path}
    assert {200, 301, 410} == set(public.values())
    assert any("/archive/1/" in path for path in public)
    return public


@pytest.fixture(scope="module")
def documents(paths):
    """The paths that are answered with 200."""
    return [path for path, status in paths.items() if status == 200]


def every(server, paths, method="GET", fields=()) -> list[Exchange]:
    return [exchange(server.port, path, method, fields) for path in paths]


@pytest.mark.parametrize("fields", CODINGS.values(), ids=CODINGS)
def test_every_document_in_every_coding__9110_8(server, paths, fields):
    found = every(server, paths, fields=fields)
    assert [each.status for each in found] == list(paths.values())
    assert objections(found) == []


@pytest.mark.parametrize("coding", ["unasked", "br"])
def test_the_head_of_every_document__9110_9_3_2(server, paths, coding):
    found = every(server, paths, "HEAD", CODINGS[coding])
    assert not any(each.content for each in found)
    assert objections(found) == []


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
@pytest.mark.parametrize(
    ("validator", "condition"),
    [("etag", "If-None-Match"), ("last-modified", "If-Modified-Since")],
    ids=["etag", "date"],
)
def test_every_304__9110_15_4_5(server, documents, validator, condition, coding):
    def ask(path: str) -> Exchange:
        fields = (("Accept-Encoding", coding),)
        held = exchange(server.port, path, fields=fields)[validator]
        return exchange(server.port, path, fields=(*fields, (condition, held)))

    found = [ask(path) for path in documents]
    assert {each.status for each in found} == {304}
    assert objections(found) == []


def test_every_405__9110_15_5_6(server, paths):
    some = [*list(paths)[::10], "/nothing", "/healthz"]
    methods = ("POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW")
    found = [each for method in methods for each in every(server, some, method)]
    assert {each.status for each in found} == {405}
    assert objections(found) == []


def test_options__9110_9_3_7(server, paths):
    found = [*every(server, ("*", "/nothing", "/healthz", *paths), "OPTIONS")]
    assert {each.status for each in found} == {204}
    assert objections(found) == []


def test_what_a_browser_asks_before_a_script_may__fetch_4_8(server, paths):
    fields = (
        ("Origin", "https://reader.example"),
        ("Access-Control-Request-Method", "GET"),
        ("Access-Control-Request-Headers", "a-im,if-none-match"),
    )
    found = every(server, paths, "OPTIONS", fields)
    assert objections(found) == []
    for each in found:
        assert each["access-control-allow-origin"] == "*"
        assert "a-im" in each["access-control-allow-headers"].lower()


def test_what_a_script_of_another_site_gets__fetch_3_2(server, paths):
    assert objections(every(server, paths, fields=(("Origin", "https://reader.example"),))) == []


REFUSED = {
    "9110-15.5.5-404-line": (404, "/nothing", ()),
    "9110-15.5.5-404-page": (404, "/nothing", (("Accept", "text/html"),)),
    "9110-15.5.5-404-page-in-gzip": (
        404,
        "/nothing",
        (("Accept", "text/html,*/*"), ("Accept-Encoding", "gzip")),
    ),
    "9110-15.4.2-301-without-slash": (301, "/news", ()),
    "9110-15.4.2-301-of-a-section": (301, "/press-releases/some-thing", ()),
    "3986-2.5-301-of-what-is-not-ascii": (301, "/fr%C3%BCher", ()),
    "3986-2.2-301-of-reserved-characters": (301, "/2019/a,b(c):d@e=100%25.html", ()),
    "3986-6.2.2.2-301-of-the-same-escaped": (301, "/2019/a%2Cb%28c%29%3Ad%40e%3D100%25.html", ()),
    "9110-15.5.11-410-below-a-section": (410, "/tenders/some-thing", ()),
    "9110-15.5.7-406": (406, "/news/atom.xml", (("Accept-Encoding", "*;q=0"),)),
    "9110-15.5.13-412-etag": (412, "/news/atom.xml", (("If-Match", '"x"'),)),
    "9110-15.5.13-412-date": (
        412,
        "/news/atom.xml",
        (("If-Unmodified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"),),
    ),
    "9110-15.5.15-414": (414, LONG, ()),
    "9110-15.5.1-400": (400, "/news/", (("Host", "two words"),)),
    "probe-healthz": (200, "/healthz", ()),
    "probe-readyz": (200, "/readyz", ()),
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("status", "path", "fields"), REFUSED.values(), ids=REFUSED)
def test_answers_without_a_document(server, status, path, fields, method):
    found = exchange(server.port, path, method, fields)
    assert found.status == status
    assert objections([found]) == []


def test_a_range_is_answered_in_full__9110_14_2(server, documents):
    found = every(server, documents, fields=(("Range", "bytes=0-9"),))
    assert {each.status for each in found} == {200}
    assert objections(found) == []


def test_a_long_address_is_heard__9110_4_1(server):
    """RECOMMENDED: at least 8,000 octets."""
    found = exchange(server.port, "/" + "a" * 7999)
    assert found.status == 404
    assert objections([found]) == []


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
def test_every_226__3229_10_4(server, coding):
    """A new entry, asked for by somebody who holds the feed as it was."""
    fields = (("Accept-Encoding", coding),)
    held = {path: exchange(server.port, path, fields=fields)["etag"] for path in FEEDS}
    text = f"id: new-{coding}\npublished: 2026-11-01 12:00\ntitle: New\nlead: In {coding}.\n"
    server.site.write(f"news/new-{coding}.yaml", text)

    def deltas() -> list[Exchange] | None:
        found = [
            exchange(server.port, path, fields=(*fields, ("If-None-Match", etag), ("A-IM", "feed")))
            for path, etag in held.items()
        ]
        return found if all(each.status == 226 for each in found) else None

    found = wait_for("deltas", deltas)
    assert objections(found) == []


def test_503_before_the_first_snapshot__9110_15_6_4(tmp_path):
    port, url = free_port(), f"sqlite:///{tmp_path}/store.db"
    with closing(Store(url)) as store:
        store.create()
    command = [sys.executable, "-m", "feedsvc.web.server", "public", "127.0.0.1", str(port), "1"]
    with running(command, tmp_path / "log", FEEDSVC_STORE=url) as program:
        program.wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"))
        found = [
            exchange(port, path, method)
            for path in ("/", "/news/atom.xml", "/readyz", "/nothing")
            for method in ("GET", "HEAD")
        ]
    assert {each.status for each in found} == {503}
    assert objections(found) == []


def test_redbot_on_every_document(server, paths, documents):
    """It asks again by itself: for gzip, with either validator, for a range if there are any."""
    verdicts = judges.redbot([server.url + path for path in (*paths, "/nothing", "/news")])
    assert [one for verdict in verdicts for one in verdict.objections] == []
    assert [verdict.url for verdict in verdicts if verdict.failed] == []
    heard = [verdict for verdict in verdicts if verdict.status == 200]
    assert len(heard) == len(documents)
    assert all(verdict.if_none_match and verdict.if_modified_since for verdict in heard)
    # What is too small to be worth coding is sent as it is.
    assert [v.url for v in heard if not v.gzip] == [server.url + "/robots.txt"]
    assert not any(verdict.ranges for verdict in heard)


@pytest.mark.parametrize("allowance", ALLOWED, ids=lambda one: one.note)
def test_every_allowance_is_needed(server, allowance):
    found = exchange(server.port, allowance.example, fields=allowance.fields)
    notes = [one.note for one in complaints(found)]
    assert allowance.note in notes


def test_the_judge_does_object():
    """What goes wrong in practice, all at once."""
    received = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 99\r\nETag: abc\r\n"
        b"Last-Modified: yesterday\r\nCache-Control: max-age=x\r\n\r\n<p>Hello"
    )
    asked = ((b"Host", b"localhost"), (b"User-Agent", b"x"))
    found = [one.note for one in complaints(Exchange("GET", "/", asked, received))]
    assert {"CL_INCORRECT", "BAD_DATE_SYNTAX"} <= set(found)
    assert len(found) >= 4
