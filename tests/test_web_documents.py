"""What a document is answered with: 200, HEAD, 304, 406 and 412, field by field."""

import gzip
from datetime import timedelta

import brotli
import pytest

from feedsvc.snapshot import entity_tag
from feedsvc.web.freshness import http_date
from tests.web_samples import (
    ATOM,
    ENTRIES,
    HTML,
    NOW,
    OLD,
    POLICY,
    SITE,
    STALE,
    ask,
    feed,
    page,
    publish,
)

pytest_plugins = "tests.web_fixtures"


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
