"""The export behind a real nginx, by the snippet that the export itself writes."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from xml.etree import ElementTree as ET

import feedparser
import pytest

from tests.system.servers import (
    clean_environment,
    copy_sample_site,
    free_port,
    listens,
    require,
    running,
    serving,
)
from tests.system.wire import ask

pytestmark = pytest.mark.system

_MAIN = """
{user} daemon off; worker_processes 1; pid {directory}/pid; error_log stderr;
events {{}}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {directory}/body; proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u; scgi_temp_path {directory}/s;
    server {{ listen 127.0.0.1:{port}; root {root}; include {root}{prefix}/.feedsvc/nginx.conf; }}
}}
"""


def export(site, out, base_url, *words):
    command = [sys.executable, "-m", "feedsvc", "export", out, "--site", site.root, *words]
    env = clean_environment() | {"FEEDSVC_BASE_URL": base_url}
    words = [str(word) for word in command]
    return subprocess.run(words, env=env, capture_output=True, text=True, check=True).stdout


def served(directory, root, port, prefix=""):
    directory.mkdir(parents=True)
    user = "user root;" if os.geteuid() == 0 else ""
    config = _MAIN.format(user=user, directory=directory, port=port, root=root, prefix=prefix)
    (directory / "nginx.conf").write_text(config, encoding="utf-8")
    command = [require("nginx"), "-p", directory, "-c", directory / "nginx.conf", "-e", "stderr"]
    return running(command, directory / "log")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("export")


@pytest.fixture(scope="module", params=["", "/press"], ids=["root", "prefix"])
def url(request, folder):
    """The exported sample site's address at nginx."""
    port, prefix = free_port(), request.param
    base_url = f"http://127.0.0.1:{port}{prefix}"
    here = folder / (prefix.removeprefix("/") or "root")
    site = copy_sample_site(here / "site")
    export(site, here / f"public{prefix}", base_url)
    with served(here / "nginx", here / "public", port, prefix) as program:
        program.wait_until(lambda: listens(port))
        yield base_url


def test_every_document_is_what_feedsvc_itself_would_send(url, folder):
    """Every address of the sitemap and of the feeds, and each with its media type."""
    paths = ["/", "/all/", "/news/", "/feeds.opml", "/robots.txt", "/favicon.ico", "/sitemap.xml"]
    paths += [f"/news/{feed}" for feed in ("rss.xml", "atom.xml", "feed.json")]
    with serving(copy_sample_site(folder / f"live{len(url)}"), base_url=url) as live:
        prefix = url.partition("127.0.0.1:")[2].partition("/")[1:]
        prefix = "".join(prefix)
        for path in paths:
            own, theirs = live.get(prefix + path), ask(url + path)
            assert (theirs.status, theirs.body) == (200, own.body), path
            for name in ("content-type", "cache-control", "content-security-policy", "link"):
                assert theirs.headers.get(name, "") == own.headers.get(name, ""), (path, name)


def test_pages_answer_at_their_address_without_a_redirect(url):
    sitemap = ET.fromstring(ask(f"{url}/sitemap.xml").body)
    pages = [element.text for element in sitemap.findall(".//{*}loc")]
    assert len(pages) > 30
    for page in pages:
        answer = ask(page)
        assert answer.status == 200, page
        assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_feeds_are_read_and_lead_to_pages(url):
    for feed in ("rss.xml", "atom.xml"):
        found = feedparser.parse(f"{url}/news/{feed}")
        assert (found.status, found.bozo) == (200, False)
        assert len(found.entries) > 10
        own = [entry.link for entry in found.entries if entry.link.startswith(url)]
        assert [ask(link).status for link in own] == [200] * len(own)


def test_the_prepared_gzip_is_sent(url):
    plain = ask(f"{url}/news/atom.xml")
    coded = ask(f"{url}/news/atom.xml", headers={"Accept-Encoding": "gzip"})
    assert coded.headers["content-encoding"] == "gzip"
    assert gzip.decompress(coded.body) == plain.body
    assert coded.headers["vary"] == "Accept-Encoding"
    assert "content-encoding" not in plain.headers


def test_conditional_requests_get_304(url):
    first = ask(f"{url}/news/atom.xml")
    for condition in (
        {"If-None-Match": first.etag},
        {"If-Modified-Since": first.headers["last-modified"]},
    ):
        assert ask(f"{url}/news/atom.xml", headers=condition).status == 304


def test_redirects_and_what_is_gone(url):
    for old, new in (("/press-releases", "/news/"), ("/press-releases/x/y", "/news/x/y")):
        answer = ask(url + old)
        assert (answer.status, answer.headers["location"]) == (301, url + new)
    gone = ask(f"{url}/tenders/2019")
    assert gone.status == 410
    assert b"<h1" in gone.body
    withdrawn = ask(f"{url}/news/salinity-figures-autumn-2024")
    assert withdrawn.status == 410
    assert withdrawn.body != gone.body


def test_unknown_paths_get_the_site_s_own_404(url):
    for path in ("/nowhere", "/news/nowhere", "/news/RSS.xml", "/.feedsvc/manifest.json"):
        answer = ask(url + path)
        assert answer.status == 404, path
        assert b"<h1" in answer.body
