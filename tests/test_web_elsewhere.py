"""Paths without a document of their own, methods that are not for reading, probes."""

import gzip
from datetime import timedelta

import pytest

from feedsvc.web.public import wsgi
from tests.web_samples import (
    HOUR_LATER,
    HTML,
    NOW,
    POLICY,
    SITE,
    Clock,
    ask,
    call,
    environ,
    moved,
    page,
    publish,
    sample_store,
)

pytest_plugins = "tests.web_fixtures"


def test_301_of_a_moved_page(app):
    answer = ask(app, "/single")
    assert answer.status == "301 Moved Permanently"
    assert answer["Location"] == "https://news.example.org/news/first"
    assert answer["Cache-Control"] == "public, max-age=86400"
    assert answer["ETag"] is None


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/old/atom.xml", "https://news.example.org/news/atom.xml"),
        ("/old/", "https://news.example.org/news/"),
        ("/old/archive/3/rss.xml?x=1", "https://news.example.org/news/archive/3/rss.xml"),
        ("/old/gr%C3%BC%C3%9Fe", "https://news.example.org/news/gr%C3%BC%C3%9Fe"),
        ("/old/a%0dX:y", "https://news.example.org/news/a%0DX%3Ay"),
        ("/old/%2F%2Fevil.example", "https://news.example.org/news///evil.example"),
        ("/old/*", "https://news.example.org/news/%2A"),
    ],
)
def test_301_of_all_that_was_below_a_renamed_section(app, path, location):
    answer = ask(app, path)
    assert (answer.code, answer["Location"]) == (301, location)
    assert answer["Cache-Control"] == "public, max-age=86400"


@pytest.mark.parametrize("path", ["/news", "/news?page=2"])
def test_301_of_a_listing_without_its_slash(app, path):
    answer = ask(app, path)
    assert (answer.code, answer["Location"]) == (301, "/news/")


def test_301_of_a_whole_section_to_one_page(worker, site):
    publish(site, moved("/fixed/*", "https://example.org/one"))
    worker._views.poll()
    assert ask(worker, "/fixed/any/thing")["Location"] == "https://example.org/one"


def test_no_chain_of_redirects(worker, site):
    """A slash is added where that leads to a page, not where it leads on."""
    publish(site, moved("/away/", "https://example.org/"), page("/gone/", status=410))
    worker._views.poll()
    assert [ask(worker, path).code for path in ("/away/", "/away", "/gone")] == [301, 404, 404]


@pytest.mark.parametrize(
    "path", ["/retired", "/retired/", "/retired/atom.xml", "/retired/x/y", "/news/withdrawn"]
)
def test_410_is_for_long(app, path):
    answer = ask(app, path)
    assert answer.status == "410 Gone"
    # Long, but no longer than it is true: stale-* would keep it beyond an embargo's end.
    assert answer["Cache-Control"] == "public, max-age=86400"
    assert answer["Content-Type"] == HTML
    assert answer["ETag"] is None


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/news/atom.xml/",
        "/news/Atom.xml",
        "/NEWS/atom.xml",
        "/news/rss",
        "/news//atom.xml",
        "//news/atom.xml",
        "//evil.example/",
        "//",
        "/news//",
        "/old/%0d%0aX-Injected:%20yes",
        "/news/../news/atom.xml",
        "/news/atom.xml%00",
        "/%00",
        "/%ff%fe",
        "/news/%0d%0aX-Injected:%20yes",
        "/news/atom.xml%2F",
        "/!404",
        "/%21404",
        "/retire",
        "/metrics",
        "/healthz/",
        "/old-not",
        "/news/*",
    ],
)
def test_404_is_brief_and_never_a_redirect(app, path):
    answer = ask(app, path)
    assert answer.status == "404 Not Found"
    assert answer["Cache-Control"] == "public, max-age=30"
    assert answer["Vary"] == "Accept, Accept-Encoding"
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Location"] is None
    assert answer["ETag"] is None


def test_404_is_a_page_for_browsers(app):
    answer = ask(app, "/nothing", Accept="text/html,*/*;q=0.8", Accept_Encoding="gzip")
    assert answer.code == 404
    assert b"Nothing here." in gzip.decompress(answer.content)
    assert answer["Cache-Control"] == "public, max-age=30"
    assert answer["Vary"] == "Accept, Accept-Encoding"
    assert answer[POLICY[0]] == POLICY[1]
    assert ask(app, "/nothing", Accept="text/html", Accept_Encoding="*;q=0").code == 404
    asked = environ(Accept="text/html") | {"PATH_INFO": "//\n"}
    assert call(app, asked).content.startswith(b"<!doctype html>")


