"""Changes to entry files as a careful person makes them: every other byte stays as it was.

In: the text of a file, words and the offsets where they go, and what the file must say afterwards.
Out: new bytes that were read again and say exactly that, or ``SourceError``; and files that are
replaced whole or not at all. It must not know what an entry is.

Nothing is parsed and written out again: whoever does that loses blank lines, quotes, columns or
indentation of somebody's. ruamel.yaml's round trip changed five of the twelve sample files.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from feedsvc.errors import Problem, SourceError
from feedsvc.source import nodes
from feedsvc.source.nodes import List, Mapping, Node, Scalar
from feedsvc.source.written import Written

_BOM = b"\xef\xbb\xbf"
_NEW_FILE = 0o644


class Splice(NamedTuple):
    """``new`` in place of the ``length`` characters at an offset in the text of a file."""

    offset: int
    length: int
    new: str


def spliced(written: Written, splices: Iterable[Splice]) -> bytes:
    """The bytes of a file with all the splices done; of two at one place the longer comes last."""
    parts, done = [], 0
    for splice in sorted(splices):
        parts += [written.text[done : splice.offset], splice.new]
        done = splice.offset + splice.length
    text = "".join((*parts, written.text[done:]))
    return (_BOM if written.data.startswith(_BOM) else b"") + text.encode()


def checked(file: str, data: bytes, expected: Node | None) -> bytes:
    """The same bytes. Raises SourceError where they do not say what is expected."""
    if plain(nodes.parse(file, data).root) != plain(expected):
        fix = "make this change in an editor"
        found, wanted = "no place where it can be written", "a file that can be changed safely"
        raise SourceError([Problem(file, 0, 0, "file", found, wanted, fix)])
    return data


def plain(node: Node | None) -> object:
    """What a node says, without where and how."""
    if isinstance(node, List):
        return [plain(item) for item in node.items]
    if isinstance(node, Mapping):
        return tuple((plain(key), plain(value)) for key, value in node.pairs)
    return None if node is None or node.null else node.value


def raw(written: Written, node: Scalar) -> tuple[int, int] | None:
    """The offset and length of a value as typed, quotes included; None where it is not plain."""
    offset = written.offset(node)
    typed = f"{node.style}{node.value}{node.style}" if node.style in ("", "'", '"') else None
    return (offset, len(typed)) if typed and written.text.startswith(typed, offset) else None


def line_end(text: str) -> str:
    """How the lines of a text end: as the first does."""
    first = text.partition("\n")[0]
    return "\r\n" if first != text and first.endswith("\r") else "\n"


def scalar(text: str) -> str:
    """A text of one line as a YAML value: without quotes where it says the same so."""
    double = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    single = "'" + text.replace("'", "''") + "'"
    quoted = single if '"' in text or "\\" in text else double
    return next(form for form in (text, quoted, double) if form == double or _says(form, text))


def _says(form: str, text: str) -> bool:
    with suppress(SourceError):
        root = nodes.parse("", f"- a: {form}\n- b".encode()).root
        return plain(root) == [(("a", text),), "b"]
    return False


def save(location: Path, before: bytes | None, after: bytes) -> None:
    """Replace a file whole; ``before`` is what it held, None where there was none.

    Raises SourceError where somebody else has changed it meanwhile, OSError where it cannot be
    written; then it is as it was.
    """
    location.parent.mkdir(parents=True, exist_ok=True)
    # The name begins with a dot: neither the builder nor git's users look at it.
    descriptor, name = tempfile.mkstemp(prefix=f".{location.name}.", dir=location.parent)
    try:
        with os.fdopen(descriptor, "wb") as new:
            new.write(after)
            new.flush()
            _liken(new.fileno(), location)
            os.fsync(new.fileno())
        _still(location, before)
        Path(name).replace(location)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    _sync(location.parent)


def _liken(descriptor: int, location: Path) -> None:
    """Give the new file the mode of the old one, and where that may be, its owner."""
    try:
        old = location.stat()
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        os.fchmod(descriptor, _NEW_FILE & ~mask)
        return
    os.fchmod(descriptor, old.st_mode & 0o7777)
    with suppress(PermissionError):
        os.fchown(descriptor, old.st_uid, old.st_gid)


def _still(location: Path, before: bytes | None) -> None:
    now = location.read_bytes() if location.exists() else None
    if now != before:
        fix = "do it again"
        found, expected = "a change that came in between", "the file as it was read"
        raise SourceError([Problem(str(location), 0, 0, "file", found, expected, fix)])


def _sync(folder: Path) -> None:
    """Make sure that the new name of the file outlives a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
