"""Images and enclosures: readers, keys and JSON Schema.

In: nodes. Out: ``Image`` and ``Enclosure``, or problems. It must not know the entry around them.
"""

from __future__ import annotations

import re
from typing import Any

from feedsvc.model import Enclosure, Image
from feedsvc.source import values
from feedsvc.source.fields import Field, Schema, Scope, Shape, inside, place_of
from feedsvc.source.nodes import Mapping, Node, Scalar
from feedsvc.source.values import COUNT, TEXT, URL

_MIME = re.compile(
    r"[A-Za-z0-9][\w.+-]*/[A-Za-z0-9][\w.+-]*(?:\s*;\s*[\w.+-]+=[^;\s]+)*\Z", re.ASCII
)
_DURATION = re.compile(r"(?:(?:([0-9]{1,3}):)?([0-9]{1,4}):)?([0-9]{1,6})\Z")
_SIXTY = 60

# Not mimetypes: its answers depend on the machine.
_TYPES = {
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
    "avif": "image/avif",
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
    "zip": "application/zip",
    "txt": "text/plain",
    "csv": "text/csv",
}


def guessed_type(url: str) -> str | None:
    """The media type that the ending of an address stands for, on every machine the same."""
    path = re.split("[?#]", url, maxsplit=1)[0]
    return _TYPES.get(path.rpartition(".")[2].lower())


def read_image(scope: Scope, field: Field, node: Node) -> Image | None:
    """A mapping, or the address alone."""
    if isinstance(node, Scalar):
        url = values.url_or_path(scope, field, node)
        read: dict[str, Any] | None = {"url": url} if url else None
    else:
        read = inside(_IMAGE)(scope, field, node)
    if not read:
        return None
    if "alt" not in read:
        fix = "add alt: what the image shows, for those who do not see it"
        scope.warn(_IMAGE.fields["alt"], node, fix, "nothing")
    return Image(**read)


def read_enclosure(scope: Scope, field: Field, node: Node) -> Enclosure | None:
    """A mapping."""
    read = inside(_ENCLOSURE)(scope, field, node)
    return Enclosure(**read) if read else None


def _read_type(scope: Scope, field: Field, node: Node) -> str | None:
    text = values.words(scope, field, node)
    if text is None or _MIME.match(text):
        return text
    guess = guessed_type(f".{text}")
    scope.fail(field, node, f"write {guess}" if guess else "write a type such as audio/mpeg")
    return None


def _read_duration(scope: Scope, field: Field, node: Node) -> int | None:
    text = values.words(scope, field, node)
    if text is None:
        return None
    match = _DURATION.match(text)
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, -1)
    if seconds < 0 or (minutes and seconds >= _SIXTY) or (hours and minutes >= _SIXTY):
        scope.fail(field, node, "write seconds, or minutes and seconds: 12:34")
        return None
    return (hours * _SIXTY + minutes) * _SIXTY + seconds


def _missing_type(node: Mapping) -> str:
    url = place_of(node, "url")
    guess = guessed_type(url.value) if isinstance(url, Scalar) else None
    return f"add 'type: {guess or '…'}'"


def _missing_length(_: Mapping) -> str:
    return "add 'length: …', the size in bytes, or 'length: 0' if nobody knows it"


_MEDIA_TYPE: Schema = {"type": ["string", "null"], "pattern": "^[^/]+/[^/]+$"}
_PIXELS = "a whole number of pixels"
_BYTES = "a whole number of bytes"
_URL = Field(
    "url",
    values.url_or_path,
    f"{values.WEB_ADDRESS}, or a path that begins with /",
    URL,
    "Where the file is. A path is taken from the site's host.",
    required=True,
)
_IMAGE = Shape(
    "an image",
    (
        _URL,
        Field(
            "alt", values.line, "a description", TEXT, "What it shows, for those who cannot see."
        ),
        Field("type", _read_type, "a type such as image/jpeg", _MEDIA_TYPE, "Its media type."),
        Field("width", values.count, _PIXELS, COUNT, "Its width in pixels."),
        Field("height", values.count, _PIXELS, COUNT, "Its height in pixels."),
        Field("length", values.count, _BYTES, COUNT, "Its size in bytes."),
    ),
    under="image",
)
_ENCLOSURE = Shape(
    "an enclosure",
    (
        _URL,
        Field(
            "type",
            _read_type,
            "a type such as audio/mpeg",
            _MEDIA_TYPE,
            "Its media type.",
            required=True,
            missing=_missing_type,
        ),
        Field(
            "length",
            values.count,
            _BYTES,
            COUNT,
            "Its size in bytes; 0 where nobody knows it.",
            required=True,
            missing=_missing_length,
        ),
        Field("title", values.line, "text", TEXT, "What it is called."),
        Field(
            "duration",
            _read_duration,
            "seconds, or a duration such as 12:34",
            {"type": ["integer", "string", "null"], "pattern": "^([0-9]+:){0,2}[0-9]+$"},
            "How long it plays: seconds, minutes:seconds or hours:minutes:seconds.",
        ),
    ),
    under="enclosures",
)

IMAGE: Schema = {"anyOf": [URL, _IMAGE.schema()]}
ENCLOSURE: Schema = _ENCLOSURE.schema()
