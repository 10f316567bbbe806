"""A small site of which one edit changes every document, and readers who would see half of one.

Its one file gives each section its entries; their titles, leads and pages all name the generation.
"""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path

from tests.system.servers import SampleSite
from tests.system.wire import Answer, ask

CONFIG = """\
title: Office of Tides
base_url: https://news.example.org
tag: news.example.org,2024
refresh: 1h
sections:
  a: {title: A}
  b: {title: B}
  c: {title: C}
"""
FILE = "a/all.yaml"
ENTRIES = 6
FEEDS = ("/a/rss.xml", "/b/atom.xml", "/c/feed.json", "/all/rss.xml", "/all/atom.xml")
PAGES = tuple(f"/a/e{number}" for number in range(ENTRIES))


def generation(number: int) -> str:
    """The file, whole."""
    return "".join(
        f"- id: e{entry}\n  published: 2024-07-0{entry + 1}\n  title: G{number}. of {entry}\n"
        f"  lead: G{number}. and no other.\n  sections: [b, c]\n"
        for entry in range(ENTRIES)
    )


def small_site(root: Path, number: int = 0, config: str = CONFIG) -> SampleSite:
    """The site in a folder of its own."""
    (root / "config").mkdir(parents=True)
    (root / "feeds" / "a").mkdir(parents=True)
    (root / "config" / "site.yaml").write_text(config, encoding="utf-8")
    site = SampleSite(root)
    site.write(FILE, generation(number))
    return site


def generations(body: bytes) -> list[int]:
    """Every generation that a document names."""
    return [int(number) for number in re.findall(rb"\bG(\d+)\.", body)]


@dataclass
class Reader:
    """Reads all feeds, and pages, all the time. ``wrong`` is what nobody must ever see.

    ``missed`` counts the questions that met no server, as when its process was just killed.
    """

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    seen: int = 0
    missed: int = 0
    newest: int = -1
    latest: int = 0
    longest: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        turn = 0
        while not self.over.is_set():
            # One after the other from one server: what stands between two equal ones is equal.
            for path in (*FEEDS, PAGES[turn % len(PAGES)]):
                self._document(path)
            self._ready()
            turn += 1
            self.over.wait(0.05)

    def _ask(self, path: str) -> Answer | None:
        began = time.monotonic()
        try:
            answer = ask(self.url + path)
        except (OSError, HTTPException):  # also half an answer, of a process that was killed
            self.missed += 1
            return None
        self.longest = max(self.longest, time.monotonic() - began)
        self.seen += 1
        return answer

    def _document(self, path: str) -> None:
        answer = self._ask(path)
        if answer is None:
            return
        found = generations(answer.body)
        want = ENTRIES if path in FEEDS else 1
        if answer.status != 200 or len(set(found)) != 1 or len(found) < want:
            self.wrong.append(f"{path}: {answer.status}, generations {sorted(set(found))}")
        elif found[0] < self.newest:
            self.wrong.append(f"{path}: generation {found[0]} after {self.newest}")
        else:
            self.newest = found[0]

    def _ready(self) -> None:
        answer = self._ask("/readyz")
        if answer is None:
            return
        number = re.match(rb"snapshot (\d+)", answer.body)
        if answer.status != 200 or not number:
            self.wrong.append(f"/readyz: {answer.status} {answer.body!r}")
        elif int(number[1]) < self.latest:
            self.wrong.append(f"/readyz: snapshot {int(number[1])} after {self.latest}")
        else:
            self.latest = int(number[1])


def say(counts: str) -> None:
    """For people: ``pytest -s`` or ``-rP`` shows it."""
    sys.stdout.write(f"\n{counts}\n")


@contextmanager
def reading(url: str) -> Iterator[Reader]:
    """Somebody reads for as long as the block lasts; nothing wrong may have been seen."""
    reader = Reader(url)
    thread = threading.Thread(target=reader.read, daemon=True)
    thread.start()
    try:
        yield reader
    finally:
        reader.over.set()
        thread.join(40)
    assert not reader.wrong, reader.wrong[:5]
    assert reader.seen
