"""Which files under ``feeds/`` count, and their bytes.

In: a folder. Out: a ``Tree`` of entry files in a fixed order, and of what stands in the way. It
reads no more than directories until ``read`` is called, and must not know what an entry is or which
sections are configured.

Hidden files and editors' temporaries are as if they were not there. A link inside ``feeds/`` counts
where what it leads to would not count by itself, so that no file is read twice; a link that leads
out of ``feeds/`` is refused, as is everything that is no regular file.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec

from feedsvc.errors import Problem, SourceError
from feedsvc.source.nodes import LIMITS, oversize

Stamp = tuple[int, int, int, int]
"""Size in bytes, mtime and ctime in nanoseconds, inode: equal as long as nobody wrote the file."""

_DOUBT = -1
"""In place of the size: whoever has read a file with such a stamp cannot know it by that."""

_FIELD = "file"
_FLAGS = re.IGNORECASE | re.DOTALL
_ENTRY_FILE = re.compile(r".*\.ya?ml\Z", _FLAGS)
# Emacs' #x#, Vim's 4913, Kate's x.kate-swp, GLib's .goutputstream-x (hidden), backups x~.
_TEMPORARY = re.compile(r"[.#]|4913\Z|.*(?:~|#|\.tmp|\.sw[a-p]|\.kate-swp)\Z", _FLAGS)
_DISGUISED = re.compile(r".*\.ya?ml\.txt\Z", _FLAGS)
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class SourceFile(msgspec.Struct, frozen=True, gc=False):
    """One entry file: ``path`` as admins know it (``feeds/news/2024.yaml``), ``location`` to open.

    ``path`` is printable and unique, whatever bytes the name consists of.
    """

    path: str
    section: str
    location: str
    stamp: Stamp


class Tree(msgspec.Struct, frozen=True):
    """What stands under ``feeds/``: entry files, by path.

    ``missing``: there is no such folder, or it cannot be listed. ``blocked`` are the paths of files
    and folders that exist and cannot be used: what is below them is unknown, not deleted.
    ``linked``: there are links among them.
    """

    files: tuple[SourceFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    missing: bool = False
    blocked: tuple[str, ...] = ()
    linked: bool = False


def doubted(file: SourceFile) -> SourceFile:
    """The same file, with a stamp that proves nothing: the next save may have the same one."""
    return msgspec.structs.replace(file, stamp=(_DOUBT, *file.stamp[1:]))


def proves(stamp: Stamp) -> bool:
    """Whether a file that has this stamp again is the same."""
    return stamp[0] != _DOUBT


def scan(feeds_dir: Path) -> Tree:
    """List the entry files. Never raises: what cannot be listed is among the problems."""
    return _Scan(feeds_dir).tree()


def read(file: SourceFile, limit: int = LIMITS.size) -> bytes:
    """The bytes of a file, at most ``limit``; never waits for a pipe or follows a link.

    Raises SourceError where it is larger, no regular file any more, or written at this moment;
    OSError where it cannot be read.
    """
    descriptor = os.open(file.location, _OPEN)
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise SourceError([_special(file.path, before.st_mode)])
        if before.st_size > limit:
            raise SourceError([oversize(file.path, before.st_size, limit)])
        data = _up_to(descriptor, before.st_size + 1)
        if len(data) != before.st_size or stamp_of(os.fstat(descriptor)) != stamp_of(before):
            raise SourceError([_problem(file.path, *_UNFINISHED)])
        return data
    finally:
        os.close(descriptor)


def _up_to(descriptor: int, size: int) -> bytes:
    parts = []
    while size and (part := os.read(descriptor, size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def stamp_of(status: os.stat_result) -> Stamp:
    """What tells whether anybody wrote a file."""
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


class _Scan:
    """One walk: folders first, then the links that were met on the way."""

    def __init__(self, feeds_dir: Path) -> None:
        self.name = feeds_dir.name
        self.root = os.path.realpath(feeds_dir)
        self.files: list[SourceFile] = []
        self.problems: list[Problem] = []
        self.blocked: list[str] = []
        self.counted: set[str] = set()  # the real paths of files and folders that were met
        self.links: list[tuple[str, str]] = []

    def tree(self) -> Tree:
        """Walk, and sum up."""
        try:
            os.scandir(self.root).close()
        except OSError as error:
            problem = _problem(f"{self.name}/", _reason(error), *_NO_FOLDER)
            return Tree(problems=(problem,), missing=True)
        self.walk(self.root, self.name)
        linked = bool(self.links)
        while self.links:
            links, self.links = sorted(self.links), []
            for path, location in links:
                self.follow(path, location)
        files = tuple(sorted(self.files, key=lambda file: file.path))
        problems, blocked = tuple(sorted(self.problems)), tuple(sorted(self.blocked))
        return Tree(files, problems, blocked=blocked, linked=linked)

    def walk(self, folder: str, path: str) -> None:
        """Every folder below, without following links; ``path`` is the folder's as shown."""
        waiting = [(folder, path)]
        while waiting:
            folder, path = waiting.pop()
            if folder in self.counted:
                continue
            self.counted.add(folder)
            try:
                with os.scandir(folder) as listing:
                    for item in listing:
                        if kind := kind_of(item.name):
                            shown = f"{path}/{as_shown(item.name)}"
                            waiting.extend(self.meet(item, shown, kind))
            except OSError as error:
                self.block(f"{path}/", _reason(error), "a folder that can be listed", _PERMISSION)

    def meet(self, item: os.DirEntry[str], path: str, kind: _Kind) -> Sequence[tuple[str, str]]:
        """One thing in a folder; gives it back where it is a folder itself."""
        if item.is_symlink():
            self.links.append((path, item.path))
        elif item.is_dir():
            return [(item.path, path)]
        elif kind == "entries":
            self.add(path, item.path)
        elif kind == "disguised":
            found, expected = "a name that ends in .txt", "a name that ends in .yaml"
            fix = "rename it; until then it does not count"
            self.problems.append(_problem(path, found, expected, fix, "warning"))
        return ()

    def add(self, path: str, location: str) -> None:
        """A file whose name says that it holds entries."""
        try:
            status = os.lstat(location)
        except FileNotFoundError:  # gone since the folder was listed
            return
        _, *folders = path.split("/", 2)[:-1]
        if not stat.S_ISREG(status.st_mode):
            self.problems.append(_special(path, status.st_mode))
            self.blocked.append(path)
        elif not folders:
            self.block(path, "a file outside the folders of the sections", *_NO_SECTION)
        else:
            self.counted.add(location)
            self.files.append(SourceFile(path, folders[0], location, stamp_of(status)))

    def follow(self, path: str, location: str) -> None:
        """A link: refused where it leads out of the root, left alone where it adds nothing."""
        named = bool(_ENTRY_FILE.match(path))
        try:
            target = os.path.realpath(location, strict=True)
        except OSError:
            if named:
                self.block(path, "a link that leads nowhere", *_LINK)
            return
        folder = Path(target).is_dir()
        if target in self.counted or not (named or folder):
            return
        if os.path.commonpath((target, self.root)) != self.root:
            self.block(path, f"a link that leads out of {self.name}/", *_LINK)
        elif folder:
            self.walk(target, path)
        else:
            self.add(path, target)

    def block(self, path: str, found: str, expected: str, fix: str) -> None:
        """Something that exists and cannot be used."""
        self.problems.append(_problem(path, found, expected, fix))
        self.blocked.append(path.rstrip("/"))


