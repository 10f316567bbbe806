"""The files of a site on the bench: as they are, and as they will be once they are mended.

In: the folder of a site and its config. Out: problems, and what ``mend`` makes of the files that
have some. An edge: it reads files. It writes none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from feedsvc.cli.common import errors
from feedsvc.cli.progress import each, progress
from feedsvc.errors import Problem, SourceError
from feedsvc.model import Site
from feedsvc.source import collect, tree
from feedsvc.source.mend import Mended, mend
from feedsvc.source.tree import SourceFile


class Bench:
    """All entry files of a site; each is read once."""

    def __init__(self, root: Path, site: Site) -> None:
        self.site = site
        self.found = tree.scan(root / "feeds")
        self.old: dict[str, bytes] = {}
        self.new: dict[str, bytes] = {}
        self.refused: list[Problem] = []
        with progress("Reading", "files") as step:
            self._tick = each(step, len(self.found.files))
            self.gathered = collect.gather(site, self.found, {}, self.read)

    def read(self, file: SourceFile) -> bytes:
        """What a file will hold. Raises OSError, SourceError."""
        if file.path in self.new:
            return self.new[file.path]
        if file.path not in self.old:
            self._tick()
            self.old[file.path] = tree.read(file)
        return self.old[file.path]

    def mended(self, wanted: Sequence[str] = ()) -> Iterator[tuple[SourceFile, Mended]]:
        """Each file in which something can be mended; where some are wanted, of those alone."""
        faulty = {problem.file for problem in errors(self.gathered.problems)} & self.old.keys()
        taken = set(self._taken()) if faulty else set()
        zone = ZoneInfo(self.site.timezone)
        for file in self.found.files:
            if file.path not in faulty or not inside(file.path, wanted):
                continue
            try:
                mending = mend(file.path, self.old[file.path], zone, taken)
            except SourceError as error:
                self.refused += error.problems
                continue
            if mending.done:
                self.new[file.path] = mending.data
                yield file, mending

    def left(self) -> list[Problem]:
        """What needs a person once all is mended."""
        problems = collect.gather(self.site, self.found, {}, self.read).problems
        return sorted((*self.refused, *problems))

    def _taken(self) -> Iterator[str]:
        for entry in self.gathered.entries:
            yield from (entry.id, entry.slug)
        for record in self.gathered.records.values():
            yield from record.held


def about(problem: Problem, wanted: Sequence[str]) -> bool:
    """Whether it is in one of the files or folders, or names one: as a duplicate id does."""
    named_there = any(f"{name}:" in problem.expected for name in wanted)
    return inside(problem.file, wanted) or named_there


def inside(path: str, wanted: Sequence[str]) -> bool:
    """Whether a file is one of those, or below one; where none are named, every file is."""
    below = (f"{name.rstrip('/')}/" for name in wanted)
    return not wanted or path in wanted or path.startswith(tuple(below))
