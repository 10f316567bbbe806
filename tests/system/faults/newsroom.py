"""A small site of which one edit changes every document, and readers who would see half of one.

Its one file gives each section its entries; their titles, leads and pages all name the generation.
"""

from __future__ import annotations

import re
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from tests.system import readers
from tests.system.servers import SampleSite

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
class Reader(readers.Reader):
    """Reads all feeds, and pages: what names two generations, or an older one than before."""

    url: str = ""
    newest: int = -1
    latest: int = 0
    turn: int = 0

    def look(self) -> None:
        # One after the other from one server: what stands between two equal ones is equal.
        for path in (*FEEDS, PAGES[self.turn % len(PAGES)]):
            self._document(path)
        self._ready()
        self.turn += 1

    def _document(self, path: str) -> None:
        answer = self.ask(self.url + path)
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
        answer = self.ask(f"{self.url}/readyz")
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


def reading(url: str) -> AbstractContextManager[Reader]:
    """Somebody reads for as long as the block lasts; nothing wrong may have been seen."""
    return readers.reading(Reader(url=url))
