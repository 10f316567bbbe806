"""A damaged database is noticed, put aside and built anew; readers see nothing of it."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing

import pytest

from tests.system.faults.newsroom import (
    FEEDS,
    FILE,
    PAGES,
    generation,
    generations,
    reading,
    small_site,
)
from tests.system.servers import serving, wait_for

pytestmark = pytest.mark.system


def truncated(file):
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size * 3 // 5 // 4096 * 4096 + 1000)


def garbage(file):
    rolls = random.Random(4)
    with file.open("r+b") as opened:
        for page in range(1, file.stat().st_size // 4096, 2):
            opened.seek(page * 4096)
            opened.write(rolls.randbytes(4096))


def no_database(file):
    file.write_bytes(b"This is no database." * 1000)


def emptied(file):
    file.write_bytes(b"")


BASE = "https://news.example.org"
DAMAGES = (truncated, garbage, no_database, emptied)


def agree(server, number):
    found = [generations(server.get(path).body) for path in FEEDS]
    return all(set(one) == {number} for one in found)


def emptied_log(file):
    """What is only in the log is in the file then, so that it can be damaged."""
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def test_a_damaged_store_is_replaced_while_it_serves(tmp_path):
    site = small_site(tmp_path / "site")
    file, log = site.root / "var" / "feedsvc.db", site.root / "var" / "serve.log"
    with serving(site) as server, reading(server.url) as reader:
        wait_for("every page in memory", lambda: reader.seen > 60)
        before = server.get("/feeds.opml").etag
        for number, damage in enumerate(DAMAGES, start=1):
            emptied_log(file)
            damage(file)
            site.write(FILE, generation(number))
            wait_for(f"the edit, though {damage.__name__}", lambda: reader.newest == number)  # noqa: B023
            wait_for("all feeds to agree", lambda: agree(server, number))  # noqa: B023
            said = log.read_text()
            assert said.count("a new store was begun") == number, said[-3000:]
            with closing(sqlite3.connect(file)) as opened:
                assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert file.with_name("feedsvc.db.damaged").exists()
        assert server.get("/feeds.opml").etag == before
        # A store of which nothing could be saved counts from one again: that alone is no fault.
        # What was not in memory while it was damaged may have to be asked for again; and SQLite,
        # which has no checksums, may give an old row until the damage is met. It is gone by then.
        harmless = ("/readyz: snapshot", ": 503, generations []", ": generation")
        reader.wrong = [one for one in reader.wrong if not any(map(one.__contains__, harmless))]
        assert "Traceback" not in log.read_text()


def test_one_wrong_byte_in_a_body_is_never_served(tmp_path):
    site = small_site(tmp_path / "site")
    file = site.root / "var" / "feedsvc.db"
    with serving(site, base_url=BASE):
        pass
    with closing(sqlite3.connect(file)) as opened:
        names = {name: name for (name,) in opened.execute("SELECT digest FROM bodies")}
        for name in names:
            query = "SELECT rowid, data FROM bodies WHERE digest = ? AND coding <> 'br'"
            for row, data in opened.execute(query, [name]).fetchall():
                spoiled = data[:20] + bytes([data[20] ^ 1]) + data[21:]
                opened.execute("UPDATE bodies SET data = ? WHERE rowid = ?", [spoiled, row])
        opened.commit()
    with serving(site, base_url=BASE) as server:
        wait_for("all of it", lambda: all(server.get(path).status == 200 for path in FEEDS))
        for path in (*FEEDS, *PAGES):
            answer = wait_for(path, lambda: good(server.get(path)))  # noqa: B023
            assert b"G0." in answer.body
        assert "is not what it was" in (site.root / "var" / "serve.log").read_text()
        assert "damaged" in server.status()


def good(answer):
    assert answer.status in {200, 503}
    return answer if answer.status == 200 else None


@pytest.mark.parametrize("damage", [garbage, emptied])
def test_a_server_starts_on_a_damaged_store(tmp_path, damage):
    site = small_site(tmp_path / "site")
    with serving(site, base_url=BASE):
        pass
    damage(site.root / "var" / "feedsvc.db")
    with serving(site, base_url=BASE) as server:
        assert server.get(FEEDS[0]).status == 200
