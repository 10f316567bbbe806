"""Pages in a real browser: nothing complains, nothing overflows, everybody can use them."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import zlib
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from feedsvc.render.pages import CSP, Pages
from feedsvc.render.urls import page_path, section_path
from tests.pages_sample import ARABIC, FRENCH, RICH, UNTITLED, WITHDRAWN, make_site, sample
from tests.system.servers import free_port, node_packages, require

pytestmark = pytest.mark.system
#: One fault of each kind, to know that the check would find it.
FAULTY = """<!doctype html><html><head><title>x</title></head><body><main>
<script>1</script><img src="/missing.png"><div style="color:red">x</div>
<pre>{}</pre></main></body></html>""".format("wide" * 400)


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder with the header fields that pages are made for."""

    def end_headers(self):
        self.send_header("Content-Security-Policy", CSP)
        super().end_headers()

    def translate_path(self, path):
        found = Path(super().translate_path(path))
        return str(found if found.exists() else found.with_name(f"{found.name}.html"))

    def log_message(self, *_):
        pass


@contextmanager
def served(folder, port):
    with ThreadingHTTPServer(("127.0.0.1", port), partial(Quiet, directory=folder)) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield
        server.shutdown()
        thread.join()


def write_site(folder, base_url):
    """The sample site as files, and the paths that are worth a look."""
    site = make_site(base_url=base_url)
    pages, selection = Pages(site), sample(site, more=12)
    news = selection.sections[0]
    documents = {
        "/": pages.home(selection),
        "/404": pages.not_found(),
        "/faulty": FAULTY.encode(),
        section_path("all"): pages.listing(selection.everything, (2, 1)),
        section_path("akhbar"): pages.listing(selection.sections[3]),
        page_path(WITHDRAWN): pages.withdrawn(WITHDRAWN),
    }
    for entry in (RICH, UNTITLED, FRENCH, ARABIC):
        section = site.section(entry.section) or news.section
        documents[page_path(entry)] = pages.article(entry, section, UNTITLED, RICH)
    files = {asset.path: asset.body for asset in pages.assets}
    files |= {f"/media/{name}.png": png(32, 18) for name in ("harbour", "socket")}
    for path, body in documents.items():
        files[f"{path}index.html" if path.endswith("/") else f"{path}.html"] = body
    for path, body in files.items():
        target = folder / path[1:]
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
    return list(documents)


def png(width, height):
    """A grey picture."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """What the check found, by path."""
    chromium, node = require("chromium"), require("node")
    web = node_packages()
    folder, port = tmp_path_factory.mktemp("pages"), free_port()
    base_url = f"http://127.0.0.1:{port}"
    paths = write_site(folder, base_url)
    with served(folder, port):
        told = subprocess.run(
            [node, web / "check.mjs", *(base_url + path for path in paths)],
            env={**os.environ, "CHROMIUM": chromium},
            stdout=subprocess.PIPE,
            check=True,
            timeout=300,
        ).stdout
    return {found.pop("url").removeprefix(base_url): found for found in json.loads(told)}


def test_pages_are_without_fault(findings):
    faults = {
        (path, kind): what
        for path, found in findings.items()
        for kind, what in found.items()
        if what and path != "/faulty"
    }
    assert not faults
    assert {"/", "/all/", "/news/shore-power", "/akhbar/mina", "/404"} < findings.keys()


def test_the_check_finds_each_kind_of_fault(findings):
    found = findings["/faulty"]
    assert any("Content Security Policy" in said for said in found["console"])
    assert any("/missing.png" in url for url in found["failed"])
    assert any(said.endswith("at 320px") for said in found["overflow"])
    assert any("image-alt" in said for said in found["axe"])
    assert any("html-has-lang" in said for said in found["axe"])
