"""The preview in a real browser: it follows every save, and the slider leads to Monday."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.system.servers import answers, free_port, node_packages, require, running, wait_for
from tests.system.test_status_chromium import looked_at
from tests.system.wire import ask

pytestmark = pytest.mark.system

LATER = "id: later\npublished: 2099-03-02 09:00\ntitle: Said in 2099\nlead: Not before.\n"
DRAFT = "id: sketch\npublished: 2026-01-02\ntitle: A sketch\nlead: Unfinished.\ndraft: true\n"


@contextmanager
def previewing(site):
    """``feedsvc serve --preview``; gives its address."""
    site.configure(lambda config: [config.pop(name) for name in ("icon", "logo")])  # elsewhere
    port = free_port()
    command = [sys.executable, "-m", "feedsvc", "serve", "--preview", "--site", site.root]
    with running([*command, "--bind", f"127.0.0.1:{port}"], site.root.parent / "log") as program:
        program.wait_until(lambda: answers(f"http://127.0.0.1:{port}/"))
        yield f"http://127.0.0.1:{port}"


def test_it_follows_a_save_and_the_slider_leads_along_the_time_line(site):
    site.write("news/later.yaml", LATER)
    with previewing(site) as url:
        browser = subprocess.Popen(
            [require("node"), node_packages() / "preview.mjs", f"{url}/news/", "A sketch"],
            env={**os.environ, "CHROMIUM": require("chromium")},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert browser.stdout.readline() == "ready\n"
        site.write("news/sketch.yaml", DRAFT)
        found = json.loads(browser.communicate(timeout=60)[0])
    assert found["said"] == []
    assert found["at"] == f"{url}/@2099-03-02T09:00/news/"
    assert found["titles"][0] == "Said in 2099"
    assert "A sketch" not in found["titles"]


def test_everybody_can_use_it(site):
    site.write("news/later.yaml", LATER)
    site.write("news/wrong.yaml", LATER.replace("2099-03", "2099-13").replace("later", "wrong"))
    with previewing(site) as url:
        assert looked_at(f"{url}/", f"{url}/news/later", f"{url}/@now/news/") == [{}, {}, {}]


def test_it_stands_alone_and_leaves_nothing_behind(site):
    with previewing(site) as url:
        assert ask(f"{url}/news/atom.xml").status == 200
        assert not (site.root / "var").exists()


def test_it_is_on_the_admin_listener_and_on_no_public_one(site, server):
    site.write("news/sketch.yaml", DRAFT)
    below = f"http://127.0.0.1:{server.admin_port}/preview"
    assert b"A sketch" in ask(f"{below}/news/").body
    assert b"A draft: not public" in ask(f"{below}/news/sketch").body
    assert server.get("/preview/").status == 404
    wait_for("another build", lambda: "feedsvc_builds_total 2.0" in server.metrics())
    assert server.get("/news/sketch").status == 404
