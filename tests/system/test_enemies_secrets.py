"""Secrets with a mark on them, in a product that meets every error: the mark shows up nowhere.

The store's password, the webhook's address, the mail account's password and the admin listener's
token; looked for in what is logged and printed, on every page, in the metrics, in the database and
its journal, in the list of processes.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.sitedir import CONFIG
from tests.system.servers import (
    answers,
    clean_environment,
    copy_sample_site,
    free_port,
    serving,
    wait_for,
)
from tests.system.wire import ask

pytestmark = pytest.mark.system

TOKEN = "t0ken-7f3a-marked-and-long"
PASSWORD = "mail-7f3a-marked"
HOOK = "hook-7f3a-marked"
STORE = "store-7f3a-marked"
MARK = b"7f3a-marked"


def hooked(port: int) -> dict:
    """A webhook and a mail account that nobody answers."""
    email = {"to": "x@example.org", "from": "y@example.org", "smtp": f"localhost:{port}"}
    return {
        "webhook": f"http://127.0.0.1:{port}/services/{HOOK}",
        "allow_private": True,
        "email": email | {"user": "press"},
    }


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """A server that had problems to tell and nobody to tell them to; all that can be seen of it."""
    site = copy_sample_site(tmp_path_factory.mktemp("secrets") / "site")
    site.configure(lambda config: config.update(notify=hooked(free_port())))
    site.write("news/bad.yaml", "- {id: bad, published: never, title: x}\n")
    env = {"FEEDSVC_SERVE_ADMIN_TOKEN": TOKEN, "FEEDSVC_SMTP_PASSWORD": PASSWORD}
    told = run(site.root, "build", **env)
    assert "no connection" in told
    with serving(site, **env) as server:
        admin = f"http://127.0.0.1:{server.admin_port}"
        wait_for("the admin listener", lambda: answers(f"{admin}/healthz"))
        mine = {"Authorization": f"Bearer {TOKEN}"}
        for wrong in ("Bearer x", "Basic eDp5", f"Bearer {TOKEN}x"):
            ask(admin, headers={"Authorization": wrong})
        wait_for("the problem", lambda: b"bad.yaml" in ask(admin, headers=mine).body)
        before = ask(admin, headers=mine).body
        # The config breaks in every way near the secrets.
        config = site.root / "config" / "site.yaml"
        text = config.read_text("utf-8")
        for broken in (
            f"{text}store: [{STORE}]\n",
            f"{text}\tx: y\n",
            text.replace("http:", "htp:"),
        ):
            config.write_text(broken, encoding="utf-8")
            size = server.program.log.stat().st_size
            wait_for("the failure", lambda b=size: server.program.log.stat().st_size > b)
        seen = {
            "status": before,
            "status of a broken config": ask(admin, headers=mine).body,
            "metrics": ask(f"{admin}/metrics", headers=mine).body,
            "preview": ask(f"{admin}/preview/", headers=mine).body,
            "feed": server.get("/all/feed.json").body,
            "home": server.get("/").body,
            "ps": subprocess.run(
                ["ps", "-e", "-o", "args="], capture_output=True, check=True
            ).stdout,
        }
    seen["build"] = told.encode()
    seen["log"] = server.program.log.read_bytes()
    for file in sorted((site.root / "var").rglob("*")):
        if file.is_file():
            seen[f"var/{file.name}"] = file.read_bytes()
    return seen


def test_marked_secrets_are_nowhere(ran):
    assert b"bad.yaml" in ran["status"]
    assert b"feedsvc.web.server" in ran["ps"]
    assert {"log", "var/feedsvc.db"} <= ran.keys()
    assert [where for where, text in ran.items() if MARK in text] == []


def run(root: Path, *arguments: str, **env: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "feedsvc", *arguments, "--site", str(root)],
        env=clean_environment() | {"COLUMNS": "500", **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def site(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "feeds" / "news").mkdir(parents=True)
    (tmp_path / "config/site.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "store",
    [
        f"postgresql://press:{STORE}@127.0.0.1:1/news",
        f"postgresql://press:{STORE}@127.0.0.1:port/news",
        f"postgresql://press:{STORE}@[::1/news",
        f"postgres://press:{STORE}@127.0.0.1/news",
        f"mysql://press:{STORE}@127.0.0.1/news",
        f"postgresql://127.0.0.1:1/news?password={STORE}",
        f"press:{STORE}@127.0.0.1/news",
        f"postgresql://press:{STORE}@x@127.0.0.1:1/news",
    ],
)
def test_a_store_that_cannot_be_used_is_said_without_its_password(site, store):
    assert MARK.decode() not in run(site, "build", FEEDSVC_STORE=store)
    config = f"{CONFIG}store: {store}\n"
    (site / "config/site.yaml").write_text(config, encoding="utf-8")
    assert MARK.decode() not in run(site, "build")


@pytest.mark.parametrize(
    "line",
    [
        f"  webhook: htp://chat.example.org/{HOOK}",
        f"  webhook: https://chat.example.org/{HOOK}: x",
        f"  webhook: https://chat.example.org:port/{HOOK}",
        f"  webhook: 'https://chat.example.org/{HOOK}",
        f"  webhook: https://chat.example.org/{HOOK}\n  webhook: https://chat.example.org/{HOOK}",
        f"  webhook: [https://chat.example.org/{HOOK}]",
    ],
)
def test_a_webhook_that_cannot_be_used_is_said_without_its_address(site, line):
    config = f"{CONFIG}notify:\n{line}\n"
    (site / "config/site.yaml").write_text(config, encoding="utf-8")
    for form in ("text", "json", "github", "sarif"):
        assert MARK.decode() not in run(site, "check", "--format", form)
