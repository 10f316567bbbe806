"""Whether a body is still what its name says: a file system may give back other bytes than it got.

In: the name, which is the digest of the plain bytes, a coding, the bytes. Out: yes or no. Pure.
"""

from __future__ import annotations

import gzip
import zlib

import brotli

from feedsvc.snapshot import digest


def is_whole(name: str, coding: str, data: bytes) -> bool:
    """Whether these bytes, decoded, have that digest."""
    try:
        return digest(_plain(coding, data)) == name
    except (brotli.error, zlib.error, EOFError, OSError):
        return False


def _plain(coding: str, data: bytes) -> bytes:
    if coding == "gzip":
        return gzip.decompress(data)
    return bytes(brotli.decompress(data)) if coding == "br" else data
