"""What an admin relies on while editing: embargoes end, mistakes do no harm, restarts no change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.system.publishing import FEED, FILE, FRESH, NEW, OLD
from tests.system.servers import Server, free_port, serving, wait_for
from tests.system.wire import Answer

pytestmark = pytest.mark.system


def test_an_embargo_ends_by_itself__contract_2(published):
    answer = published.server.get(FEED)
    now = parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    ends = now + timedelta(seconds=8)
    published.site.write(
        "news/embargo.yaml",
        f"id: embargoed\npublished: {ends.isoformat()}\ntitle: Now you may know\nlead: At last.\n",
    )
    seen: list[Answer] = []

    def public() -> bool:
        seen.append(published.server.get(FEED))
        return b"Now you may know" in seen[-1].body

    wait_for("the embargo's end", public)
    *before, after = seen
    assert when(after) >= ends
    assert when(before[-1]) <= ends + timedelta(seconds=5)
    assert before[0].etag == answer.etag
    assert published.server.get("/news/embargoed").status == 200
    # RFC 9111: once the server knows of the embargo, nobody may keep a copy beyond its end; one
    # that is given later, while the builder is late, no longer than it is late.
    bounded = [one for one in before if one.max_age < answer.max_age]
    assert bounded
    for one in bounded:
        late = max(timedelta(), when(one) - ends)
        spare = late + timedelta(seconds=1) if late or when(one) == ends else timedelta()
        assert when(one) + timedelta(seconds=one.max_age) <= max(ends, when(one)) + spare


def when(answer: Answer) -> datetime:
    return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)


def test_a_broken_edit_leaves_what_was_served__contract_2(published):
    good = published.site.read(FILE)
    before = published.server.get(FEED)
    published.site.write(FILE, good.replace("  title: Shad", "\ttitle: [Shad"))
    published.site.write("news/quay.yaml", FRESH)  # the rest publishes
    meanwhile = published.wait_until("quay wall")

    for text in (OLD, "Fuel spill at Saltmere contained"):
        assert text in before.body.decode()
        assert text in meanwhile.body.decode()
    assert published.server.get("/news/shad-count-2026").status == 200

    published.site.write(FILE, good.replace(OLD, NEW))
    assert OLD not in published.wait_until(NEW).body.decode()


def test_a_bad_entry_is_held_back_alone__contract_2(published):
    good = published.site.read(FILE)
    bad = good.replace("published: 2026-10-30 10:30", "published: 31.13.2026")
    published.site.write(FILE, bad.replace("Fuel spill at Saltmere", "Oil spill at Saltmere"))
    body = published.wait_until("Oil spill at Saltmere").body.decode()
    assert OLD in body, "what was public disappeared by a mistake"


def documents(server: Server) -> dict[str, Answer]:
    paths = ["/", "/all/", "/news/", "/news/shad-count-2026"]
    for section in ("all", "news", "speeches", "interviews", "publications", "media"):
        paths += [f"/{section}/rss.xml", f"/{section}/atom.xml"]
    return {
        f"{path} {coding}": server.get(path, Accept_Encoding=coding)
        for path in paths
        for coding in ("identity", "gzip", "br")
    }


def validators(answers: dict[str, Answer]) -> dict[str, tuple[str, str, bytes]]:
    return {
        name: (answer.etag, answer.headers["last-modified"], answer.body)
        for name, answer in answers.items()
    }


def test_restart_without_change_changes_nothing__contract_5(site):
    port = free_port()
    with serving(site, port=port) as first:
        before = documents(first)
    touch_every_file(site.root / "feeds")
    with serving(site, port=port) as second:
        after = documents(second)
    assert validators(before) == validators(after)


def test_another_store_gives_the_same_etags__contract_5(site, tmp_path):
    port = free_port()
    with serving(site, port=port) as first:
        before = {name: answer.etag for name, answer in documents(first).items()}
    (site.root / "var").rename(tmp_path / "elsewhere")
    with serving(site, port=port) as second:
        after = {name: answer.etag for name, answer in documents(second).items()}
    assert before == after


def touch_every_file(folder: Path) -> None:
    for file in folder.rglob("*.yaml"):
        file.touch()


def test_an_entry_that_is_taken_out_moves_the_validators(published):
    before = published.server.get(FEED)
    text = published.site.read(FILE)
    published.site.write(
        FILE, text.replace("- id: ice-notice-2026", "- id: ice-notice-2026\n  draft: true")
    )

    def gone() -> Answer | None:
        answer = published.server.get(FEED)
        return None if b":ice-notice-2026</id>" in answer.body else answer

    after = wait_for("the entry to leave", gone)
    assert after.etag != before.etag
    moved = [parsedate_to_datetime(one.headers["last-modified"]) for one in (before, after)]
    assert moved[0] < moved[1]
    assert b"deleted-entry" in after.body
    assert published.server.get("/news/ice-notice-2026").status == 410
