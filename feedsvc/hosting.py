"""What a web server must be told besides files: redirects, what is gone, media types, lifetimes.

In: the documents of one snapshot and the path of base_url. Out: a snippet for nginx, and a file
``_redirects`` as static hosts read it. Pure; it must not know where files are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from feedsvc.export import OWN, place
from feedsvc.snapshot import NOT_FOUND, REST, StoredDocument

_MOVED, _GONE, _OK = 301, 410, 200
_HEAD = """\
# Written by `feedsvc export`: include this file within a server block whose `root` is {root}.
gzip_static on;
gzip_vary on;
# brotli_static on;                 # with the module ngx_brotli
charset utf-8;
error_page 404 {base}/404.html;
"""
_EVERYWHERE = (
    'add_header X-Content-Type-Options "nosniff"',
    'add_header Access-Control-Allow-Origin "*"',
)


def nginx(documents: Iterable[StoredDocument], base: str) -> str:
    """Locations for a server block; ``base`` is the path of base_url, without its last slash."""
    documents = sorted(documents, key=lambda document: document.path)
    root = f"the folder in which {base}/ leads here" if base else "this folder"
    blocks = [
        _HEAD.format(root=root, base=base),
        _location(f"^~ {base}/{OWN}/", "internal"),
        *_lasting(documents, base),
        *(block for document in documents for block in _one(document, base)),
    ]
    return "\n".join(blocks)


def redirects(documents: Iterable[StoredDocument], base: str) -> str:
    """Lines of ``from to status``, those for single pages before those for all below a path."""
    lines = []
    for document in sorted(documents, key=lambda one: (one.path.endswith(REST), one.path)):
        if document.status == _MOVED:
            target = dict(document.headers)["Location"]
            if target.endswith(REST):
                target = f"{target.removesuffix(REST)}:splat"
            lines.append(f"{base}{document.path} {target} 301\n")
        elif document.status == _GONE:
            lines.append(f"{base}{document.path} {base}/{place(document)} 410\n")
    return "".join(lines)


def _lasting(documents: Iterable[StoredDocument], base: str) -> Iterator[str]:
    """Assets and archives: one block for all that is below a path and never changes."""
    known: set[str] = set()
    for document in documents:
        path = _unchanging(document.path)
        if path and path not in known and document.status == _OK:
            known.add(path)
            feeds = (
                f"location ~ /{file}$ {{ types {{ }} default_type {_quoted(media_type)}; }}"
                for file, media_type in (
                    (r"rss\.xml", "application/rss+xml; charset=utf-8"),
                    (r"atom\.xml", "application/atom+xml; charset=utf-8"),
                    (r"feed\.json", "application/feed+json"),
                )
            )
            inner = () if path == "/assets/" else feeds
            yield _location(f"^~ {base}{path}", *_lifetime(document), *_EVERYWHERE, _TRY, *inner)


def _unchanging(path: str) -> str:
    """The folder of a document that never changes, "" for others."""
    parts = path.split("/")
    if path.startswith("/assets/"):
        return "/assets/"
    return "/".join([*parts[:3], ""]) if parts[2:3] == ["archive"] and parts[3:] else ""


def _one(document: StoredDocument, base: str) -> Iterator[str]:
    """The block of a document that needs one of its own, or stands for all below it."""
    path = base + unquote(document.path)
    exact = f"= {_quoted(path)}"
    below = f"^~ {_quoted(path.removesuffix(REST))}"
    where = below if path.endswith(REST) else exact
    if document.path == NOT_FOUND or _unchanging(document.path):
        return
    if document.status == _MOVED:
        yield _location(where, *_lifetime(document), _leads(path, document))
    elif document.status == _GONE:
        page = f"error_page 410 {base}/{place(document)}"
        yield _location(where, *_lifetime(document), page, "return 410")
    elif not document.media_type.startswith("text/html"):
        media_type = f"types {{ }} default_type {_quoted(document.media_type)}"
        yield _location(exact, *_lifetime(document), *_headers(document), media_type)
    elif path.endswith("/"):
        yield _location(_quoted(path), *_lifetime(document), *_headers(document), _TRY)


_TRY = "try_files $uri $uri/index.html =404"


def _leads(path: str, document: StoredDocument) -> str:
    target = dict(document.headers)["Location"].replace("$", "%24")
    if not path.endswith(REST):
        return f"return 301 {_quoted(target)}"
    pattern = "".join(c if c.isalnum() or c in "/_-" else f"[{c}]" for c in path.removesuffix(REST))
    return f"rewrite {_quoted(f'^{pattern}(.*)$')} {_quoted(f'{target[:-1]}$1?')} permanent"


def _lifetime(document: StoredDocument) -> Iterator[str]:
    lifetime = f"public, max-age={document.max_age}"
    cache = f"{lifetime}, {document.cache}" if document.cache else lifetime
    yield f"add_header Cache-Control {_quoted(cache)}"


def _headers(document: StoredDocument) -> Iterator[str]:
    yield from _EVERYWHERE
    for name, value in document.headers:
        yield f"add_header {name} {_quoted(value.replace('$', ''))}"


def _location(match: str, *directives: str) -> str:
    lines = (f"    {line}{'' if line.endswith('}') else ';'}\n" for line in directives)
    return f"location {match} {{\n{''.join(lines)}}}\n"


def _quoted(text: str) -> str:
    """A parameter in quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
