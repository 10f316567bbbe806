"""The public site as a folder of files, for any web server.

In: the documents of one snapshot, a way to read their bodies, a folder. Out: files in the folder,
each with its precompressed neighbours, and what was written and removed. It must not know where
documents come from, nor the time.

A page without an extension, ``/news/slug``, is ``news/slug/index.html``: the index of a folder is
the one thing that every web server finds by itself. What is in the folder already stays untouched
where it is right, and nothing is overwritten or removed that an export did not write: a manifest
says what that is.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import msgspec

from feedsvc.errors import ExportError
from feedsvc.snapshot import NOT_FOUND, REST, Coding, StoredDocument, digest

#: Where the export keeps what is its own business: the manifest, snippets, pages of what is gone.
OWN = ".feedsvc"
_MANIFEST = f"{OWN}/manifest.json"
_DRAFTS = f"{OWN}/drafts"
_ENDINGS: dict[Coding, str] = {"identity": "", "gzip": ".gz", "br": ".br"}
_OK, _GONE = 200, 410
_FEW = 5


class File(msgspec.Struct, frozen=True):
    """One file to be: ``name`` within the folder; another ``key`` stands for other bytes.

    ``modified`` is the document's, so that a server's Last-Modified says what the site means.
    """

    name: str
    key: str
    modified: datetime
    data: Callable[[], bytes]


class Written(msgspec.Struct, frozen=True):
    """What the manifest remembers of a file; ``size`` in bytes, ``mtime`` in nanoseconds."""

    key: str
    size: int
    mtime: int


class Exported(msgspec.Struct, frozen=True):
    """What an export did: the names of files."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    total: int


def files(
    documents: Iterable[StoredDocument], body: Callable[[str, Coding], bytes]
) -> Iterator[File]:
    """The files of every document that is a page, a feed or an asset, and of those that are gone.

    Redirects are not among them: those are the server's business.
    """
    for document in documents:
        name = place(document)
        if name is not None:
            for coding in document.codings:
                yield _file(name, document, coding, body)


def text_file(name: str, text: str, modified: datetime) -> File:
    """A file of the export's own making."""
    data = text.encode()
    return File(name, digest(data), modified, lambda: data)


def place(document: StoredDocument) -> str | None:
    """The name of a document's file, None where it has none."""
    if document.path == NOT_FOUND:
        return "404.html"
    if document.status == _GONE:
        return f"{OWN}/gone/{document.digest}.html"
    if document.status != _OK or document.path.endswith(REST):
        return None
    name = unquote(document.path).removeprefix("/")
    if document.media_type.startswith("text/html"):
        name = f"{name.rstrip('/')}/index.html".removeprefix("/")
    return name


def write(folder: Path, wanted: Iterable[File], tick: Callable[[], object] = bool) -> Exported:
    """Bring the folder to what is wanted; ``tick`` is called for each file that is done.

    Each file is replaced in one step: assets first, then pages, then the feeds and listings that
    lead to them, and what is gone goes last. Raises ExportError.
    """
    planned = {file.name: file for file in sorted(wanted, key=_order)}
    try:
        return _Export(folder, planned).run(tick)
    except OSError as error:
        raise ExportError(f"cannot write {error.filename or folder}: {error.strerror}") from error


def _file(
    name: str, document: StoredDocument, coding: Coding, body: Callable[[str, Coding], bytes]
) -> File:
    key = f"{document.digest}{_ENDINGS[coding]}"
    return File(
        name + _ENDINGS[coding],
        key,
        document.last_modified,
        lambda: body(document.digest, coding),
    )


def _order(file: File) -> tuple[bool, int, str]:
    return not file.name.startswith("assets/"), -file.name.count("/"), file.name