_Kind = Literal["entries", "disguised", "other", ""]


@lru_cache(maxsize=65536)
def kind_of(name: str) -> _Kind:
    """What a name says; "" for what counts as not being there."""
    if _TEMPORARY.match(name):
        return ""
    if _ENTRY_FILE.match(name):
        return "entries"
    return "disguised" if _DISGUISED.match(name) else "other"


@lru_cache(maxsize=65536)
def as_shown(name: str) -> str:
    """A file name that can be printed, encoded and told from every other.

    Its octets are read as UTF-8 in every locale, or the order of files would hang on it.
    """
    name = os.fsencode(name).decode("utf-8", "surrogateescape")
    if name.isprintable() and "\\" not in name:
        return name
    good = (char.isprintable() and char != "\\" for char in name)
    pairs = zip(name, good, strict=True)
    return "".join(c if ok else c.encode("unicode_escape").decode() for c, ok in pairs)


def _reason(error: OSError) -> str:
    return f"'{error.strerror}'"


def _special(path: str, mode: int) -> Problem:
    found = next((what for test, what in _KINDS if test(mode)), "a link")
    fix = "remove it, or put a file in its place"
    return _problem(path, found, "a regular file", fix)


def _problem(path: str, found: str, expected: str, fix: str, severity: str = "error") -> Problem:
    return Problem(path, 0, 0, _FIELD, found, expected, fix, severity)


_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISDIR, "a folder"),
)
_PERMISSION = "allow the builder to read it"
_NO_FOLDER = "a folder with one folder for each section", "create it, or mount it again"
_NO_SECTION = (
    "a file in the folder of a section",
    "move it, to feeds/news/ for example",
)
_LINK = "a file, or a link to one in the same place", "put the file itself there"
_UNFINISHED = (
    "a file that is being written",
    "a file at rest",
    "nothing: it is read again when it rests",
)
