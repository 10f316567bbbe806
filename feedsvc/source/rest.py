"""Whether a file may still be in the middle of being saved: then what it lacks is not deleted yet.

In: what files gave before and give now, when they were written last, the instant. Out: the same
records, with the entries that a file has just lost, until it has been at rest for a while; and the
paths of files that have just gone, which may be about to come back. A file that is written in place
in two halves parses at half time; editors, git and sync tools remove a file and write it anew.
Knows no file system: times come with the stamps, and from looking again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from feedsvc.source.records import FileRecord
from feedsvc.source.tree import SourceFile, Tree

#: Where a stamp has them. No program can set ctime: that of a file saved by cp -p is new, too.
_CTIME, _INODE = 2, 3


class Rest:
    """How long files must have been at rest, seen from one look after the other.

    ``waiting``: whether something was kept at the last look for that reason, so that another look
    must follow soon.
    """

    def __init__(self, span: timedelta) -> None:
        self.waiting = False
        self._span = span
        self._gone: dict[str, datetime] = {}
        self._now: datetime | None = None

    def look(self, tree: Tree, previous: Mapping[str, FileRecord], now: datetime) -> Tree:
        """Begin a look: gives the tree, in which files that have just gone are not gone yet."""
        self.waiting, self._now = False, now
        if not self._span or not tree.files:
            return tree
        present = {file.path for file in tree.files}
        missing = {path for path in previous.keys() - present if previous[path].entries}
        self._gone = {path: self._gone.get(path, now) for path in missing}
        if not missing:
            return tree
        moved = {file.stamp[_INODE] for file in tree.files}
        late = sorted(
            path
            for path in missing
            if self._is_recent(self._gone[path]) and previous[path].stamp[_INODE] not in moved
        )
        self.waiting = bool(late)
        return msgspec.structs.replace(tree, blocked=(*tree.blocked, *late))

    def kept(self, file: SourceFile, new: FileRecord, old: FileRecord | None) -> FileRecord:
        """The record of a file that was read, with what it lost if it may be there in part only."""
        if not old or not self._span or not self._is_recent(_changed(file)):
            return new
        present = {entry.id for entry in new.entries}
        lost = tuple(entry for entry in old.entries if entry.id not in present)
        if not lost:
            return new
        self.waiting = True
        return msgspec.structs.replace(
            new,
            entries=(*new.entries, *lost),
            kept=tuple(sorted((*new.kept, *(entry.id for entry in lost)))),
            essence="",
            again=True,
        )

    def _is_recent(self, instant: datetime) -> bool:
        """Not in the future either, as after a clock was set back: that could last long."""
        return self._now is not None and abs(self._now - instant) < self._span


def _changed(file: SourceFile) -> datetime:
    return datetime.fromtimestamp(file.stamp[_CTIME] / 1e9, UTC)
