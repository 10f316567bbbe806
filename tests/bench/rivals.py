"""Hugo's builds of the same content, set beside ours: cold, without change, after an edit."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import hugo
from tests.bench.process import Took
from tests.bench.table import Row, skip

FILES = 100_000
"""Markdown files at most: more of them take more time than a run has."""
_DATA_NEEDS = 0.3e-3
"""Seconds for an entry that the builds from data may take altogether."""


def measure(folder: Path, feeds: Path, entries: int, repeats: int, left: float) -> Iterator[Row]:
    """Rows of Hugo on content of that size; ``feeds`` are our YAML files, ``left`` are seconds."""
    if not (version := hugo.version()):
        skip("hugo", "everything", "hugo is not installed (apt-get install hugo)")
        return
    if entries * _DATA_NEEDS > left:
        skip("hugo", f"{entries:,} entries", f"{left:.0f} s are left")
        return
    data = hugo.from_data(folder / "data", feeds)
    saved = max((data / "data" / "feeds" / "s0").iterdir())
    yield from _rows("feeds alone, YAML data", data, lambda n: _retitle(saved, n), entries, repeats)
    shutil.rmtree(data)
    if tuple(map(int, version.split(".")[:2])) < (0, 126):
        skip("hugo", "pages, YAML data", f"Hugo {version} has no content adapters")
    if entries > FILES:
        skip("hugo", f"{entries:,} Markdown files", f"measured up to {FILES:,}")
        return
    files = hugo.from_markdown(folder / "markdown", entries)
    for name, pages in (("feeds alone, Markdown", False), ("feeds and pages, Markdown", True)):
        hugo.configure(files, pages=pages)
        # A page an entry takes a minute at 100,000: its rebuild is measured once.
        times = 1 if pages else repeats
        yield from _rows(name, files, lambda n: hugo.edit_markdown(files, n), entries, times)
    shutil.rmtree(files)


def _rows(
    name: str, root: Path, edit: Callable[[int], None], entries: int, repeats: int
) -> Iterator[Row]:
    version = hugo.version()
    cold = hugo.build(root)
    yield Row("hugo", f"{name}: cold", entries, cold.seconds, "s", _note(version, cold))
    yield Row("memory", f"hugo, {name}", entries, cold.memory, "MB")
    again = [hugo.build(root).seconds for _ in range(repeats)]
    yield Row.of("hugo", f"{name}: no change", entries, again, "s")
    edited = []
    for number in range(repeats):
        edit(number)
        edited.append(hugo.build(root).seconds)
    yield Row.of("hugo", f"{name}: one edit", entries, edited, "s")
    shutil.rmtree(root / "public")


def _note(version: str | None, took: Took) -> str:
    return f"Hugo {version}, {took.cpu:.1f} s of processors, {took.memory:.0f} MB"


def _retitle(path: Path, number: int) -> None:
    head, _, tail = path.read_text(encoding="utf-8").rpartition("  title: ")
    path.write_text(f"{head}  title: edit {number}\n{tail.partition(chr(10))[2]}", encoding="utf-8")
