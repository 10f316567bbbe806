"""The status page of a real server, in a real browser: true, and readable for everybody."""

import json
import os
import subprocess

import pytest

from tests.system.servers import node_packages, require, wait_for
from tests.system.wire import ask

pytestmark = pytest.mark.system


def status(server):
    return ask(f"http://127.0.0.1:{server.admin_port}/")


def looked_at(*urls):
    """What the check of pages finds, one finding a URL."""
    told = subprocess.run(
        [require("node"), node_packages() / "check.mjs", *urls],
        env={**os.environ, "CHROMIUM": require("chromium")},
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    ).stdout
    return [{k: v for k, v in found.items() if v and k != "url"} for found in json.loads(told)]


def test_the_page_of_a_running_server(server):
    etag = server.get("/news/atom.xml").etag
    server.get("/news/atom.xml", If_None_Match=etag, User_Agent="Feedly/1.0 (87 subscribers)")
    server.get("/nothing-here")
    server.site.edit("news/2026.yaml", "published: ", "publisht: ")
    wait_for("the problem", lambda: b"publisht" in status(server).body)
    wait_for("the requests", lambda: b"304 not modified 1" in status(server).body)
    page = status(server).body.decode()
    wait_for("the subscribers", lambda: b"At the end: Feedly 87." in status(server).body)
    assert "Something needs a person" in page
    assert "</span> alive</dd>" in page
    assert f":{server.port}</code>" in page
    assert looked_at(f"http://127.0.0.1:{server.admin_port}/") == [{}]


def test_the_metrics_of_a_running_server(server):
    told = server.metrics()
    assert "feedsvc_builder_silent 0.0" in told
    assert "feedsvc_store_up 1.0" in told
    assert 'feedsvc_process_starts_total{process="public"}' in told
