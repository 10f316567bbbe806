"""A synthetic site of any size: the same words for the same number of entries."""

import random
from pathlib import Path

SECTIONS = 10
PER_FILE = 100
_WORDS = (  # noqa: SIM905 - a text, for reading
    "tide gauge harbour council quay report figures member states programme water level survey "
    "vessel buoy current season measure agree publish open review coast island forum session"
).split()

CONFIG = """\
title: Bench Office
base_url: http://127.0.0.1:{port}
tag: bench.example.org,2024
refresh: 1h
sections:
"""


def write(root: Path, entries: int, port: int) -> None:
    """Write ``entries`` entries of about 1 KB, ``PER_FILE`` a file, over ``SECTIONS`` sections."""
    words = random.Random(1)
    config = CONFIG.format(port=port)
    config += "".join(f"  s{n}: {{title: Section {n}}}\n" for n in range(SECTIONS))
    (root / "config").mkdir(parents=True)
    (root / "config" / "site.yaml").write_text(config)
    for number, start in enumerate(range(0, entries, PER_FILE)):
        folder = root / "feeds" / f"s{number % SECTIONS}"
        folder.mkdir(parents=True, exist_ok=True)
        ids = range(start, min(start + PER_FILE, entries))
        text = "".join(_entry(ident, words) for ident in ids)
        (folder / f"{number:05}.yaml").write_text(text)


def edit(root: Path, number: int) -> str:
    """Change the newest entry of section 0; gives the words that must appear."""
    file = max((root / "feeds" / "s0").iterdir())
    mark = f"edit {number} of the newest"
    head, _, tail = file.read_text().rpartition("  title: ")
    file.write_text(head + f"  title: {mark}\n" + tail.partition("\n")[2])
    return mark


def _entry(ident: int, words: random.Random) -> str:
    day = 1 + ident % 28
    month = 1 + ident // 28 % 12
    year = 2000 + ident // 336 % 25
    minute = ident % 60
    return (
        f"- id: e{ident}\n"
        f"  published: {year}-{month:02}-{day:02} 10:{minute:02}\n"
        f"  title: {_sentence(words, 7)}\n"
        f"  lead: {_sentence(words, 20)}\n"
        f"  tags: [tides, harbours]\n"
        "  body: |\n"
        f"    {_sentence(words, 45)}\n\n"
        f"    > {_sentence(words, 15)}\n\n"
        f"    * {_sentence(words, 8)}\n"
        f"    * {_sentence(words, 8)}\n\n"
        f"    {_sentence(words, 45)}\n"
    )


def _sentence(words: random.Random, length: int) -> str:
    return " ".join(words.choices(_WORDS, k=length)).capitalize() + "."
