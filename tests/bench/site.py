"""A synthetic site of any size: the same bytes for the same number of entries, on any machine.

Entries are spread evenly over ten years, a hundred in a file, files in turn over ten sections.
Pieces are worded once and then put together, so that a million entries take seconds; the entry's
number stands in title, lead and body, so that no two of them are alike.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

SECTIONS = 10
PER_FILE = 100
_POOL = 997
"""Pieces of each kind, a prime: neighbours differ."""
_START = datetime(2015, 1, 1, 0, 1)  # noqa: DTZ001 - written without a zone
_SPAN = timedelta(days=3650)
_WORDS = (  # noqa: SIM905 - a text, for reading
    "tide gauge harbour council quay report figures member states programme water level survey "
    "vessel buoy current season measure agree publish open review coast island forum session "
    "pilot dredging lighthouse ferry timetable storm warning salinity estuary café Ålesund – naïve"
).split()

CONFIG = """\
title: Bench Office
base_url: http://127.0.0.1:{port}
tag: bench.example.org,2024
refresh: 1h
sections:
"""


@dataclass(frozen=True)
class Piece:
    """An entry before it is written down; ``body`` is Markdown, ``more`` are lines of YAML."""

    ident: str
    section: str
    published: str
    title: str
    lead: str
    more: str
    body: str


def write(root: Path, entries: int, port: int) -> None:
    """Write config and entry files of about 0.94 KB an entry."""
    (root / "config").mkdir(parents=True)
    config = CONFIG.format(port=port)
    config += "".join(f"  s{n}: {{title: Section {n}}}\n" for n in range(SECTIONS))
    (root / "config" / "site.yaml").write_text(config)
    for number in range(SECTIONS):
        (root / "feeds" / f"s{number}").mkdir(parents=True)
    texts: list[str] = []
    for number, piece in enumerate(pieces(entries), start=1):
        texts.append(as_yaml(piece))
        if len(texts) == PER_FILE or number == entries:
            file(root, number - 1).write_text("".join(texts), encoding="utf-8")
            texts.clear()


def file(root: Path, number: int) -> Path:
    """The file that holds an entry."""
    place = number // PER_FILE
    return root / "feeds" / f"s{place % SECTIONS}" / f"{place:05}.yaml"


def live_feeds() -> list[str]:
    """The paths of every section's feeds, and of those of all sections together."""
    sections = ["all", *(f"s{number}" for number in range(SECTIONS))]
    return [f"/{name}/{file}" for name in sections for file in ("rss.xml", "atom.xml", "feed.json")]


def pieces(entries: int) -> Iterator[Piece]:
    """The oldest first."""
    pool = _pool()
    step = _SPAN / entries
    for number in range(entries):
        first, second = number % _POOL, number * 7 % (_POOL - 4)
        title, lead, more, _, _ = pool[second]
        yield Piece(
            ident=f"e{number:07}",
            section=f"s{number // PER_FILE % SECTIONS}",
            published=(_START + step * number).isoformat(" ", "minutes"),
            title=f"{title} {number}" if number % 50 else "",
            lead=f"{lead} Notice {number}.",
            more=more,
            body=f"Notice {number}: {pool[first][3]}\n\n{pool[second][4]}\n",
        )


def as_yaml(piece: Piece) -> str:
    """An entry as an admin would type it."""
    title = f"  title: {piece.title}\n" if piece.title else ""
    body = piece.body.replace("\n", "\n    ").replace("\n    \n", "\n\n").rstrip(" ")
    return (
        f"- id: {piece.ident}\n  published: {piece.published}\n{title}"
        f"  lead: {piece.lead}\n{piece.more}  body: |\n    {body}"
    )


@cache
def _pool() -> list[tuple[str, str, str, str, str]]:
    """Titles, leads, further keys, and two parts of a body."""
    words = random.Random(1)
    return [
        (
            _sentence(words, 5, ""),
            _sentence(words, 15),
            _more(number),
            _sentence(words, 30),
            _block(words, number),
        )
        for number in range(_POOL)
    ]


def _more(number: int) -> str:
    tags = f"  tags: [tides, harbours, {_WORDS[number % 20]}]\n"
    kinds = {
        0: "  authors: [Press office, {name: A. Pilot, email: pilot@example.org}]\n",
        1: "  event_date: 2014-12-24\n",
        2: f"  link: https://example.org/notices/{number}\n",
        3: f"  image: {{url: https://example.org/{number}.jpg, alt: A quay}}\n",
        4: (
            f"  enclosures: [{{url: https://example.org/{number}.mp3, type: audio/mpeg,"
            f" length: {1000 + number}}}]\n"
        ),
    }
    return tags + kinds.get(number % 20, "")


def _block(words: random.Random, number: int) -> str:
    """Quotation, list, links, table or plain paragraphs: each shape of the Markdown in use."""
    quote = f"> {_sentence(words, 16)}"
    bullets = "\n".join(f"* {_sentence(words, 8)}" for _ in range(3))
    link = f"See [{_sentence(words, 3, '')}](https://example.org/{number}) *and* **{number}**."
    table = "| gauge | level |\n| --- | --- |\n| north | 3.1 m |\n| south | 2.9 m |"
    image = f"![A quay](https://example.org/{number}.png)"
    plain = _sentence(words, 30)
    kinds = (
        (quote, bullets, link),
        (plain, link, quote),
        (bullets, plain),
        (table, quote, plain),
        (plain, link, _sentence(words, 15), image),
    )
    return "\n\n".join(kinds[number % len(kinds)])


def _sentence(words: random.Random, length: int, end: str = ".") -> str:
    return " ".join(words.choices(_WORDS, k=length)).capitalize() + end
