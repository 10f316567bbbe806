"""From the saved file to the feed over HTTP, with the whole product running; and what it writes."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from feedsvc.store import Store, locate
from tests.bench import edits, process, site
from tests.bench.builds import DATABASE
from tests.bench.edits import Edit
from tests.bench.live import SETTLE, Client, Live
from tests.bench.table import Row

Make = Callable[[Path, int, str], Edit]


def measure(live: Live, entries: int, count: int, others: int) -> Iterator[Row]:
    """Rows of ``count`` new titles, each in another section, and ``others`` of other kinds."""
    titles = [_saved(live, edits.retitle, _new(entries, n), f"title {n}") for n in range(count)]
    yield Row.of("edit", "saved to served: new title", entries, titles, "s")
    if not others:
        return
    bodies = [_saved(live, edits.rebody, _new(entries, n), f"words {n}") for n in range(others)]
    yield Row.of("edit", "saved to served: new body", entries, bodies, "s")
    olds = [_saved(live, edits.retitle, _old(entries, n), f"old {n}") for n in range(others)]
    yield Row.of("edit", "saved to served: an old entry", entries, olds, "s", "back in the feed")
    places = [_new(entries, n) for n in range(others)]
    marks = [_mark(f"added {number}") for number in places]
    pairs = list(zip(places, marks, strict=True))
    added = [_served(live, edits.add, number, mark) for number, mark in pairs]
    yield Row.of("edit", "saved to served: new entry", entries, added, "s")
    gone = [_served(live, _delete, number, mark) for number, mark in pairs]
    yield Row.of("edit", "saved to served: deletion", entries, gone, "s", "until its tombstone")


def unchanged(live: Live, entries: int, count: int) -> Iterator[Row]:
    """What the running builder itself notes where a file is saved with the bytes that it had."""
    store = Store(locate(DATABASE, live.root))
    took = []
    for number in range(count):
        path = site.file(live.root, _new(entries, number))
        last = store.journal.attempts(1)[0].number
        path.write_bytes(path.read_bytes())
        while (attempt := store.journal.attempts(1)[0]).number == last:
            time.sleep(0.01)
        if attempt.result != "unchanged":
            raise RuntimeError(f"a save without change was {attempt.result}")
        took.append(attempt.seconds)
        live.quiet()
    store.close()
    yield Row.of("build", "no change, build --watch", entries, took, "s", "from its journal")


def bytes_written(live: Live, entries: int, count: int) -> Iterator[Row]:
    """What one edit writes, beside the entry's own documents.

    Those are: its page in each coding, and what stands for it in RSS, Atom and JSON.
    """
    written, rows, ratios = [], [], []
    for number in range(count):
        live.quiet()
        grown = Grown(live.root / "var" / "feedsvc.db")
        before = process.written(live.builder())
        edit = edits.retitle(live.root, _new(entries, number), _mark("written"))
        live.served(edit)
        live.quiet()
        written.append(process.written(live.builder()) - before)
        rows.append(grown.bytes())
        ratios.append(rows[-1] / own(live, edit))
        time.sleep(SETTLE)
    note = "pages of the database, its log, caches: all that the builder hands to write()"
    yield Row.of("bytes", "written to disk for a one-entry edit", entries, written, "bytes", note)
    yield Row.of("bytes", "rows of the store for a one-entry edit", entries, rows, "bytes")
    note = "its page in three codings, its part of RSS, Atom and JSON"
    yield Row.of("bytes", "those rows, beside its own documents", entries, ratios, "×", note)
    pairs = zip(written, rows, ratios, strict=True)
    disk = [size / (added / ratio) for size, added, ratio in pairs]
    yield Row.of("bytes", "written to disk, beside its own documents", entries, disk, "×")


def own(live: Live, edit: Edit) -> int:
    """Bytes of the documents that are the entry's alone."""
    client = Client(live.port)
    page = f"/{edit.section}/{edit.ident}"
    pages = [client.get(page, Accept_Encoding=coding)[2] for coding in ("identity", "gzip", "br")]
    parts = [
        _part(client.get(f"/{edit.section}/rss.xml")[2].decode(), "item", edit.mark),
        _part(client.get(f"/{edit.section}/atom.xml")[2].decode(), "entry", edit.mark),
    ]
    items = json.loads(client.get(f"/{edit.section}/feed.json")[2])["items"]
    item = next(item for item in items if item.get("title") == edit.mark)
    parts.append(json.dumps(item, ensure_ascii=False))
    return sum(map(len, pages)) + sum(len(part.encode()) for part in parts)


def _part(feed: str, tag: str, mark: str) -> str:
    parts: list[str] = re.findall(rf"<{tag}\b.*?</{tag}>", feed, re.DOTALL)
    return next(part for part in parts if mark in part)


class Grown:
    """How many bytes of rows a database has gained since: rows are counted, not pages."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with sqlite3.connect(file) as database:
            query = "SELECT name FROM sqlite_master WHERE type = 'table'"
            names = [name for (name,) in database.execute(query)]
            self._last = {name: self._highest(database, name) for name in names}

    def bytes(self) -> int:
        """Of rows written since, keys included; rows changed in place are not seen."""
        with sqlite3.connect(self._file) as database:
            return sum(self._since(database, name, last) for name, last in self._last.items())

    @staticmethod
    def _highest(database: sqlite3.Connection, table: str) -> int:
        return database.execute(f'SELECT max(rowid) FROM "{table}"').fetchone()[0] or 0

    @staticmethod
    def _since(database: sqlite3.Connection, table: str, last: int) -> int:
        columns = [row[1] for row in database.execute(f'PRAGMA table_info("{table}")')]
        lengths = "+".join(f'ifnull(length(CAST("{name}" AS BLOB)), 0)' for name in columns)
        query = f'SELECT sum({lengths}) FROM "{table}" WHERE rowid > ?'
        return database.execute(query, (last,)).fetchone()[0] or 0


def _saved(live: Live, make: Make, number: int, what: str) -> float:
    return _served(live, make, number, _mark(what))


def _served(live: Live, make: Make, number: int, mark: str) -> float:
    time.sleep(SETTLE)
    return live.served(make(live.root, number, mark))


def _mark(what: str) -> str:
    """Words that never stood in this site before, nor in a run before this one."""
    return f"{what} {time.monotonic_ns()}"


def _delete(root: Path, number: int, mark: str) -> Edit:
    return edits.delete(root, number, mark.replace(" ", "-"))


def _new(entries: int, number: int) -> int:
    return edits.newest(entries, number % site.SECTIONS)


def _old(entries: int, number: int) -> int:
    """An entry of the middle of the history, in another file each time."""
    return (entries // 2 + number * site.PER_FILE) % entries
