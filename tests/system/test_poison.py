"""What a stranger sends reaches nobody else: no document, no header, no later answer.

Every request carries a canary, or says something that must not be believed. The answer is the plain
one, and so is every later answer. Contract §5: absolute URLs come from base_url alone.
"""

from __future__ import annotations

import re

import pytest

from tests.system.fronts import FRONTS, fronted
from tests.system.raw import exchange
from tests.system.servers import copy_sample_site, free_port, serving, wait_for

pytestmark = pytest.mark.system

CANARY = "canary-7f3a"
HOST = f"{CANARY}.example"
TARGETS = {
    "feed": "/news/atom.xml",
    "json": "/all/feed.json",
    "page": "/news/",
    "article": "/news/shad-count-2026",
    "opml": "/feeds.opml",
    "home": "/",
    "moved": "/press-releases/",
    "moved-below": "/press-releases/old",
    "without-slash": "/news",
    "gone": "/tenders/",
    "missing": "/nothing",
    "probe": "/readyz",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    site = copy_sample_site(tmp_path_factory.mktemp("poison") / "site")
    with serving(site) as running_server:
        yield running_server


@pytest.fixture(scope="module")
def plain(server):
    """What everybody gets, before anything bad was sent."""
    return {path: exchange(server.port, path).lasting for path in TARGETS.values()}


FIELDS = {
    "9110-7.2-host": ("Host", HOST),
    "9110-7.2-host-port": ("Host", f"{HOST}:81"),
    "7239-forwarded": ("Forwarded", f"for={CANARY};host={HOST};proto=https;by={CANARY}"),
    "x-forwarded-for": ("X-Forwarded-For", f"{CANARY}, 10.0.0.1"),
    "x-forwarded-host": ("X-Forwarded-Host", HOST),
    "x-forwarded-server": ("X-Forwarded-Server", HOST),
    "x-forwarded-proto": ("X-Forwarded-Proto", "https"),
    "x-forwarded-scheme": ("X-Forwarded-Scheme", CANARY),
    "x-forwarded-ssl": ("X-Forwarded-Ssl", "on"),
    "x-forwarded-port": ("X-Forwarded-Port", "81"),
    "x-forwarded-prefix": ("X-Forwarded-Prefix", f"/{CANARY}"),
    "x-script-name": ("X-Script-Name", f"/{CANARY}"),
    "script-name": ("Script-Name", f"/{CANARY}"),
    "path-info": ("Path-Info", f"/{CANARY}"),
    "x-host": ("X-Host", HOST),
    "x-http-host-override": ("X-HTTP-Host-Override", HOST),
    "x-original-host": ("X-Original-Host", HOST),
    "x-original-url": ("X-Original-URL", f"/{CANARY}"),
    "x-original-url-of-a-page": ("X-Original-URL", "/speeches/"),
    "x-rewrite-url": ("X-Rewrite-URL", "/speeches/"),
    "x-real-ip": ("X-Real-IP", CANARY),
    "x-http-method-override": ("X-HTTP-Method-Override", "DELETE"),
    "x-http-method": ("X-HTTP-Method", "POST"),
    "x-method-override": ("X-Method-Override", CANARY),
    "9110-7.6.1-connection": ("Connection", f"close, {CANARY}, content-type"),
    "9110-7.6.2-max-forwards": ("Max-Forwards", "0"),
    "9110-7.6.3-via": ("Via", f"1.1 {CANARY}"),
    "9110-8.3-content-type": ("Content-Type", f"text/{CANARY}"),
    "9110-8.7-content-location": ("Content-Location", f"/{CANARY}"),
    "9110-10.1.1-expect": ("Expect", "100-continue"),
    "9110-10.1.2-from": ("From", f"{CANARY}@example.org"),
    "9110-10.1.3-referer": ("Referer", f"https://{HOST}/"),
    "9110-10.1.4-te": ("TE", f"trailers, {CANARY}"),
    "9110-10.1.5-user-agent": ("User-Agent", f"<script>{CANARY}</script>"),
    "9110-11.6.2-authorization": ("Authorization", f"Basic {CANARY}"),
    "9110-12.5.1-accept": ("Accept", f"application/{CANARY}"),
    "9110-12.5.2-accept-charset": ("Accept-Charset", CANARY),
    "9110-12.5.3-accept-encoding": ("Accept-Encoding", CANARY),
    "9110-12.5.4-accept-language": ("Accept-Language", "de, ar;q=0.9, x-canary-7f3a"),
    "9110-13.1.1-if-match-any": ("If-Match", "*"),
    "9110-13.1.2-if-none-match": ("If-None-Match", f'"{CANARY}"'),
    "9110-13.1.2-if-none-match-of-our-shape": ("If-None-Match", f'"{CANARY:x<24}"'),
    "9110-13.1.3-if-modified-since": ("If-Modified-Since", CANARY),
    "9110-13.1.4-if-unmodified-since": ("If-Unmodified-Since", CANARY),
    "9110-13.1.5-if-range": ("If-Range", f'"{CANARY}"'),
    "9110-14.2-range": ("Range", "bytes=0-9"),
    "9110-14.2-ranges": ("Range", "bytes=" + ",".join(f"{n}-{n}" for n in range(200))),
    "9110-14.2-range-of-canaries": ("Range", f"{CANARY}=0-9"),
    "9111-5.2-cache-control": ("Cache-Control", f"no-cache, {CANARY}"),
    "9111-5.4-pragma": ("Pragma", "no-cache"),
    "3229-10.5.3-a-im": ("A-IM", f"feed, {CANARY}"),
    "6265-cookie": ("Cookie", f"session={CANARY}; lang=de"),
    "6454-origin": ("Origin", f"https://{HOST}"),
    "7240-prefer": ("Prefer", f"return={CANARY}"),
    "8942-client-hints": ("Sec-CH-UA", f'"{CANARY}";v="1"'),
    "save-data": ("Save-Data", "on"),
    "dnt": ("DNT", "1"),
    "upgrade": ("Upgrade", "h2c"),
    "proxy": ("Proxy", f"http://{HOST}"),
    "accept-datetime": ("Accept-Datetime", "Sat, 01 Jan 2000 00:00:00 GMT"),
    "front-end-https": ("Front-End-Https", "on"),
    "no-such-field": (f"X-{CANARY}", CANARY),
    "not-ascii": ("X-Name", f"{CANARY} é \u0085 \u2028"),
}


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_no_request_header_changes_anything(server, plain, field):
    for path, expected in plain.items():
        poisoned = exchange(server.port, path, fields=(field,))
        assert CANARY.encode() not in poisoned.received.lower()
        assert poisoned.lasting == expected
        assert exchange(server.port, path).lasting == expected, "a later answer"


UNDERSCORED = {
    "a-im": ("/all/atom.xml", "A_IM", "feed"),
    "accept-encoding": ("/all/rss.xml", "Accept_Encoding", "br"),
    "if-match": ("/interviews/atom.xml", "If_Match", '"x"'),
    "if-none-match": ("/interviews/rss.xml", "If_None_Match", "*"),
    "if-modified-since": ("/publications/rss.xml", "If_Modified_Since", "{now}"),
    "if-unmodified-since": (
        "/publications/atom.xml",
        "If_Unmodified_Since",
        "Sat, 01 Jan 2000 00:00:00 GMT",
    ),
}


@pytest.mark.parametrize("name", FRONTS)
def test_behind_a_front_an_underscore_is_no_hyphen__3875_4_1_18(server, tmp_path, name):
    """WSGI takes one for the other, caches do not: the answer would be kept for everybody."""
    with fronted(name, tmp_path / "front", free_port(), server) as front:
        for path, field, value in UNDERSCORED.values():
            expected = exchange(server.port, path)
            told = value.format(now=expected["date"])
            poisoned = exchange(front.port, path, fields=((field, told),))
            later = exchange(front.port, path)
            for found in (poisoned, later):
                assert found.status == 200, field
                assert "content-encoding" not in found, field
                assert found.content == expected.content, field
            assert later["x-cache-status"] == "HIT", "it was kept, and is what everybody gets"


QUERIES = {
    "canary": CANARY,
    "newsblur": "_=1",
    "9110-9-method": f"_method=DELETE&{CANARY}",
    "host": f"host={HOST}&base_url=https://{HOST}",
    "format": f"format=html&callback={CANARY}&page=2&at=2030-01-01",
    "9112-11.1-newline": f"%0d%0aSet-Cookie:%20{CANARY}=1",
    "markup": f"%3Cscript%3E{CANARY}%3C/script%3E",
    "nul-and-bad-escapes": f"%00%zz%{CANARY}",
    "not-utf-8": f"%ff%fe{CANARY}",
    "separators": f"&&==;;{CANARY}[]=1&{CANARY}[]=2",
    "url-in-it": f"https://{HOST}/?a#b",
    "long": CANARY + "x" * 6000,
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_no_query_changes_anything__contract_4(server, plain, query):
    for path, expected in plain.items():
        poisoned = exchange(server.port, f"{path}?{query}")
        assert poisoned.lasting == expected
        assert exchange(server.port, path).lasting == expected, "a later answer"


PATHS = {
    "canary": f"/{CANARY}",
    "below-a-section": f"/news/{CANARY}",
    "9112-11.1-newline": f"/{CANARY}%0d%0aSet-Cookie:%20a=b%0d%0a%0d%0a%3Cp%3E",
    "9112-11.1-newline-below-what-moved": f"/press-releases/{CANARY}%0d%0aSet-Cookie:%20a=b",
    "ansi": f"/{CANARY}%1b[31m%1b]0;title%07",
    "c1-control": f"/{CANARY}%c2%9b31m",
    "markup": f"/%3Cscript%3E{CANARY}%3C/script%3E",
    "two-slashes": f"//{HOST}/",
    "two-slashes-and-a-section": f"//{HOST}/news",
    "backslash": f"/%5c{HOST}/news",
    "authority": f"/@{HOST}/news",
    "dots": f"/news/../{CANARY}",
    "escaped-dots": f"/%2e%2e/%2e%2e/{CANARY}",
    "escaped-slash": f"/news%2f{CANARY}",
    "nul": f"/news/%00{CANARY}",
    "not-utf-8": f"/%ff%fe{CANARY}",
    "bidi": f"/{CANARY}%e2%80%aegnp.exe",
    "the-page-for-unknown-paths": "/!404",
    "all-that-is-below": "/press-releases*",
    "wrong-case": "/News/atom.xml",
    "slash-behind-a-feed": "/news/atom.xml/",
    "parameters": f"/news/atom.xml;{CANARY}",
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_no_unknown_path_is_given_back(server, plain, path):
    found = exchange(server.port, path)
    assert CANARY.encode() not in found.received.lower()
    assert found.lasting == plain["/nothing"]


BELOW = {
    "canary": f"/press-releases/{CANARY}",
    "ansi": f"/press-releases/{CANARY}%1b[31m",
    "two-slashes": f"/press-releases//{HOST}/",
    "backslash": f"/press-releases/%5c%5c{HOST}",
    "authority": f"/press-releases/@{HOST}",
    "scheme": f"/press-releases/https://{HOST}",
    "dots": f"/press-releases/../../{CANARY}",
    "markup": f"/press-releases/%22%3E%3Cscript%3E{CANARY}",
    "not-utf-8": f"/press-releases/%ff{CANARY}",
    "bidi": f"/press-releases/%e2%80%ae{CANARY}",
}


@pytest.mark.parametrize("path", BELOW.values(), ids=BELOW)
def test_what_moved_leads_into_this_site_and_nowhere_else__9110_10_2_2(server, plain, path):
    found = exchange(server.port, path)
    assert found.status == 301
    # RFC 3986 §2: what is not unreserved or a slash is escaped, so it can mean nothing else.
    here = re.escape(f"{server.url}/news/")
    assert re.fullmatch(here + r"[A-Za-z0-9_.~%/-]*", found["location"])
    assert found.content == f"moved to {found['location']}\n".encode()
    usual = [name for name, _ in plain["/press-releases/"][1]]
    assert [name for name, _ in found.fields if name != b"date"] == usual


def test_an_absolute_target_changes_nothing__9112_3_2_2(server, plain):
    for path, expected in plain.items():
        found = exchange(server.port, f"http://{HOST}{path}")
        assert found.lasting == expected


METHODS = ("POST", "PUT", "DELETE", "PATCH", CANARY.upper(), "get")


@pytest.mark.parametrize("method", METHODS)
def test_no_field_and_no_form_makes_another_method_of_it__9110_9_1(server, plain, method):
    form = (("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", "11"))
    for path in plain:
        expected = exchange(server.port, path, method).lasting
        override = (("X-HTTP-Method-Override", "GET"), *form)
        found = exchange(server.port, path, method, override, b"_method=GET")
        assert found.status == 405
        assert found.lasting == expected
        assert CANARY.encode() not in found.received.lower()
        assert exchange(server.port, path).lasting == plain[path], "a later answer"


def test_a_get_with_content_changes_nothing__9110_9_3_1(server, plain):
    content = f"host={HOST}&_method=DELETE".encode()
    fields = (("Content-Length", str(len(content))),)
    for path, expected in plain.items():
        assert exchange(server.port, path, fields=fields, content=content).lasting == expected
        assert exchange(server.port, path).lasting == expected, "a later answer"


NEW = "id: new\npublished: 2026-11-01 12:00\ntitle: New\nlead: Something new.\n"


def test_a_delta_names_only_what_it_was_cut_from__3229_10_5_1(site):
    """Delta-Base gives back a tag of the client's: one that is ours, whatever stands beside it."""
    with serving(site) as server:
        held = exchange(server.port, "/news/atom.xml")["etag"]
        site.write("news/new.yaml", NEW)
        tags = f'"{CANARY}", W/"{CANARY}%0d%0a", {held}'
        fields = (("A-IM", f"feed, {CANARY}"), ("If-None-Match", tags))

        def delta():
            found = exchange(server.port, "/news/atom.xml", fields=fields)
            return found if found.status == 226 else None

        found = wait_for("a delta", delta)
    assert found["delta-base"] == held
    assert CANARY.encode() not in found.received.lower()
    assert "no-store" in found["cache-control"]