class _Export:
    """One export into one folder."""

    def __init__(self, folder: Path, wanted: dict[str, File]) -> None:
        self.folder = folder
        self.wanted = wanted
        self.known = _manifest(folder)
        self.done = dict(self.known)

    def run(self, tick: Callable[[], object]) -> Exported:
        """Refuse first, then write, then remove."""
        self.refuse_strangers()
        shutil.rmtree(self.folder / _DRAFTS, ignore_errors=True)
        if self.wanted.keys() - self.known.keys():
            # An export may be interrupted: what it may have written is its own from now on.
            self.save({name: Written("", 0, 0) for name in self.wanted} | self.known)
        written = [name for name, file in self.wanted.items() if self.bring(file, tick)]
        removed = sorted(self.known.keys() - self.wanted.keys())
        for name in removed:
            self.remove(name)
        if written or removed:
            self.save({name: self.done[name] for name in sorted(self.wanted)})
            shutil.rmtree(self.folder / _DRAFTS)
        return Exported(tuple(written), tuple(removed), len(self.wanted))

    def refuse_strangers(self) -> None:
        """Raise ExportError where a file would be overwritten that no export wrote."""
        strange = [
            name
            for name, file in self.wanted.items()
            if name not in self.known and self.differs(name, file)
        ]
        if strange:
            more = f" and {len(strange) - _FEW} more" if len(strange) > _FEW else ""
            raise ExportError(
                f"{self.folder} holds files that no export wrote and that would be overwritten: "
                f"{', '.join(strange[:_FEW])}{more}; name another folder, or remove them"
            )

    def differs(self, name: str, file: File) -> bool:
        """Whether something else is there; a file with the same bytes may have been ours."""
        path = self.folder / name
        if not path.is_file():
            return path.is_symlink() or path.exists()
        return path.read_bytes() != file.data()

    def bring(self, file: File, tick: Callable[[], object]) -> bool:
        """Write the file unless it is there; whether it was written."""
        tick()
        known = self.known.get(file.name)
        path = self.folder / file.name
        if known and known.key == file.key and _as_left(path, known):
            return False
        data = file.data()
        stamp = int(file.modified.timestamp()) * 10**9
        self.done[file.name] = Written(file.key, len(data), stamp)
        self.replace(file.name, data, stamp)
        return True

    def save(self, names: dict[str, Written]) -> None:
        """Replace the manifest."""
        self.replace(_MANIFEST, msgspec.json.format(msgspec.json.encode(names), indent=1))

    def replace(self, name: str, data: bytes, stamp: int | None = None) -> None:
        """Write a file in one step; ``stamp`` is its time in nanoseconds."""
        path, draft = self.folder / name, self.folder / _DRAFTS / digest(name.encode())
        for parent in (path.parent, draft.parent):
            parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        if stamp is not None:
            os.utime(draft, ns=(stamp, stamp))
        draft.replace(path)

    def remove(self, name: str) -> None:
        """Remove a file, and the folders that are empty then."""
        path = self.folder / name
        path.unlink(missing_ok=True)
        for parent in PurePosixPath(name).parents[:-1]:
            with suppress(OSError):
                (self.folder / parent).rmdir()


def _as_left(path: Path, known: Written) -> bool:
    """Whether the file is as it was written."""
    try:
        found = path.lstat()
    except OSError:
        return False
    return (found.st_size, found.st_mtime_ns) == (known.size, known.mtime)


def _manifest(folder: Path) -> dict[str, Written]:
    """What an earlier export wrote; nothing where there was none. Raises ExportError."""
    try:
        data = (folder / _MANIFEST).read_bytes()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ExportError(f"cannot read {folder / _MANIFEST}: {error.strerror}") from error
    try:
        known = msgspec.json.decode(data, type=dict[str, Written])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ExportError(f"{folder / _MANIFEST} is no manifest: {error}") from error
    return {name: written for name, written in known.items() if _within(name)}


def _within(name: str) -> bool:
    """Whether a name stays within the folder, whoever wrote the manifest."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and name not in ("", ".")
