"""A rollback while everything runs: readers see it at once, and the builder does not undo it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from tests.system.publishing import FEED, FILE, NEW, OLD
from tests.system.servers import clean_environment, wait_for

pytestmark = pytest.mark.system


def command(server, *words):
    done = subprocess.run(
        [sys.executable, "-m", "feedsvc", *words, "--site", str(server.site.root)],
        env=clean_environment() | {"FEEDSVC_BASE_URL": server.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def shows(server, text):
    return wait_for(
        f"{text!r} in {FEED}",
        lambda: answer if text in (answer := server.get(FEED)).body.decode() else None,
    )


def modified(answer):
    """Last-Modified; nothing where it would lie in the future: RFC 9110 §8.8.2.1."""
    text = answer.headers.get("last-modified")
    return parsedate_to_datetime(text) if text else datetime.min.replace(tzinfo=UTC)


def test_readers_see_it_and_the_next_edit_is_published_at_once(server):
    good = shows(server, OLD)
    server.site.edit(FILE, OLD, NEW)
    wrong = shows(server, NEW)

    command(server, "rollback", "--yes")
    again = shows(server, OLD)
    # RFC 9110 §8.8: the tag is that of the bytes, and the date moves on
    assert again.etag == good.etag
    wait_for("a later date", lambda: modified(server.get(FEED)) > modified(wrong))
    stale = server.get(FEED, If_None_Match=wrong.etag)
    assert stale.status == 200
    assert server.get(FEED, If_Modified_Since=wrong.headers["last-modified"]).status == 200

    # an edit that changes nothing public wakes the builder, which publishes nothing
    server.site.write("news/comment.yaml", "[]\n")
    wait_for("the builder to say so", lambda: '"held"' in server.program.output())
    assert OLD in server.get(FEED).body.decode()

    server.site.edit(FILE, NEW, "Shad and salmon")
    assert OLD not in shows(server, "Shad and salmon").body.decode()


def test_resume_publishes_at_once(server):
    shows(server, OLD)
    server.site.edit(FILE, OLD, NEW)
    shows(server, NEW)
    command(server, "rollback", "--yes")
    shows(server, OLD)
    command(server, "rollback", "--resume")
    shows(server, NEW)
    server.site.edit(FILE, NEW, OLD)
    shows(server, OLD)
