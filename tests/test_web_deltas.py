"""Deltas on the wire: when a 226 is given, and every field of it."""

import gzip
from datetime import timedelta

import pytest

from feedsvc.snapshot import entity_tag
from feedsvc.web.freshness import http_date
from feedsvc.web.public import wsgi
from tests.web_samples import ATOM, ENTRIES, NEW, NOW, OLD, SITE, ask, cut_entries, feed, publish

pytest_plugins = "tests.web_fixtures"


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
