"""The public listener on the wire: every kind of document, every error, field by field."""

import gzip
import os
import subprocess
import sys
import threading
import time
from datetime import timedelta

import brotli
import pytest

from feedsvc.snapshot import entity_tag
from feedsvc.store import Store
from feedsvc.web.freshness import http_date
from feedsvc.web.public import wsgi
from tests.web_samples import (
    ATOM,
    ENTRIES,
    HTML,
    NOW,
    POLICY,
    SITE,
    STALE,
    Clock,
    ask,
    call,
    cut_entries,
    environ,
    feed,
    page,
    publish,
    sample_store,
)

NEW = feed({"new": "Something new."} | ENTRIES)
OLD = next(document for document in SITE if document.path == NEW.path)
HOUR_LATER = NOW + timedelta(hours=1)


@pytest.fixture
def store(tmp_path):
    """An empty store."""
    made = Store(f"sqlite:///{tmp_path}/store.db")
    made.create()
    yield made
    made.close()


@pytest.fixture
def clock():
    return Clock(HOUR_LATER)


@pytest.fixture
def site(tmp_path):
    """A store with the sample site in it, to be changed."""
    made = sample_store(tmp_path / "site.db")
    yield made
    made.close()


@pytest.fixture
def worker(site, clock):
    """A worker of that store."""
    return wsgi(site, clock, interval=None)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A worker of the sample site that nobody changes."""
    store = sample_store(tmp_path_factory.mktemp("app") / "site.db")
    yield wsgi(store, Clock(HOUR_LATER), interval=None)
    store.close()


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """The same, after the feed got one more entry."""
    store = sample_store(tmp_path_factory.mktemp("changed") / "site.db")
    publish(store, NEW, at=NOW + timedelta(minutes=10))
    yield wsgi(store, Clock(HOUR_LATER), interval=None)
    store.close()


# --- 200 ---


def test_a_feed_with_every_field(app):
    answer = ask(app)
    assert answer.status == "200 OK"
    assert answer.content == OLD.body
    assert answer.fields == [
        ("Content-Type", ATOM),
        ("Content-Length", str(len(OLD.body))),
        ("ETag", f'"{OLD.digest}"'),
        ("Last-Modified", http_date(NOW)),
        ("Cache-Control", f"public, max-age=300, {STALE}"),
        ("Vary", "Accept-Encoding"),
        ("Link", '<https://news.example.org/news/atom.xml>; rel="self"'),
        ("Content-Language", "en"),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "Delta-Base, ETag, IM, Link, Retry-After"),
        ("X-Content-Type-Options", "nosniff"),
    ]


@pytest.mark.parametrize(
    ("coding", "decode"), [("gzip", gzip.decompress), ("br", brotli.decompress)]
)
def test_9110_8_8_3_each_coding_has_its_own_tag(app, coding, decode):
    answer = ask(app, Accept_Encoding=coding)
    assert decode(answer.content) == OLD.body
    assert answer["Content-Encoding"] == coding
    assert answer["Content-Length"] == str(len(answer.content))
    assert answer["ETag"] == entity_tag(OLD.digest, coding) != ask(app)["ETag"]
    assert answer["Vary"] == "Accept-Encoding"


def test_a_page_has_its_policy(app):
    answer = ask(app, "/news/", Accept_Encoding="gzip")
    assert answer["Content-Type"] == HTML
    assert answer[POLICY[0]] == POLICY[1]


def test_an_asset_is_immutable(app):
    answer = ask(app, "/assets/site.css", Accept_Encoding="gzip")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["Content-Encoding"] is None


def test_a_path_beyond_ascii(app):
    assert ask(app, "/news/gr%C3%BC%C3%9Fe").code == 200


def test_9110_14_2_no_range_support(app):
    answer = ask(app, Range="bytes=0-9", If_Range=f'"{OLD.digest}"')
    assert answer.code == 200
    assert answer.content == OLD.body
    assert answer["Content-Range"] is None


# --- HEAD ---


@pytest.mark.parametrize(
    "path",
    [
        "/news/atom.xml",
        "/",
        "/assets/site.css",
        "/nothing",
        "/retired",
        "/old",
        "/news",
        "/healthz",
    ],
)
@pytest.mark.parametrize("coding", ["", "gzip"])
def test_9110_9_3_2_head_has_the_fields_of_get(app, path, coding):
    got = ask(app, path, Accept_Encoding=coding, Accept="text/html")
    head = ask(app, path, "HEAD", Accept_Encoding=coding, Accept="text/html")
    assert (head.status, head.fields, head.content) == (got.status, got.fields, b"")
    assert got["Content-Length"] == str(len(got.content))


# --- 304 ---


def test_9110_15_4_5_fields_of_a_304(app):
    full = ask(app, Accept_Encoding="gzip")
    answer = ask(app, Accept_Encoding="gzip", If_None_Match=full["ETag"])
    assert answer.status == "304 Not Modified"
    assert answer.content == b""
    assert answer.fields == [
        ("ETag", full["ETag"]),
        ("Cache-Control", full["Cache-Control"]),
        ("Vary", full["Vary"]),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "Delta-Base, ETag, IM, Link, Retry-After"),
        ("X-Content-Type-Options", "nosniff"),
    ]


@pytest.mark.parametrize("path", [d.path for d in SITE if d.status == 200])
@pytest.mark.parametrize("coding", ["", "gzip", "br"])
def test_every_document_is_revalidated_by_either_validator(app, path, coding):
    full = ask(app, path, Accept_Encoding=coding)
    by_tag = ask(app, path, Accept_Encoding=coding, If_None_Match=full["ETag"])
    by_date = ask(app, path, Accept_Encoding=coding, If_Modified_Since=full["Last-Modified"])
    assert by_tag.code == by_date.code == 304
    assert by_tag == by_date


def test_9110_13_1_3_two_changes_in_one_second_differ(worker, site, clock):
    seen = []
    for number in range(3):
        publish(site, page(text=f"{number} " * 200), at=NOW + timedelta(microseconds=number))
        worker._views.poll()
        seen.append(ask(worker, "/news/")["Last-Modified"])
        earlier = [ask(worker, "/news/", If_Modified_Since=date).code for date in seen]
        assert earlier == [200] * number + [304]


def test_a_removed_entry_moves_the_validators(worker, site):
    before = ask(worker)
    publish(site, feed(dict(list(ENTRIES.items())[1:])), at=NOW + timedelta(seconds=9))
    worker._views.poll()
    assert ask(worker, If_None_Match=before["ETag"]).code == 200
    assert ask(worker, If_Modified_Since=before["Last-Modified"]).code == 200


def test_9110_8_8_2_1_a_date_in_the_future_is_not_sent_and_not_believed(worker, clock):
    clock.now = NOW - timedelta(seconds=30)
    worker._views.view = worker._views.view.renewed(clock.now)
    assert ask(worker)["Last-Modified"] is None
    assert ask(worker, If_Modified_Since=http_date(NOW)).code == 200


# --- 406, 412 ---


@pytest.mark.parametrize("field", ["identity;q=0", "*;q=0", "*;q=0, compress"])
def test_9110_12_5_3_not_acceptable(app, field):
    answer = ask(app, Accept_Encoding=field)
    assert answer.code == 406
    assert answer["Vary"] == "Accept-Encoding"
    assert answer["Cache-Control"] == "no-store"
    assert ask(app, "/healthz", Accept_Encoding=field).code == 200


@pytest.mark.parametrize(
    "fields", [{"If_Match": '"x"'}, {"If_Unmodified_Since": http_date(NOW - timedelta(days=1))}]
)
def test_9110_15_5_13_precondition_failed(app, fields):
    answer = ask(app, **fields)
    assert answer.status == "412 Precondition Failed"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/retired", "/single", "/nothing", "/news"])
@pytest.mark.parametrize(
    "fields", [{"If_Match": '"x"'}, {"If_None_Match": "*"}, {"If_Modified_Since": http_date(NOW)}]
)
def test_9110_13_2_1_preconditions_count_for_2xx_alone(app, path, fields):
    assert ask(app, path, **fields) == ask(app, path)


# --- 226 ---


def test_3229_10_5_3_a_client_that_stumbles_over_226_gets_the_whole_feed(changed):
    answer = ask(
        changed,
        A_IM="feed",
        If_None_Match=f'"{OLD.digest}"',
        User_Agent="feedparser/6.0.10 +https://github.com/kurtmckee/feedparser/",
    )
    assert answer.code == 200


def test_3229_a_delta_with_every_field(changed):
    full = ask(changed)
    answer = ask(changed, A_IM="feed", If_None_Match=f'"{OLD.digest}"')
    assert answer.status == "226 IM Used"
    assert answer.content == cut_entries({"new": "Something new."})[0]
    assert answer.fields == [
        ("Content-Type", ATOM),
        ("Content-Length", str(len(answer.content))),
        ("ETag", full["ETag"]),
        ("Last-Modified", full["Last-Modified"]),
        ("IM", "feed"),
        ("Delta-Base", f'"{OLD.digest}"'),
        ("Cache-Control", "no-store"),
        ("Vary", "Accept-Encoding, A-IM, If-None-Match"),
        ("Link", full["Link"]),
        ("Content-Language", "en"),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "Delta-Base, ETag, IM, Link, Retry-After"),
        ("X-Content-Type-Options", "nosniff"),
    ]


def test_3229_10_5_4_a_226_is_never_stored(changed):
    answer = ask(changed, A_IM="feed", If_None_Match=f'"{OLD.digest}"')
    assert answer["Cache-Control"] == "no-store"
    assert {"A-IM", "If-None-Match"} <= set(answer["Vary"].split(", "))
    assert ask(changed)["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("held", ["identity", "gzip", "br"])
def test_3229_10_4_1_any_codings_tag_names_the_instance(changed, held):
    answer = ask(
        changed,
        A_IM="feed",
        If_None_Match=entity_tag(OLD.digest, held),
        Accept_Encoding="identity",
    )
    assert answer.code == 226
    assert answer["ETag"] == f'"{NEW.digest}"'
    # With that tag the client is up to date.
    assert ask(changed, A_IM="feed", If_None_Match=answer["ETag"]).code == 304


def test_a_delta_is_coded_like_the_full_answer(store, clock):
    fresh = {f"fresh-{n}": f"{n} is new. " * 20 for n in range(3)}
    publish(store, OLD)
    publish(store, feed(fresh | ENTRIES), at=NOW + timedelta(minutes=1))
    app = wsgi(store, clock, interval=None)
    answer = ask(
        app, A_IM="feed", If_None_Match=f'W/"{OLD.digest}.gz"', Accept_Encoding="gzip;q=0.5"
    )
    assert answer.code == 226
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.content) == cut_entries(fresh)[0]
    assert answer["ETag"] == ask(app, Accept_Encoding="gzip")["ETag"]
    head = ask(
        app,
        "/news/atom.xml",
        "HEAD",
        A_IM="feed",
        If_None_Match=f'"{OLD.digest}"',
        Accept_Encoding="gzip",
    )
    assert head.code == 226
    assert head["Content-Length"] == answer["Content-Length"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({"A_IM": "feed"}, 200, id="3229-10.5.3-without-a-tag"),
        pytest.param({"A_IM": "feed", "If_None_Match": '"x"'}, 200, id="3229-10.5.3-unknown"),
        pytest.param(
            {"A_IM": "feed", "If_None_Match": f'"{"A" * 24}.gz"'}, 200, id="3229-10.5.3-made-up"
        ),
        pytest.param(
            {"A_IM": "feed;q=0", "If_None_Match": f'"{OLD.digest}"'}, 200, id="3229-10.5.3-refused"
        ),
        pytest.param({"If_None_Match": f'"{OLD.digest}"'}, 200, id="3229-10.5.3-not-asked"),
        pytest.param(
            {"A_IM": "feed", "If_Modified_Since": http_date(NOW - timedelta(days=1))},
            200,
            id="3229-10.5.3-a-date-is-no-tag",
        ),
        pytest.param(
            {"A_IM": "feed", "If_None_Match": f'"x", "{OLD.digest}", "y"'},
            226,
            id="3229-10.5.1-one-of-several",
        ),
        pytest.param(
            {"A_IM": "feed", "If_None_Match": f'"{OLD.digest}", "{NEW.digest}"'},
            304,
            id="3229-current-is-a-304",
        ),
        pytest.param(
            {"A_IM": "feed", "If_None_Match": f'"{OLD.digest}"', "If_Match": '"x"'},
            412,
            id="9110-13.2.2-if-match-first",
        ),
    ],
)
def test_3229_when_a_delta_is_given(changed, fields, code):
    assert ask(changed, **fields).code == code


@pytest.mark.parametrize("path", ["/news/feed.json", "/", "/news/"])
def test_other_documents_have_no_deltas(changed, path):
    assert ask(changed, path, A_IM="feed", If_None_Match=f'"{OLD.digest}"').code == 200


def test_another_feeds_instance_is_unknown_here(worker, site):
    other = next(document for document in SITE if document.path == "/all/rss.xml")
    different = feed({"other": "x"}, "/all/rss.xml", media_type=other.media_type)
    publish(site, different, at=NOW + timedelta(minutes=20))
    worker._views.poll()
    assert ask(worker, A_IM="feed", If_None_Match=f'"{different.digest}"').code == 200


def test_a_delta_that_saves_nothing_is_the_full_answer(worker, site):
    publish(site, feed({f"{n}": "all of it is new" for n in range(3)}), at=NOW)
    worker._views.poll()
    assert ask(worker, A_IM="feed", If_None_Match=f'"{OLD.digest}"').code == 200


# --- elsewhere ---


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


@pytest.mark.parametrize(
    "path", ["/retired", "/retired/", "/retired/atom.xml", "/retired/x/y", "/news/withdrawn"]
)
def test_410_is_for_long(app, path):
    answer = ask(app, path)
    assert answer.status == "410 Gone"
    assert answer["Cache-Control"] == f"public, max-age=86400, {STALE}"
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
        "///evil.example/",
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
    assert ask(app, "/" + "a" * 2048).code == 414
    assert ask(app, "/" + "a" * 2047).code == 404
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
    assert answer["Allow"] == answer["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert answer["Content-Length"] is None
    asked = {"If-None-Match", "If-Modified-Since", "A-IM"}
    assert asked <= set(answer["Access-Control-Allow-Headers"].split(", "))


# --- what every answer has, and has not ---

EVERY = [
    ("GET", "/news/atom.xml", {}),
    ("GET", "/news/", {}),
    ("GET", "/assets/site.css", {}),
    ("GET", "/news/atom.xml", {"If_None_Match": "*"}),
    ("GET", "/news/atom.xml", {"If_Match": '"x"'}),
    ("GET", "/news/atom.xml", {"Accept_Encoding": "*;q=0"}),
    ("GET", "/news/atom.xml", {"A_IM": "feed", "If_None_Match": f'"{OLD.digest}"'}),
    ("POST", "/news/atom.xml", {}),
    ("OPTIONS", "/news/atom.xml", {}),
    ("GET", "/nothing", {}),
    ("GET", "/nothing", {"Accept": "text/html"}),
    ("GET", "//", {}),
    ("GET", "/" + "a" * 3000, {}),
    ("GET", "/retired", {}),
    ("GET", "/single", {}),
    ("GET", "/old/x", {}),
    ("GET", "/news", {}),
    ("GET", "/healthz", {}),
    ("GET", "/readyz", {}),
    ("GET", "/news/atom.xml", {"Host": "two words"}),
]


@pytest.mark.parametrize(("method", "path", "fields"), EVERY)
def test_fields_of_every_answer(changed, method, path, fields):
    answer = ask(changed, path, method, **fields)
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["X-Content-Type-Options"] == "nosniff"
    # RFC 9111 §4.2.2: no answer leaves its lifetime to a guess.
    assert answer["Cache-Control"]
    assert answer["Set-Cookie"] is None
    names = [name.lower() for name, _ in answer.fields]
    assert len(names) == len(set(names))
    if answer.code not in {204, 304}:
        assert answer["Content-Length"] == str(len(answer.content))


@pytest.mark.parametrize(("method", "path", "fields"), EVERY)
def test_no_request_field_reaches_an_answer(changed, method, path, fields):
    plain = ask(changed, path, method, **fields)
    hostile = {
        "Forwarded": "host=evil.example;proto=gopher",
        "X_Forwarded_Host": "evil.example",
        "X_Forwarded_Proto": "gopher",
        "X_Forwarded_Prefix": "/evil",
        "X_Original_URL": "/evil",
        "X_Rewrite_URL": "/evil",
        "X_HTTP_Method_Override": "DELETE",
        "Cookie": "session=evil",
        "Origin": "https://evil.example",
        "Referer": "https://evil.example/",
        "Host": "evil.example",
    }
    assert ask(changed, f"{path}?evil=1", method, **(hostile | fields)) == plain


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


# --- a store that fails ---


@pytest.fixture
def broken(worker, site, tmp_path):
    """A worker that has answered two requests, and whose store is then no database any more."""
    ask(worker)
    ask(worker, Accept_Encoding="gzip")
    publish(site, NEW, at=NOW + timedelta(minutes=10))
    worker._views.poll()
    ask(worker, Accept_Encoding="identity")
    site.close()
    (tmp_path / "site.db").write_bytes(b"this is no database" * 500)
    worker._views.poll()
    return worker


def test_what_is_in_memory_is_served_on(broken):
    assert ask(broken).code == 200
    assert ask(broken, Accept_Encoding="gzip").code == 200
    assert ask(broken, If_None_Match=f'"{NEW.digest}"').code == 304


def test_without_the_store_there_are_no_deltas_but_the_feed(broken):
    assert ask(broken, A_IM="feed", If_None_Match=f'"{OLD.digest}"').code == 200


def test_what_cannot_be_read_is_503(broken):
    answer = ask(broken, "/news/")
    assert answer.code == 503
    assert int(answer["Retry-After"]) > 0
    assert answer["Cache-Control"] == "no-store"
    assert b"sqlite" not in answer.content.lower()


def test_a_fault_of_ours_tells_nothing(worker, monkeypatch, caplog):
    monkeypatch.setattr("feedsvc.web.respond.decide", lambda *_: 1 / 0)
    answer = ask(worker, If_None_Match='"a", "b"')
    assert answer.status == "500 Internal Server Error"
    assert answer.content == b"Internal Server Error\n"
    assert answer["Cache-Control"] == "no-store"
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "ZeroDivisionError" in caplog.text


# --- a worker as a process has it ---


def followers():
    return [thread for thread in threading.enumerate() if thread.name == "follower"]


def wait_until(look):
    deadline = time.monotonic() + 10
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_worker_follows_its_store(site, clock):
    stop = threading.Event()
    app = wsgi(site, clock, interval=0.01, stop=stop)
    assert ask(app)["ETag"] == f'"{OLD.digest}"'
    publish(site, NEW, at=NOW + timedelta(minutes=10))
    wait_until(lambda: ask(app)["ETag"] == f'"{NEW.digest}"')
    stop.set()
    wait_until(lambda: not followers())


def test_a_follower_that_stumbles_goes_on(site, capsys):
    stop, falls = threading.Event(), [RuntimeError("fell")]

    def clock():
        if falls and followers():
            raise falls.pop()
        return HOUR_LATER

    app = wsgi(site, clock, interval=0.01, stop=stop)
    wait_until(lambda: not falls)
    publish(site, NEW, at=NOW + timedelta(minutes=10))
    wait_until(lambda: ask(app)["ETag"] == f'"{NEW.digest}"')
    stop.set()
    wait_until(lambda: not followers())
    assert "the follower stumbled" in capsys.readouterr().out


PROCESS = """
import os
from tests.web_samples import ask
from feedsvc.web.public import application
app = application()
print(ask(app).status, ask(app).content == ask(app, Accept_Encoding="identity").content)
print(*sorted(os.environ))
"""


def test_what_a_process_loads_and_what_it_keeps_of_its_environment(site):
    env = {
        "FEEDSVC_STORE": str(site._engine.url),
        "FEEDSVC_SITE": "/nowhere",
        "HTTP_IF_NONE_MATCH": "*",
        "PATH": os.environ["PATH"],
        "PGSSLMODE": "prefer",
        "SECRET": "x",
        "TZ": "Asia/Tokyo",
    }
    command = [sys.executable, "-c", PROCESS]
    told = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
    first, names = told.splitlines()
    assert first == "200 OK True"
    # granian copies the environment into each request: nothing in it may look like a field.
    assert set(names.split()) <= {"LC_CTYPE", "PATH", "PGSSLMODE", "TZ"}
