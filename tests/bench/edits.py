"""Edits as an admin makes them: a file of the synthetic site, changed and saved in place."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench import site


@dataclass(frozen=True)
class Edit:
    """What was saved: ``mark`` will stand in the feed of ``section``; ``at`` is perf_counter()."""

    section: str
    ident: str
    mark: str
    at: float


def newest(entries: int, section: int) -> int:
    """The number of the newest entry of a section; every file is full."""
    last = entries // site.PER_FILE - 1
    return (last - (last - section) % site.SECTIONS) * site.PER_FILE + site.PER_FILE - 1


def retitle(root: Path, number: int, mark: str) -> Edit:
    """Another title, or a first one."""

    def change(entry: str) -> str:
        lines = entry.split("\n")
        lines = [line for line in lines if not line.startswith("  title: ")]
        return "\n".join([*lines[:2], f"  title: {mark}", *lines[2:]])

    return _change(root, number, mark, change)


def rebody(root: Path, number: int, mark: str) -> Edit:
    """A few words more in the body."""
    return _change(
        root,
        number,
        mark,
        lambda entry: entry.replace("  body: |\n    ", f"  body: |\n    {mark} "),
    )


def add(root: Path, number: int, mark: str) -> Edit:
    """A new entry at the end of the file that holds ``number``: the newest of its section."""
    path = site.file(root, number)
    ident = mark.replace(" ", "-")
    entry = (
        f"- id: {ident}\n  published: 2025-01-01 {int(time.monotonic()) % 24:02}:00\n"
        f"  title: {mark}\n  lead: What is new.\n  body: |\n    The rest of it.\n"
    )
    return _save(path, path.read_text(encoding="utf-8") + entry, ident, mark)


def delete(root: Path, number: int, ident: str) -> Edit:
    """Take an entry out of the file that holds ``number``; Atom then has a tombstone."""
    path = site.file(root, number)
    head, entry, tail = _cut(path.read_text(encoding="utf-8"), ident)
    if not entry:
        raise ValueError(f"{path} has no {ident}")
    mark = f'deleted-entry ref="tag:bench.example.org,2024:{ident}"'
    return _save(path, head + tail, ident, mark)


def _change(root: Path, number: int, mark: str, change: Callable[[str], str]) -> Edit:
    path, ident = site.file(root, number), f"e{number:07}"
    head, entry, tail = _cut(path.read_text(encoding="utf-8"), ident)
    return _save(path, head + change(entry) + tail, ident, mark)


def _cut(text: str, ident: str) -> tuple[str, str, str]:
    start = text.index(f"- id: {ident}\n")
    end = text.find("\n- id: ", start)
    end = len(text) if end < 0 else end + 1
    return text[:start], text[start:end], text[end:]


def _save(path: Path, text: str, ident: str, mark: str) -> Edit:
    path.write_text(text, encoding="utf-8")
    return Edit(path.parent.name, ident, mark, time.perf_counter())