def test_404_without_a_page_in_the_store(store, clock):
    publish(store, page())
    app = wsgi(store, clock, interval=None)
    assert ask(app, "/nothing", Accept="text/html")["Content-Type"].startswith("text/plain")


def test_9110_15_5_15_a_path_too_long(app):
    assert ask(app, "/" + "a" * 8000).code == 414
    assert ask(app, "/" + "a" * 7999).code == 404
    assert ask(app, "/news/atom.xml?" + "a" * 5000).code == 200


# --- methods ---


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW", "get"])
@pytest.mark.parametrize("path", ["/news/atom.xml", "/nothing", "/healthz", "/"])
def test_9110_15_5_6_other_methods(app, method, path):
    answer = call(app, environ(path) | {"REQUEST_METHOD": method})
    assert answer.status == "405 Method Not Allowed"
    assert answer["Allow"] == "GET, HEAD, OPTIONS"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/news/atom.xml", "/", "/nothing", "*"])
def test_9110_9_3_7_options(app, path):
    answer = call(app, environ() | {"REQUEST_METHOD": "OPTIONS", "PATH_INFO": path})
    assert answer.status == "204 No Content"
    assert answer.content == b""
    assert answer["Allow"] == "GET, HEAD, OPTIONS"
    assert answer["Content-Length"] is None
    assert answer["Access-Control-Allow-Methods"] is None


@pytest.mark.parametrize("path", ["/news/atom.xml", "/", "/nothing"])
def test_fetch_4_8_a_browser_that_asks_before_a_script_may(app, path):
    fields = {"Origin": "https://reader.example", "Access_Control_Request_Method": "GET"}
    answer = ask(app, path, "OPTIONS", **fields)
    assert answer.status == "204 No Content"
    assert answer["Allow"] == answer["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert answer["Access-Control-Allow-Origin"] == "*"
    asked = {"If-None-Match", "If-Modified-Since", "A-IM"}
    assert asked <= set(answer["Access-Control-Allow-Headers"].split(", "))


# --- under a path, and before anything is there ---


@pytest.fixture(scope="module")
def prefixed(tmp_path_factory):
    store = sample_store(tmp_path_factory.mktemp("prefixed") / "site.db")
    publish(store, base_path="/some/prefix", next_change=NOW + timedelta(days=9))
    yield wsgi(store, Clock(HOUR_LATER), interval=None)
    store.close()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/some/prefix/news/atom.xml", 200),
        ("/some/prefix/", 200),
        ("/some/prefix/nothing", 404),
        ("/some/prefix/old/x", 301),
        ("/some/prefix/healthz", 200),
        ("/some/prefix/readyz", 200),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/some/prefix/healthz/", 404),
        ("/news/atom.xml", 404),
        ("/", 404),
        ("/some/prefixed/healthz", 404),
        ("/some/prefix", 301),
        ("/some/prefix/news", 301),
    ],
)
def test_only_below_base_urls_path(prefixed, path, code):
    assert ask(prefixed, path).code == code


def test_redirects_stay_below_the_path(prefixed):
    assert ask(prefixed, "/some/prefix")["Location"] == "/some/prefix/"
    assert ask(prefixed, "/some/prefix/news")["Location"] == "/some/prefix/news/"


def test_503_before_the_first_snapshot(store, clock):
    app = wsgi(store, clock, interval=None)
    for path in ("/", "/news/atom.xml", "/readyz"):
        answer = ask(app, path)
        assert answer.status == "503 Service Unavailable"
        assert int(answer["Retry-After"]) > 0
        assert answer["Cache-Control"] == "no-store"
    assert ask(app, "/healthz").code == 200
    publish(store, *SITE)
    app._views.poll()
    assert ask(app, "/readyz").content == b"snapshot 1\n"
    assert ask(app, "/news/atom.xml").code == 200


def test_probes_are_not_stored(app):
    assert ask(app, "/healthz")["Cache-Control"] == "no-store"
    assert ask(app, "/healthz").content == b"ok\n"
