"""Hugo with the same content: eleven feeds in three formats, and a page for each entry.

Debian's Hugo. From one Markdown file an entry, as its users keep them; and from the same YAML files
that feedsvc reads, by data templates: those give feeds alone where Hugo has no content adapters
(before 0.126). Hugo keeps nothing between builds: a rebuild is a whole one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.bench import site
from tests.bench.process import Took, timed

CONFIG = """\
baseURL: http://127.0.0.1:8000/
title: Bench Office
disableKinds: [taxonomy, term, sitemap, robotsTXT, "404"]
timeout: 600s
markup: {goldmark: {renderer: {unsafe: false}}}
mediaTypes:
  application/atom+xml: {suffixes: [xml]}
  application/feed+json: {suffixes: [json]}
outputFormats:
  rss: {baseName: rss, mediaType: application/rss+xml}
  atom: {baseName: atom, mediaType: application/atom+xml, isPlainText: false}
  feed: {baseName: feed, mediaType: application/feed+json, isPlainText: true}
outputs: {home: [rss, atom, feed], section: [rss, atom, feed], page: [html]}
"""
NO_PAGES = "cascade: [{_build: {render: never, list: always}, _target: {kind: page}}]\n"

_PICK = {
    "content": (
        "{{ $all := .Site.RegularPages }}{{ if .IsSection }}{{ $all = .RegularPages }}{{ end }}"
    ),
    "data": (
        "{{ $all := slice }}{{ if .IsHome }}{{ range $name, $_ := .Site.Data.feeds }}"
        '{{ $all = $all | append (partialCached "newest" $name $name) }}{{ end }}'
        '{{ $all = sort $all "published" "desc" }}'
        '{{ else }}{{ $all = partialCached "newest" .Section .Section }}{{ end }}'
    ),
}
_NEWEST = """{{ $all := slice }}{{ range index site.Data.feeds . }}
{{ $all = $all | append (first 50 (sort . "published" "desc")) }}{{ end }}
{{ return first 50 (sort $all "published" "desc") }}
"""
"""Once for a section, by the three formats together: the quickest way that a template has."""
_ENTRY = {
    "content": {
        "title": "(or .Title (truncate 60 .Params.lead))",
        "id": ".Params.id",
        "lead": ".Params.lead",
        "link": ".Permalink",
        "date": ".Date",
        "body": ".Content",
        "tags": ".Params.tags",
    },
    "data": {
        "title": "(or .title (truncate 60 .lead))",
        "id": ".id",
        "lead": ".lead",
        "link": '(printf "%s%s" site.BaseURL .id)',
        "date": '(time (printf "%s:00" .published))',
        "body": "(markdownify .body)",
        "tags": ".tags",
    },
}
_XML = '{{ `<?xml version="1.0" encoding="utf-8"?>` | safeHTML }}\n'
_RSS = (
    _XML
    + """<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>{{ .Title }}</title><link>{{ .Permalink }}</link><description>{{ .Title }}</description>
{{ range first 50 $all }}<item><title>{{ TITLE }}</title><link>{{ LINK }}</link>
<guid isPermaLink="false">tag:bench.example.org,2024:{{ ID }}</guid>
<pubDate>{{ DATE.Format "Mon, 02 Jan 2006 15:04:05 -0700" }}</pubDate>
{{ range TAGS }}<category>{{ . }}</category>{{ end }}<description>{{ LEAD }}</description>
<content:encoded>{{ BODY | html }}</content:encoded></item>
{{ end }}</channel></rss>
"""
)
_ATOM = (
    _XML
    + """<feed xmlns="http://www.w3.org/2005/Atom"><title>{{ .Title }}</title>
<id>{{ .Permalink }}</id><link href="{{ .Permalink }}"/>
{{ range first 50 $all }}<entry><title>{{ TITLE }}</title><link href="{{ LINK }}"/>
<id>tag:bench.example.org,2024:{{ ID }}</id>
<published>{{ DATE.Format "2006-01-02T15:04:05Z07:00" }}</published>
<updated>{{ DATE.Format "2006-01-02T15:04:05Z07:00" }}</updated>
{{ range TAGS }}<category term="{{ . }}"/>{{ end }}<summary>{{ LEAD }}</summary>
<content type="html">{{ BODY | html }}</content></entry>
{{ end }}</feed>
"""
)
_JSON = """{{ $items := slice }}{{ range first 50 $all }}{{ $items = $items | append (dict
 "id" (printf "tag:bench.example.org,2024:%s" ID) "url" LINK "title" TITLE "summary" LEAD
 "tags" TAGS "content_html" (string BODY)
 "date_published" (DATE.Format "2006-01-02T15:04:05Z07:00")) }}{{ end }}
{{ dict "version" "https://jsonfeed.org/version/1.1" "title" .Title "items" $items | jsonify }}
"""
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ .Title }}</title>
<link rel="canonical" href="{{ .Permalink }}"><meta name="description" content="{{ .Params.lead }}">
</head><body><article><h1>{{ .Title }}</h1><p><time>{{ .Date.Format "2 January 2006 15:04" }}</time>
<p>{{ .Params.lead }}</p>{{ .Content }}</article><nav><a href="/{{ .Section }}/">Section</a>
{{ with .PrevInSection }}<a href="{{ .Permalink }}">older</a>{{ end }}
{{ with .NextInSection }}<a href="{{ .Permalink }}">newer</a>{{ end }}</nav></body></html>
"""


