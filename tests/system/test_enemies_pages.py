"""Hostile YAML through the whole product into headless Chromium: nothing of it ever runs.

Pages and the contents of feeds are shown without their Content-Security-Policy, as a feed reader
would, so that what is proved is the cleaning; and the admin's text comes in as YAML, so that what
the source refuses is refused here too.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import feedparser
import pytest

from feedsvc.render.markdown import legal
from tests.security.markup import CONTENT, of_pages
from tests.security.payloads import ALL
from tests.sitedir import SiteDir
from tests.system.servers import node_packages, require

pytestmark = pytest.mark.system

POLYGLOT = (
    "\"'`><img src=x onerror=PWN(1)></title></style></textarea></script><script>PWN(1)</script>"
    "<svg onload=PWN(1)>]]><script>PWN(1)</script>--><script>PWN(1)</script>{{PWN(1)}}"
)
WRAPPED = "<!doctype html><meta charset=utf-8><title>A reader</title><body>"


def config() -> str:
    facts = {
        "title": POLYGLOT,
        "subtitle": POLYGLOT,
        "base_url": "https://news.example.org",
        "tag": "news.example.org,2024",
        "rights": POLYGLOT,
        "author": {"name": POLYGLOT},
        "feeds": {"entries": 250, "max_bytes": "8M"},
        "sections": {"news": {"title": POLYGLOT, "description": POLYGLOT}},
    }
    return json.dumps(facts, ensure_ascii=False, indent=0)


def entries() -> str:
    """Each attack in every field of text; those fields that refuse it keep only that entry back."""
    made = []
    for number, payload in enumerate(map(legal, ALL)):
        text = {"title": payload, "lead": payload, "body": payload, "tags": [payload[:60]]}
        who = {"authors": [{"name": payload}], "published": "2024-07-01"}
        image = {"image": {"url": "https://example.org/x.png", "alt": payload}}
        file = {"url": "https://example.org/x.pdf", "type": "application/pdf", "length": 1}
        media = {"enclosures": [file | {"title": payload}]}
        made.append({"id": f"e{number}", **who, **text, **image, **media})
        # Addresses: most are refused, and what is not must be harmless.
        made.append({"id": f"link{number}", "title": "x", "link": payload, **who})
        made.append(
            {"id": f"image{number}", "title": "x", "image": {"url": payload, "alt": "x"}, **who}
        )
        withdrawn = {"at": "2024-07-02", "reason": payload}
        made.append({"id": f"gone{number}", "title": "x", "withdrawn": withdrawn, **who})
    return json.dumps(made, ensure_ascii=False, indent=0)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.server.pages.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """HTML by path: pages of the site, what readers show of its feeds, the attacks as they are."""
    made = SiteDir(tmp_path_factory.mktemp("hostile"), config())
    made.write("feeds/news/2024.yaml", entries())
    outcome = made.build()
    assert outcome.entries > len(ALL)
    paths = [path for path in made.store.paths() if path.startswith("/news/e")][::6]
    paths += [path for path in made.store.paths() if path.startswith(("/news/link", "/news/im"))][
        ::9
    ]
    paths += [path for path in made.store.paths() if path.startswith("/news/gone")][::12]
    paths += ["/", "/all/", "/news/"]
    shown = {path: made.body(path) for path in paths}
    assert len(shown) > 40
    for feed in ("rss.xml", "atom.xml"):
        parsed = feedparser.parse(made.body(f"/news/{feed}"), sanitize_html=False)
        values = [each.content[0].value for each in parsed.entries if "content" in each]
        assert len(values) > len(ALL) / 2
        shown[f"/reader/{feed}"] = (WRAPPED + "\n<hr>\n".join(values)).encode()
    items = json.loads(made.body("/news/feed.json"))["items"]
    html = "\n<hr>\n".join(item.get("content_html", "") for item in items)
    shown["/reader/feed.json"] = (WRAPPED + html).encode()
    for number, payload in enumerate(ALL[::9]):
        shown[f"/raw/{number}"] = (WRAPPED + payload).encode("utf-8", "replace")
    made.store.close()
    return shown


@pytest.fixture(scope="module")
def findings(pages, tmp_path_factory):
    folder = tmp_path_factory.mktemp("known")
    known = of_pages() | {"title": set(), "meta": {*of_pages()["meta"], "charset"}}
    text = json.dumps({tag: sorted(names) for tag, names in known.items()})
    (folder / "known.json").write_text(text, encoding="utf-8")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.pages = pages
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        told = subprocess.run(
            [require("node"), node_packages() / "enemies.mjs", *(base + path for path in pages)],
            env={
                **os.environ,
                "CHROMIUM": require("chromium"),
                "KNOWN": str(folder / "known.json"),
            },
            stdout=subprocess.PIPE,
            check=True,
            timeout=150,
        ).stdout
        server.shutdown()
    return {found["url"].removeprefix(base): found for found in json.loads(told)}


def test_unsanitised_the_attacks_run(findings):
    """So that the test below can fail."""
    raw = [found for path, found in findings.items() if path.startswith("/raw/")]
    assert sum(bool(found["ran"]) for found in raw) >= 5
    assert sum(bool(found["faults"]) for found in raw) >= len(raw) / 2


def test_nothing_runs_in_any_page_or_reader(findings):
    shown = {path: found for path, found in findings.items() if not path.startswith("/raw/")}
    assert len(shown) > 40
    assert {
        "/",
        "/all/",
        "/reader/rss.xml",
        "/reader/atom.xml",
        "/reader/feed.json",
    } <= shown.keys()
    bad = {
        path: (found["ran"], found["faults"][:3], found["strangers"][:3])
        for path, found in shown.items()
        if found["ran"] or found["faults"] or found["strangers"]
    }
    assert not bad
    assert CONTENT.keys() <= of_pages().keys()
