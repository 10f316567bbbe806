"""The preview: drafts and embargoes, what will be public when, problems at once, nothing kept."""

import os
import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from feedsvc.cli import main
from feedsvc.preview import Preview
from feedsvc.web import admin
from feedsvc.web.preview import create_app
from tests.factory import instant
from tests.sitedir import CONFIG
from tests.web_samples import Clock

NOW = instant("2024-08-01 12:00")
HERE = "http://127.0.0.1:8000"
FILE = """\
- {id: old, published: 2024-07-01, title: Old news}
- {id: draft, published: 2024-07-20, title: A draft, draft: true}
- {id: monday, published: 2024-08-05 09:00, title: For Monday, body: Said on Monday.}
- {id: ending, published: 2024-07-02, title: Ending, expires: 2024-08-03 10:30:20}
"""


@pytest.fixture
def root(tmp_path):
    write(tmp_path, "config/site.yaml", CONFIG)
    write(tmp_path, "feeds/news/2024.yaml", FILE)
    return tmp_path


@pytest.fixture
def client(root):
    return create_app(Preview(root), Clock(NOW), HERE).test_client()


def write(root: Path, name: str, text: str) -> None:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def titles(answer) -> list[str]:
    """The titles that a listing shows, without those in the bar."""
    return re.findall(r'<h[23]><a href="[^"]*">([^<]*)</a>', answer.text)


def bar(answer) -> str:
    found = re.search(r'<aside class="preview".*?</aside>', answer.text, re.DOTALL)
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", found[0]).split())) if found else ""


# --- what is shown ---


def test_everything_is_shown_drafts_and_embargoes_included(client):
    assert titles(client.get("/news/")) == ["For Monday", "A draft", "Ending", "Old news"]
    assert "as it is public" not in bar(client.get("/news/")).partition("As it is")[0]


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("now", ["Ending", "Old news"]),
        ("2024-08-03T10:30", ["Ending", "Old news"]),
        ("2024-08-03T10:31", ["Old news"]),
        ("2024-08-05T08:59", ["Old news"]),
        ("2024-08-05T09:00", ["For Monday", "Old news"]),
        ("2024-08-05T07:00Z", ["For Monday", "Old news"]),
        ("2024-06-01", []),
    ],
)
def test_what_will_be_public_then(client, at, shown):
    assert titles(client.get(f"/@{at}/news/")) == shown


def test_links_stay_at_the_instant(client):
    page = client.get("/@2024-08-05T09:00/news/").text
    assert '<a href="/@2024-08-05T09:00/news/monday">For Monday</a>' in page
    assert "Said on Monday." in client.get("/@2024-08-05T09:00/news/monday").text
    assert client.get("/@2024-08-05T08:59/news/monday").status_code == 404


def test_an_instant_may_be_asked_for_as_a_query(client):
    for query, place in {
        "at=2024-08-05T09:00": "/@2024-08-05T09:00/news/",
        "at=now": "/@now/news/",
        "at=": "/news/",
    }.items():
        for at in ("/news/", "/@now/news/"):
            answer = client.get(f"{at}?{query}")
            assert (answer.status_code, answer.location) == (303, place)


def test_what_is_no_instant_is_said(client):
    answer = client.get("/@monday/news/")
    assert answer.status_code == 400
    assert "found &#39;monday&#39;; expected one such as 2026-03-02T09:00" in answer.text


def test_feeds_and_assets_are_shown_as_they_will_be(client):
    feed = client.get("/news/atom.xml")
    assert feed.content_type == "application/atom+xml; charset=utf-8"
    assert "<title>For Monday</title>" in feed.text
    assert "tag:news.example.org,2024:monday" in feed.text
    style = re.search(r'href="(/assets/site\.[^"]+\.css)"', client.get("/").text)[1]
    assert client.get(style).content_type == "text/css; charset=utf-8"


def test_other_addresses(client):
    assert client.get("/news").location == "/news/"
    assert client.get("/nothing").status_code == 404
    assert "preview-name" in client.get("/nothing").text
    assert client.post("/news/").status_code == 405
    assert client.get("/!preview/else").status_code == 404


# --- the bar above each page ---


def test_a_page_says_that_its_entry_is_not_public(client):
    draft, embargoed, public = (bar(client.get(f"/news/{n}")) for n in ("draft", "monday", "old"))
    assert "A draft: not public while its file says draft: true . feeds/news/2024.yaml:2:3" in draft
    assert (
        "Not public before Mon 05 Aug 2024, 09:00 , in 4 d. feeds/news/2024.yaml:3:3" in embargoed
    )
    assert "ot public before" not in public
    assert "2 not public yet For Monday from Mon 05 Aug 2024, 09:00" in public


def test_the_mark_is_not_in_the_article(client):
    page = client.get("/news/draft").text
    article = page.partition("<main")[2]
    assert "A draft" in article
    assert "preview" not in article.replace("/!preview/", "")


def test_what_comes_by_itself_is_the_time_line(client):
    links = re.findall(r'<a href="(/@[^"]+)"', client.get("/news/old").text.partition("<main")[0])
    assert links == [
        "/@now/news/old",
        "/@now/news/old",
        "/@2024-08-03T10:31/news/old",
        "/@2024-08-05T09:00/news/old",
    ]
    text = bar(client.get("/@2024-08-05T09:00/news/old"))
    assert "as it is public on Mon 05 Aug 2024, 09:00 in 4 d" in text
    assert "03 Aug 2024, 10:30 Ending leaves the feeds" in text


