"""What is remembered of an entry file from one reading to the next.

In and out: ``FileRecord``, which MessagePack can carry. It must not know how it comes about.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from sys import intern
from typing import Any

import brotli
import deflate
import msgspec

from feedsvc.errors import Problem
from feedsvc.model import Entry
from feedsvc.source.entries import Takedown, essence
from feedsvc.source.links import Link
from feedsvc.source.tree import Stamp


class FileRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one file gives at present, and how to tell whether that still holds.

    ``digest`` stands for its bytes and all else that parsing depends on. ``entries`` are what it
    gives: in the order of the file with their ``places`` (line and column by id), then the
    ``kept`` ones, ids of entries in the state in which they were last good. ``held`` are the bad
    ids that it names. ``links`` are those to pages of the site. ``again``: its stamp does not tell
    whether this still holds, read it anew. ``essence`` names the entries whatever their order, ""
    where nobody has named them yet.
    """

    path: str
    section: str
    stamp: Stamp
    digest: str
    entries: tuple[Entry, ...] = ()
    places: dict[str, tuple[int, int]] = {}
    kept: tuple[str, ...] = ()
    held: dict[str, Takedown] = {}
    problems: tuple[Problem, ...] = ()
    links: tuple[Link, ...] = ()
    again: bool = False
    essence: str = ""

    def place(self, entry_id: str) -> str:
        """Where an entry stands, as admins read it: ``file:line:column``."""
        line, column = self.places.get(entry_id, (0, 0))
        return f"{self.path}:{line}:{column}" if line else self.path


_DECODER = msgspec.msgpack.Decoder(FileRecord)
#: RFC 1952 §2.3.1: how gzip begins.
_GZIP = b"\x1f\x8b"
_DAMAGED = (brotli.error, deflate.DeflateError, ValueError)
_set = msgspec.structs.force_setattr


def share(entries: Iterable[Entry]) -> None:
    """Let entries that were just decoded hold what they say alike once, for there are very many."""
    for entry in entries:
        _set(entry, "section", intern(entry.section))
        if entry.slug == entry.id:
            _set(entry, "slug", entry.id)
        if entry.tags:
            _set(entry, "tags", tuple(map(intern, entry.tags)))


def named(record: FileRecord) -> FileRecord:
    """The record with the name of its entries."""
    if record.essence:
        return record
    return msgspec.structs.replace(record, essence=essence(record.entries))


def dump(record: FileRecord) -> bytes:
    """A record as bytes for the store. Equal records give equal bytes.

    MessagePack takes two thirds of JSON's time, libdeflate half of brotli's to read it again.
    """
    packed = msgspec.msgpack.encode(record, order="deterministic")
    return bytes(deflate.gzip_compress(packed, 1))


def load(blob: bytes) -> FileRecord:
    """The record of ``dump``. Raises ValueError where the bytes are none."""
    try:
        record = _decoded(_unpacked(blob))
    except (*_DAMAGED, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(f"no record of an entry file: {error}") from error
    share(record.entries)
    ids = {entry.id: entry.id for entry in record.entries}
    _set(record, "places", {ids.get(name, name): at for name, at in record.places.items()})
    return record


def _unpacked(blob: bytes) -> bytes:
    # Stores of before have brotli.
    return bytes(deflate.gzip_decompress(blob)) if blob[:2] == _GZIP else brotli.decompress(blob)


def _decoded(data: bytes) -> FileRecord:
    try:
        return _DECODER.decode(data)
    except msgspec.ValidationError:
        return msgspec.convert(_with_bytes(msgspec.msgpack.decode(data)), FileRecord)


def _with_bytes(record: Any) -> Any:
    """What a store holds that was written when bodies were text."""
    for entry in record.get("entries", ()) if isinstance(record, dict) else ():
        if isinstance(entry, dict) and isinstance(body := entry.get("body"), str):
            entry["body"] = body.encode()
    return record


def loaded(records: Mapping[str, bytes]) -> Iterator[tuple[str, FileRecord]]:
    """The records of these bytes, by path, as far as they can be read."""
    for path, record in records.items():
        # What cannot be read any more is read from its file again.
        with contextlib.suppress(ValueError):
            yield path, load(record)


class Dumped(Mapping[str, bytes | None]):
    """Records as bytes, each made when it is asked for: all of them would take much memory."""

    def __init__(self, records: Mapping[str, FileRecord | None]) -> None:
        self._records = records

    def __getitem__(self, path: str) -> bytes | None:
        record = self._records[path]
        return dump(record) if record else None

    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)
