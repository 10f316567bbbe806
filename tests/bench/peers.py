"""What feedsvc is set beside: each serves the same feed, with one worker, on a port of its own."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError

from tests.system.servers import free_port


class MissingError(Exception):
    """The program is not on this machine."""


@contextmanager
def _running(command: list[str], url: str, cwd: Path, **env: str) -> Iterator[str]:
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **env},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(url)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10)


def _wait(url: str) -> None:
    for _ in range(1500):
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(url)


def _program(name: str) -> str:
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if path is None:
        raise MissingError(f"{name} is not installed")
    return path


def static_copy(url: str, folder: Path) -> Path:
    """The feed as a file with its gzip form beside it, as a static publisher would leave it."""
    file = folder / "static" / "rss.xml"
    file.parent.mkdir()
    with urllib.request.urlopen(url) as answer:
        file.write_bytes(answer.read())
    file.with_suffix(".json").write_text(json.dumps(_fields(url)))
    file.with_suffix(".xml.gz").write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
    return file


def _fields(url: str) -> dict[str, list[list[str]]]:
    """The header fields of our answers: a constant that sends the same ones is a fair one."""
    gzipped = {"Accept-Encoding": "gzip"}
    coded = _answer(url, gzipped)
    tag = next(value for name, value in coded if name == "etag")
    return {
        "plain": _answer(url, {}),
        "gzip": coded,
        "304": _answer(url, {**gzipped, "If-None-Match": tag}),
    }


def _answer(url: str, headers: dict[str, str]) -> list[list[str]]:
    try:
        answer = urllib.request.urlopen(urllib.request.Request(url, headers=headers))
    except HTTPError as unmodified:
        answer = unmodified
    with answer:
        fields = [[name.lower(), value] for name, value in answer.headers.items()]
    return [field for field in fields if field[0] not in {"date", "server", "connection"}]


_NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log /dev/null;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; keepalive_requests 1000000000;
    types {{ application/rss+xml xml; }}
    server {{ listen 127.0.0.1:{port} backlog=1024; root {static}; gzip_static on; }}
}}
"""


@contextmanager
def nginx(folder: Path, feed: Path) -> Iterator[str]:
    """Debian's nginx with gzip_static."""
    program, port = _program("nginx"), free_port()
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, port=port, static=feed.parent))
    command = [program, "-p", str(folder), "-c", str(config), "-g", "user root;"]
    with _running(command, f"http://127.0.0.1:{port}/rss.xml", folder) as url:
        yield url


_CADDY = """
{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port} {{
    root * {static}
    file_server {{
        precompressed gzip
    }}
}}
"""


@contextmanager
def caddy(folder: Path, feed: Path) -> Iterator[str]:
    """Caddy's file server with precompressed files, held to one processor."""
    program, port = _program("caddy"), free_port()
    config = folder / "Caddyfile"
    config.write_text(_CADDY.format(port=port, static=feed.parent))
    command = [program, "run", "--adapter", "caddyfile", "--config", str(config)]
    with _running(
        command, f"http://127.0.0.1:{port}/rss.xml", folder, GOMAXPROCS="1", HOME=str(folder)
    ) as url:
        yield url


_CONSTANT = """
import gzip, json, os, pathlib
feed = pathlib.Path({feed!r})
body = feed.read_bytes()
small = gzip.compress(body, 9, mtime=0)
said = json.loads(feed.with_suffix(".json").read_text())
plain, coded, kept = ([tuple(field) for field in said[name]] for name in ("plain", "gzip", "304"))
tag = dict(kept)["etag"]
for name in list(os.environ):
    del os.environ[name]
def app(environ, start_response):
    if environ.get("HTTP_IF_NONE_MATCH") == tag:
        start_response("304 Not Modified", kept)
        return [b""]
    if environ.get("HTTP_ACCEPT_ENCODING"):
        start_response("200 OK", coded)
        return [small]
    start_response("200 OK", plain)
    return [body]
"""

_FLASK = """
from flask import Flask, Response
from feedgen.feed import FeedGenerator
app = Flask(__name__)
@app.get("/rss.xml")
def rss():
    feed = FeedGenerator()
    feed.title("Bench"); feed.link(href="http://127.0.0.1/"); feed.description("Bench")
    for number in range(50):
        entry = feed.add_entry(order="append")
        entry.id(f"tag:bench,2024:{{number}}"); entry.title(f"Entry {{number}}")
        entry.link(href=f"http://127.0.0.1/{{number}}"); entry.content("words " * 150, type="html")
    return Response(feed.rss_str(), content_type="application/rss+xml")
"""


def _granian(name: str, source: str) -> Callable[[Path, Path], Iterator[str]]:
    def start(folder: Path, feed: Path) -> Iterator[str]:
        port = free_port()
        module = f"peer_{name}"
        (folder / f"{module}.py").write_text(source.format(feed=str(feed)))
        command = [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1"),
            *("--host", "127.0.0.1", "--port", str(port), "--blocking-threads", "1"),
            *("--http", "1", "--backpressure", "4096", "--no-ws"),
            *("--log-level", "error", f"{module}:app"),
        ]
        with _running(command, f"http://127.0.0.1:{port}/rss.xml", folder) as url:
            yield url

    return start


#: By the name that the table shows; each is a context manager that gives a URL.
ALL = {
    "nginx, gzip_static": nginx,
    "Caddy, precompressed": caddy,
    "granian, a constant": contextmanager(_granian("constant", _CONSTANT)),
    "feedgen in Flask": contextmanager(_granian("flask", _FLASK)),
}