def test_problems_are_shown_at_once_and_go_when_they_are_mended(root, client):
    assert "problem" not in bar(client.get("/"))
    before = client.get("/!preview/state").text
    write(root, "feeds/news/2024.yaml", FILE.replace("2024-08-05", "2024-13-05"))
    assert client.get("/!preview/state").text != before
    told = bar(client.get("/"))
    assert re.search(r"1 problem feeds/news/2024.yaml:3:\d+ published: found '2024-13-05", told)
    assert "month 13 does not exist" in told
    assert "For Monday" in titles(client.get("/news/"))  # as it was when it was last right
    write(root, "feeds/news/2024.yaml", FILE)
    assert "problem" not in bar(client.get("/"))


def test_a_broken_config_keeps_the_last_good_one(root, client):
    client.get("/")
    write(root, "config/site.yaml", CONFIG.replace("title: Office", "titel: Office"))
    assert titles(client.get("/news/"))
    assert "config/site.yaml:1:1" in bar(client.get("/news/"))


def test_without_a_config_the_page_says_what_to_mend_and_looks_again(root):
    write(root, "config/site.yaml", "title: x\n")
    client = create_app(Preview(root), Clock(NOW), HERE).test_client()
    answer = client.get("/")
    assert answer.status_code == 500
    assert "<code>config/site.yaml:1:1</code>" in answer.text
    version = re.search(r'data-version="([^"]+)"', answer.text)[1]
    assert version == client.get("/!preview/state").text
    write(root, "config/site.yaml", CONFIG)
    assert client.get("/").status_code == 200


def test_an_embargo_that_ends_while_somebody_looks(root):
    clock = Clock(NOW)
    client = create_app(Preview(root), clock, HERE).test_client()
    assert "Not public before" in bar(client.get("/news/monday"))
    clock.now += timedelta(days=4)
    assert "Not public before" not in bar(client.get("/news/monday"))


def test_the_instant_is_also_that_of_other_zones_and_prefixes(root):
    write(root, "config/site.yaml", CONFIG.replace("example.org\n", "example.org/press\n", 1))
    client = create_app(Preview(root), Clock(NOW), f"{HERE}/preview").test_client()
    assert 'href="/preview/@now/news/old"' in client.get("/@now/news/").text
    assert 'href="/preview/!preview/bar.css"' in client.get("/").text
    assert client.get("/news/?at=now").location == "/preview/@now/news/"


# --- who may look, and that nothing is kept ---


@pytest.mark.parametrize(
    ("host", "remote", "status"),
    [
        ("localhost:8000", "127.0.0.1", 200),
        ("127.0.0.1:8000", "127.0.0.1", 200),
        ("[::1]:8000", "::1", 200),
        pytest.param("evil.example:8000", "127.0.0.1", 403, id="dns-rebinding"),
        pytest.param("127.0.0.1:8000", "192.0.2.7", 403, id="another-computer"),
        pytest.param("localhost.evil.example", "127.0.0.1", 403, id="a-longer-name"),
    ],
)
def test_only_this_computer_may_look(client, host, remote, status):
    for path in ("/", "/!preview/state"):
        answer = client.get(path, headers={"Host": host}, environ_base={"REMOTE_ADDR": remote})
        assert answer.status_code == status


def test_answers_are_strict_and_never_stored(client):
    for path in ("/", "/news/atom.xml", "/!preview/bar.js", "/nothing"):
        fields = client.get(path).headers
        assert fields["Cache-Control"] == "no-store"
        assert "noindex" in fields["X-Robots-Tag"]
        assert "unsafe" not in fields["Content-Security-Policy"]
        assert "Access-Control-Allow-Origin" not in fields
        assert "ETag" not in fields
    (script,) = re.findall(r"<script ([^>]*)>", client.get("/").text)
    state = client.get("/!preview/state").text
    own = "/!preview/"
    assert script == f'src="{own}bar.js" data-state="{own}state" data-version="{state}" defer'


def test_nothing_is_written(root, client):
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    for path in ("/", "/news/", "/news/draft", "/@now/", "/!preview/state"):
        client.get(path)
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_only_files_that_changed_are_read(root, client, monkeypatch):
    write(root, "feeds/speeches/a.yaml", "id: s, published: 2024-07-01, title: S")
    client.get("/")
    read = []
    opened = os.open
    monkeypatch.setattr(os, "open", lambda p, *a, **k: (read.append(str(p)), opened(p, *a, **k))[1])
    write(root, "feeds/news/2024.yaml", FILE + "- {id: new, published: 2024-07-03, title: New}\n")
    assert "New" in titles(client.get("/news/"))
    assert [Path(name).name for name in read if name.endswith("a.yaml")] == []


# --- the parts around it ---


def test_the_preview_stands_below_the_admin_listener(client):
    outer = admin.with_preview(Flask("outer"), lambda: client.application.wsgi_app)
    inside = Flask("probe")
    inside.wsgi_app = outer
    asked = inside.test_client()
    assert "For Monday" in titles(asked.get("/preview/news/"))
    assert asked.get("/news/").status_code == 404


@pytest.mark.parametrize("bind", ["0.0.0.0:8000", "192.0.2.1:8000", "news.example.org:80"])
def test_the_command_refuses_to_show_drafts_to_others(root, bind):
    done = CliRunner().invoke(main, ["serve", "--site", str(root), "--preview", "--bind", bind])
    assert done.exit_code == 2
    assert "listens on this computer alone" in " ".join(done.output.split())
