"""Whether a file may still be in the middle of being saved: then what it lacks is not deleted yet.

In: what files gave before and give now, when they were written last, the instant. Out: the same
records, with the entries that a file has just lost, until it has been at rest for a while; and the
paths of files that have just gone, which may be about to come back. A file that is written in place
in two halves parses at half time; editors, git and sync tools remove a file and write it anew.
Knows no file system: times come with the stamps, and from looking again.

The clock of a file system moves in ticks. A file that is read within the tick in which it was
written may be written once more in the same one: same size, same times, same inode, other bytes
(git calls such files racily clean). So its stamp is doubted: at every look it is read, and its
bytes compared, until the tick is over. Files that were written earlier cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from feedsvc.source.records import FileRecord
from feedsvc.source.tree import SourceFile, Stamp, Tree, doubted

#: Where a stamp has them. No program can set ctime: that of a file saved by cp -p is new, too.
_MTIME, _CTIME, _INODE = 1, 2, 3
#: The longest tick, in nanoseconds. Linux writes the time of its last timer interrupt, 10 ms old at
#: most; Windows' timer needs 15.6 ms; the rest is for a server's clock that is not quite ours. HFS+
#: and ext3 write whole seconds, FAT every second one, FUSE and SFTP what their far end writes.
_TICK, _LONG_TICK = 20_000_000, 2_000_000_000
#: How far ahead of a look a file may have been written: while the look went on, or by the clock of
#: a server that is fast. Beyond, ours was set back, and it may take years until that is over.
_AHEAD = 60_000_000_000
_SECOND = 1_000_000_000


class Rest:
    """How long files must have been at rest, seen from one look after the other.

    ``lacking``: whether something was kept at the last look for that reason; ``doubted`` are the
    paths of the files whose stamps prove nothing yet.
    """

    def __init__(self, span: timedelta) -> None:
        self.lacking = False
        self.doubted: frozenset[str] = frozenset()
        self._span = span
        self._gone: dict[str, datetime] = {}
        self._now: datetime | None = None

    @property
    def waiting(self) -> bool:
        """Whether another look must follow soon."""
        return self.lacking or bool(self.doubted)

    def look(self, tree: Tree, previous: Mapping[str, FileRecord], now: datetime) -> Tree:
        """Begin a look: gives the tree, in which files that have just gone are not gone yet.

        ``now`` must not be later than the tree's own look at the files.
        """
        self.lacking, self._now = False, now
        tree = self._doubting(tree, int(now.timestamp() * _SECOND))
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
        self.lacking = bool(late)
        return msgspec.structs.replace(tree, blocked=(*tree.blocked, *late))

    def kept(self, file: SourceFile, new: FileRecord, old: FileRecord | None) -> FileRecord:
        """The record of a file that was read, with what it lost if it may be there in part only."""
        if not old or not self._span or not self._is_recent(_changed(file)):
            return new
        present = {entry.id for entry in new.entries}
        lost = tuple(entry for entry in old.entries if entry.id not in present)
        if not lost:
            return new
        self.lacking = True
        return msgspec.structs.replace(
            new,
            entries=(*new.entries, *lost),
            kept=tuple(sorted((*new.kept, *(entry.id for entry in lost)))),
            essence="",
            again=True,
        )

    def _doubting(self, tree: Tree, now: int) -> Tree:
        """The tree, in which no stamp counts that the next save may give once more."""
        # Of very many files few are so new: only those are looked at closely.
        since = now - _LONG_TICK
        self.doubted = new = frozenset(
            file.path
            for file in tree.files
            if (file.stamp[_CTIME] > since or file.stamp[_MTIME] > since)
            and _is_within_tick(file.stamp, now)
        )
        if not new:
            return tree
        files = (doubted(file) if file.path in new else file for file in tree.files)
        return msgspec.structs.replace(tree, files=tuple(files))

    def _is_recent(self, instant: datetime) -> bool:
        """Not in the future either, as after a clock was set back: that could last long."""
        return self._now is not None and abs(self._now - instant) < self._span


def _is_within_tick(stamp: Stamp, now: int) -> bool:
    """Whether the tick in which a file was written may not be over yet.

    Either time tells: where there is no ctime, mtime alone. A time without a fraction is one of a
    clock that counts seconds.
    """
    return any(
        -_AHEAD < now - time < (_TICK if time % _SECOND else _LONG_TICK)
        for time in (stamp[_MTIME], stamp[_CTIME])
    )


def _changed(file: SourceFile) -> datetime:
    return datetime.fromtimestamp(file.stamp[_CTIME] / 1e9, UTC)
