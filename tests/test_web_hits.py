"""The front of the listener: a plain hit says exactly what the application behind would say."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedsvc.snapshot import CODINGS, digest, entity_tag
from feedsvc.store import Store
from feedsvc.web.freshness import http_date
from feedsvc.web.hits import VIEW
from feedsvc.web.public import wsgi
from tests.web_samples import ENTRIES, NOW, SITE, Clock, ask, call, environ, feed, page, publish

OLD = feed({"entry-99": "gone"} | ENTRIES)
NEW = next(document for document in SITE if document.path == "/news/atom.xml")
RETIRED = next(document for document in SITE if document.path == "/retired")
LATER = NOW + timedelta(seconds=5)
PATHS = [document.path for document in SITE if "%" not in document.path] + [
    "/news",
    "/nothing",
    "/old/atom.xml",
    "/retired/atom.xml",
    "/news/atom.xml/",
    "/News/atom.xml",
    "/healthz",
    "/news//",
]


class Counting:
    """Passes requests on, and counts them."""

    def __init__(self, behind):
        self.behind, self.calls = behind, 0

    def __call__(self, environ, start_response):
        self.calls += 1
        return self.behind(environ, start_response)


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """A worker on a site whose feed has changed once, with everything asked for before."""
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('hits')}/store.db")
    store.create()
    publish(store, *(OLD if document is NEW else document for document in SITE))
    publish(store, NEW, at=LATER)
    made = wsgi(store, Clock(NOW + timedelta(hours=1)), interval=None)
    made._behind = Counting(made._behind)
    for path in PATHS:
        for coding in ("", "gzip", "br"):
            ask(made, path, Accept_Encoding=coding)
    yield made
    store.close()


def tags(*documents):
    plain = [entity_tag(d.digest, coding) for d in documents for coding in CODINGS]
    return [*plain, *(f"W/{tag}" for tag in plain), *(f'{tag[:-1]}-gzip"' for tag in plain)]


HELD = [*tags(NEW, OLD, SITE[1], RETIRED), '"x"', "*", "junk", "", f'"{digest(b"?")}.gz"']
CODED = ["gzip", "br", "gzip, br", "", "identity", "*;q=0", "identity;q=0", "gzip;q=0", "zstd, *"]
DATES = [http_date(date) for date in (NOW, LATER, LATER + timedelta(days=1))] + ["junk"]
held = st.sampled_from(HELD)
lists = st.lists(held, max_size=3).map(", ".join)
OPTIONAL = {
    "Accept_Encoding": st.sampled_from(CODED),
    "If_None_Match": held | lists,
    "If_Match": held | lists,
    "If_Modified_Since": st.sampled_from(DATES),
    "If_Unmodified_Since": st.sampled_from(DATES),
    "A_IM": st.sampled_from(["feed", "feed;q=0", "vcdiff, feed", "x"]),
    "Accept": st.sampled_from(["text/html", "*/*", "application/atom+xml"]),
    "User_Agent": st.sampled_from(["curl", "Feedly 5 subscribers"]),
    "Range": st.just("bytes=0-9"),
    "Host": st.sampled_from(["evil.example", "news.example.org:8000", "[::1]"]),
    "X_Forwarded_Host": st.just("evil.example"),
    "Cookie": st.just("session=1"),
}


def both_ways(app, asked):
    """The answer of the whole worker, and that of the application behind alone."""
    return call(app, dict(asked)), call(app._behind, asked | {VIEW: app._views.view})


@pytest.mark.parametrize("path", ["/news/atom.xml", "/retired", "/assets/site.css"])
@pytest.mark.parametrize("coding", CODED)
def test_hits_and_flask_say_the_same_of_every_validator(app, path, coding):
    for field, value in [
        *(("If_None_Match", tag) for tag in HELD),
        *(("If_Match", tag) for tag in HELD),
        *(("If_Modified_Since", date) for date in DATES),
        *(("If_Unmodified_Since", date) for date in DATES),
    ]:
        front, behind = both_ways(app, environ(path, Accept_Encoding=coding, **{field: value}))
        assert front == behind, (field, value)


@settings(max_examples=400)
@given(
    st.sampled_from(["/news/atom.xml"]) | st.sampled_from(PATHS),
    st.sampled_from(["GET", "HEAD", "GET", "HEAD", "OPTIONS", "POST", "BREW"]),
    st.fixed_dictionaries({}, optional=OPTIONAL),
    st.sampled_from(["", "?_=1", "?page=2&x=%00"]),
)
def test_hits_and_flask_say_the_same(app, path, method, fields, query):
    front, behind = both_ways(app, environ(path + query, method, **fields))
    assert front == behind


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="no-fields"),
        pytest.param({"Accept_Encoding": "gzip, deflate, br"}, id="coded"),
        pytest.param({"If_None_Match": entity_tag(NEW.digest, "identity")}, id="current-tag"),
        pytest.param({"If_None_Match": f'W/"{NEW.digest}"'}, id="current-weak-tag"),
        pytest.param({"If_None_Match": entity_tag(OLD.digest, "gzip")}, id="old-tag"),
        pytest.param({"If_Modified_Since": http_date(LATER)}, id="current-date"),
        pytest.param(
            {
                "If_None_Match": f'"{NEW.digest}"',
                "If_Modified_Since": http_date(NOW),
                "A_IM": "feed",
            },
            id="feedparser-up-to-date",
        ),
        pytest.param({"A_IM": "feed"}, id="feedparser-first-time"),
        pytest.param({"Range": "bytes=0-99", "Cookie": "a=b"}, id="fields-that-say-nothing"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_common_requests_never_reach_flask(app, method, fields):
    ask(app)  # a host that is new to the worker takes the long way, once
    before = app._behind.calls
    assert ask(app, "/news/atom.xml?_=1", method, **fields).code in {200, 304}
    assert app._behind.calls == before


@pytest.mark.parametrize("path", ["/single", "/retired", "/assets/site.css", "/"])
def test_so_do_other_documents(app, path):
    ask(app)
    before = app._behind.calls
    assert ask(app, path, Accept_Encoding="gzip").code in {200, 301, 410}
    assert app._behind.calls == before


def test_a_claim_of_subscribers_is_noted_on_both_ways(app):
    for number, fields in ((3, {}), (4, {"If_None_Match": '"a", "b"'})):
        ask(app, User_Agent=f"Feedbin - {number} subscribers", **fields)
        assert number in [claim[2] for claim in app._subscribers]


def test_a_hit_marks_its_document_as_used(app):
    ask(app)  # so that the host is known
    kept = app._views.view.page("/news/atom.xml").kept
    kept.used = False
    ask(app)
    assert kept.used


@pytest.mark.parametrize(
    ("host", "code"),
    [
        pytest.param("news.example.org", 200, id="9112-3.2-name"),
        pytest.param("news.example.org:8000", 200, id="9112-3.2-port"),
        pytest.param("127.0.0.1", 200, id="9112-3.2-ipv4"),
        pytest.param("[::1]:8000", 200, id="9112-3.2-ipv6"),
        pytest.param("", 400, id="9112-3.2-missing"),
        pytest.param("a,b", 400, id="9112-3.2-two-lines"),
        pytest.param("a b", 400, id="9112-3.2-space"),
        pytest.param("a/<script>", 400, id="9112-3.2-markup"),
        pytest.param("a@b", 400, id="9112-3.2-userinfo"),
        pytest.param("a" * 301, 400, id="9112-3.2-long"),
        pytest.param("a:port", 400, id="9112-3.2-bad-port"),
    ],
)
def test_9112_3_2_host(app, host, code):
    for _ in range(2):
        answer = call(app, environ() | {"HTTP_HOST": host})
        assert answer.code == code
        assert "example" not in repr(answer.fields) or code == 200


@pytest.mark.parametrize("path", ["", "*", "example.org:443", "news"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_9112_3_2_a_target_without_a_path(app, path, method):
    answer = call(app, environ() | {"PATH_INFO": path, "REQUEST_METHOD": method})
    assert answer.code == 400


@pytest.mark.parametrize("protocol", ["HTTP/1.0", "HTTP/1", "HTTP/2"])
def test_http_1_0_needs_no_host(app, protocol):
    asked = environ() | {"HTTP_HOST": "", "SERVER_PROTOCOL": protocol}
    assert call(app, asked).code == 200
    del asked["HTTP_HOST"]
    assert call(app, asked).code == 200


def test_hosts_are_remembered_within_bounds(app):
    for number in range(1000):
        assert ask(app, Host=f"h{number}.example").code == 200
    assert len(app._hosts) <= 256


def test_one_request_sees_one_snapshot_whole(tmp_path):
    """A swap while requests run: each answer is all old or all new."""
    store = Store(f"sqlite:///{tmp_path}/store.db")
    store.create()
    publish(store, page(text="0" * 400))
    app = wsgi(store, Clock(), interval=None)
    stop, wrong = threading.Event(), []

    def read():
        while not stop.is_set():
            answer = ask(app, "/news/")
            if answer["ETag"] != f'"{digest(answer.content)}"':
                wrong.append(answer)

    with ThreadPoolExecutor(2) as readers:
        try:
            for _ in range(2):
                readers.submit(read)
            for number in range(1, 6):
                publish(store, page(text=str(number) * 400), at=NOW + timedelta(seconds=number))
                app._views.poll()
                assert str(number) * 400 in ask(app, "/news/").content.decode()
        finally:
            stop.set()
    store.close()
    assert not wrong