@cache
def version() -> str | None:
    """Which Hugo there is; where there is none and we may, it is installed, visibly."""
    if shutil.which("hugo") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        print("hugo   not here: installing it (apt-get install hugo)", flush=True)
        install = ["apt-get", "install", "-qq", "-y", "hugo"]
        subprocess.run(install, check=False, capture_output=True, timeout=300)
    if shutil.which("hugo") is None:
        return None
    said = subprocess.run(["hugo", "version"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"v(\d+\.\d+\.\d+)", said)
    return found[1] if found else said.strip()


def from_markdown(root: Path, entries: int) -> Path:
    """A Hugo site with one Markdown file an entry, with pages."""
    _layouts(root, "content")
    configure(root, pages=True)
    for number in range(site.SECTIONS):
        (root / "content" / f"s{number}").mkdir(parents=True)
        _index(root, number)
    for piece in site.pieces(entries):
        head = f"date: {piece.published.replace(' ', 'T')}:00Z\nid: {piece.ident}\n"
        more = re.sub("^  ", "", piece.more, flags=re.MULTILINE)
        title = f"title: {piece.title}\n" if piece.title else ""
        text = f"---\n{head}{title}lead: '{piece.lead}'\n{more}---\n{piece.body}"
        path = root / "content" / piece.section / f"{piece.ident}.md"
        path.write_text(text, encoding="utf-8")
    return root


def from_data(root: Path, feeds: Path) -> Path:
    """A Hugo site over the YAML files that feedsvc reads; feeds alone."""
    _layouts(root, "data")
    configure(root, pages=False)
    for number in range(site.SECTIONS):
        (root / "content" / f"s{number}").mkdir(parents=True)
        _index(root, number)
    (root / "data").mkdir()
    shutil.copytree(feeds, root / "data" / "feeds")
    return root


def configure(root: Path, *, pages: bool) -> None:
    """Feeds with a page for each entry, or feeds alone."""
    (root / "config.yaml").write_text(CONFIG + ("" if pages else NO_PAGES))


def build(root: Path) -> Took:
    """One build, the whole process; raises where a feed is missing or has no entries."""
    took = timed(["hugo", "--quiet"], cwd=root)
    feed = (root / "public" / "s0" / "atom.xml").read_text()
    if feed.count("<entry>") != 50:
        raise RuntimeError("Hugo's feed does not hold the newest 50 entries")
    return took


def edit_markdown(root: Path, number: int) -> None:
    """Another title for one entry."""
    path = max((root / "content" / f"s{number % site.SECTIONS}").glob("e*.md"))
    path.write_text(re.sub("(?m)^title: .*$", f"title: edit {number}", path.read_text(), count=1))


def _index(root: Path, number: int) -> None:
    (root / "content" / f"s{number}" / "_index.md").write_text(
        f"---\ntitle: Section {number}\n---\n"
    )


def _layouts(root: Path, kind: str) -> None:
    root.mkdir(parents=True)
    folder = root / "layouts" / "_default"
    folder.mkdir(parents=True)
    words = {name.upper(): value for name, value in _ENTRY[kind].items()}
    for file, template in {"rss.xml": _RSS, "atom.xml": _ATOM, "feed.json": _JSON}.items():
        text = re.sub(r"\b[A-Z]+\b", lambda word: words.get(word[0], word[0]), template)
        for place in ("home", "section"):
            stem, suffix = file.split(".")
            (folder / f"{place}.{stem}.{suffix}").write_text(_PICK[kind] + text)
    (folder / "single.html").write_text(_PAGE)
    (root / "layouts" / "partials").mkdir()
    (root / "layouts" / "partials" / "newest.html").write_text(_NEWEST)
