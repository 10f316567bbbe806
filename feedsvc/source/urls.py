"""Addresses that may be published: absolute, http or https, nothing that runs.

In: text as typed. Out: an absolute URL in ASCII (RFC 3986), or ``Unfit`` with the fix; for what is
imported, an address in full, good or not. It must not know where the address will stand.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from feedsvc.source.fields import Unfit

# RFC 3986 §3: scheme, host (name, IPv4 or bracketed IPv6) and port, then what may follow.
_GOOD = re.compile(
    r"(?:https?|HTTPS?)://(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?|\[[0-9A-Fa-f:.]+\])"
    r"(?::[0-9]{1,5})?(?:[/?#][A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*)?\Z"
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?![0-9]+(?:/|\Z))")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:[:/?#]|\Z)")
# A file's name, with folders or without: the first of them is no host.
_FILE = re.compile(
    r"(?:[\w-]+/)*[\w.-]+\.(?:avif|gif|ico|jpe?g|png|svg|webp|m4a|mp3|mp4|ogg|pdf)\Z", re.IGNORECASE
)
_RUNS = frozenset({"javascript", "data", "vbscript", "blob", "file"})
_ASCII = "-._~:/?#[]@!$&'()*+,;=%"  # RFC 3986 §2.2 and §2.3, and what is encoded already


def absolute(text: str, base_url: str = "") -> str:
    """The address in full; one that begins with ``/`` is resolved against ``base_url``, if given.

    Raises Unfit with the fix where it is none that may be published.
    """
    if _GOOD.match(text):
        return text
    if text.startswith("/") and not text.startswith("//") and base_url:
        return absolute(urljoin(base_url, text))
    if base_url and _FILE.match(text):
        raise Unfit(f"write /{text} for a file of the site itself, or the whole address")
    _refuse(text)
    ascii_only = _encoded(text)
    if not _GOOD.match(ascii_only):
        raise Unfit("write an address such as https://example.org/page")
    return ascii_only


def joined(base: str, url: str) -> str:
    """An address of somebody else's in full: RFC 3986 §5. A broken one stays what it is."""
    try:
        return urljoin(base, url)
    except ValueError:
        return url


def _refuse(text: str) -> None:
    """Say what is wrong with an address that is beyond encoding."""
    if len(text.split()) != 1:
        raise Unfit("write %20 in place of each space")
    if text.startswith("//"):
        raise Unfit(f"write https:{text}")
    if text.startswith("/"):
        raise Unfit("write the whole address, from https:// on")
    scheme = _SCHEME.match(text)
    if scheme and scheme[1].lower() in _RUNS:
        raise Unfit(f"remove it: a {scheme[1].lower()}: address could run code at the reader's")
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise Unfit("write an address that begins with https://")
    if not scheme:
        likely = _DOMAIN.match(text)
        raise Unfit(
            f"write https://{text}" if likely else "write the whole address, from https:// on"
        )
    if "@" in re.split(r"[/?#]", text.partition("://")[2], maxsplit=1)[0]:
        raise Unfit("remove the name and password before '@': everybody could read them")


def _encoded(text: str) -> str:
    """RFC 3987 §3.1: an IRI as the URI that means the same."""
    try:
        parts = urlsplit(text)
        host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    except ValueError:  # a broken IPv6 address, or a name that IDNA does not know
        return ""
    rest = (quote(part, safe=_ASCII) for part in parts[2:])
    return urlunsplit((parts.scheme.lower(), host, *rest))
