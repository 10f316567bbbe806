"""A look at files that were just saved, in place of a walk through all that there are.

In: the tree of the last look, and the paths that the file system told of. Out: the tree as it is
now; None where only a walk can tell. Knows nothing of what is in a file.

An edit among very many files so costs no more than one among few. What the file system did not tell
of is found by the next walk.
"""

from __future__ import annotations

import os
import stat
from bisect import bisect_left
from collections.abc import Collection
from operator import attrgetter
from pathlib import Path

import msgspec

from feedsvc.source.tree import SourceFile, Tree, as_shown, kind_of, stamp_of

#: So many saves at a time are no edit by hand, and some may not have been told.
_MANY = 100
_BY_PATH = attrgetter("path")


class Look(msgspec.Struct, frozen=True):
    """What was seen; only ``told`` can differ from the look before, None: anything may."""

    tree: Tree
    told: tuple[SourceFile, ...] | None = None


def glance(
    feeds_dir: Path, before: Tree, told: Collection[str], again: Collection[str] = ()
) -> Look | None:
    """What there is, where the paths told are files that were there and still are, or never count.

    ``again`` are files of the last look, as it names them, to be seen once more. Where links lead
    from one place to another, what is told of one place says too little.
    """
    if before.missing or before.linked or len(told) > _MANY:
        return None
    root = os.path.realpath(feeds_dir)
    files = list(before.files)
    places = {_place(files, path) for path in again}
    for path in told:
        names = Path(os.path.relpath(path, feeds_dir)).parts
        if names[:1] == ("..",):
            return None
        if not all(kind_of(name) for name in names):
            continue
        at = _place(files, "/".join((feeds_dir.name, *map(as_shown, names))))
        if at is None or files[at].location != str(Path(root, *names)):
            return None
        places.add(at)
    found = []
    for at in places:
        if at is None or (now := _now(files[at])) is None:
            return None
        files[at] = now
        found.append(now)
    return Look(msgspec.structs.replace(before, files=tuple(files)), tuple(found))


def _place(files: list[SourceFile], path: str) -> int | None:
    at = bisect_left(files, path, key=_BY_PATH)
    return at if at < len(files) and files[at].path == path else None


def _now(file: SourceFile) -> SourceFile | None:
    """The file as it is, None where it is no regular file any more."""
    try:
        status = os.lstat(file.location)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return msgspec.structs.replace(file, stamp=stamp_of(status))
