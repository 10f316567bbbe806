"""Who may see the admin listener: asked before anything behind it is.

In: the WSGI environment of a request, the digest of the token, the names of this server. Out: the
answer of what is behind the gate, or a refusal in plain words. Knows neither store nor pages.

Three doors, each for an enemy of its own. The *name*: a page whose name means this computer for a
moment (DNS rebinding) sends that name as Host. The *origin*: a browser that a stranger's page sends
here says so in Sec-Fetch-Site or Origin. The *token*: whoever can reach the port is not yet whom it
is for. Probes pass all three, at /healthz alone, and learn nothing but that the process answers.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import platform
from collections.abc import Iterable, Mapping
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: The fewest characters of a token: what nobody guesses over a network.
LEAST: Final = 16
#: The process that serves learns no more of the token than its digest, from this variable.
VARIABLE: Final = "FEEDSVC_ADMIN_DIGEST"
#: Names beside this computer's own, from this variable, separated by spaces.
NAMES: Final = "FEEDSVC_ADMIN_NAMES"
_PROBE: Final = "/healthz"
_SAFE: Final = frozenset({"GET", "HEAD"})
#: RFC 7617 §2 and RFC 6750 §3: a browser asks its user for the first, programs use the second.
_CHALLENGES: Final = (
    ("WWW-Authenticate", 'Basic realm="feedsvc", charset="UTF-8"'),
    ("WWW-Authenticate", 'Bearer realm="feedsvc"'),
)
_FIELDS: Final = (
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)


class Refusal(NamedTuple):
    """An answer in place of what was asked for; ``text`` says how to get that."""

    status: str
    text: str
    fields: tuple[tuple[str, str], ...] = ()


def digest(token: str) -> str:
    """What is kept of a token, ``""`` where there is none."""
    return sha256(token.encode()).hexdigest() if token else ""


def own_names() -> frozenset[str]:
    """The names that this computer has without anybody saying so."""
    full = platform.node().lower()
    return frozenset({"localhost", full, full.partition(".")[0]} - {""})


class Gate:
    """The WSGI application behind three doors; without a ``digest`` the last one is open."""

    def __init__(
        self, inside: WSGIApplication, token_digest: str = "", names: Iterable[str] = ()
    ) -> None:
        self._inside = inside
        self._digest = token_digest
        self._names = own_names() | {name.lower() for name in names}

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer, or let through."""
        if environ.get("PATH_INFO") == _PROBE and environ["REQUEST_METHOD"] in _SAFE:
            return _say(start, Refusal("200 OK", "ok"), environ)
        refused = self.refusal(environ)
        return _say(start, refused, environ) if refused else self._inside(environ, start)

    def refusal(self, environ: Mapping[str, Any]) -> Refusal | None:
        """Why this request gets no further, or None."""
        host = environ.get("HTTP_HOST", "")
        if not self._known(host):
            # RFC 9110 §15.5.20: not a server for that name.
            return Refusal("421 Misdirected Request", _NAME)
        if _is_strangers(environ, host):
            return Refusal("403 Forbidden", _ORIGIN)
        if self._digest and not _shows(environ.get("HTTP_AUTHORIZATION", ""), self._digest):
            return Refusal("401 Unauthorized", _UNKNOWN, _CHALLENGES)
        return None

    def _known(self, host: str) -> bool:
        name = host_name(host)
        return name in self._names or is_address(name)


_NAME: Final = (
    "This server is not known by that name. Ask it by its IP address, or start it with"
    " --admin-name and the name that you use."
)
_ORIGIN: Final = "Another site's page may not use this one. Open it in a tab of its own."
_UNKNOWN: Final = (
    "The token is missing or wrong. In a browser: any name, and the token as the password."
    " In a program: Authorization: Bearer and the token."
)


def host_name(host: str) -> str:
    """The name or address in a Host field, without its port (RFC 9110 §7.2); else ``""``."""
    if host.startswith("["):
        inside, bracket, port = host[1:].partition("]")
        return inside if bracket and (not port or _is_port(port)) else ""
    name, colon, port = host.partition(":")
    return name.lower().removesuffix(".") if not colon or _is_port(f":{port}") else ""


def is_address(name: str) -> bool:
    """Whether it is an IP address, which no name server can make mean another."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_port(text: str) -> bool:
    return text[:1] == ":" and (text[1:] == "" or (text[1:].isascii() and text[1:].isdigit()))


def _is_strangers(environ: Mapping[str, Any], host: str) -> bool:
    """Whether another origin's page makes a browser ask this.

    Fetch Metadata §2: a link that is followed, in a tab, is all that another origin may do here.
    Browsers without it, and those that reach us over a network in plain HTTP, still send Origin
    where it counts: Fetch §3.2.
    """
    site = environ.get("HTTP_SEC_FETCH_SITE", "none")
    followed = (
        environ["REQUEST_METHOD"] in _SAFE
        and environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
        and environ.get("HTTP_SEC_FETCH_DEST") == "document"
    )
    if site not in {"none", "same-origin"} and not followed:
        return True
    origin = environ.get("HTTP_ORIGIN")
    return origin is not None and origin.lower() not in {f"{s}://{host}".lower() for s in _SCHEMES}


_SCHEMES: Final = ("http", "https")


def _shows(authorization: str, expected: str) -> bool:
    """Whether the field has the token: RFC 6750 §2.1, or RFC 7617 §2 with any user name."""
    scheme, _, credentials = authorization.partition(" ")
    given = credentials.strip()
    if scheme.lower() == "basic":
        given = _password(given)
    elif scheme.lower() != "bearer":
        return False
    # Digests, so that not even the length of the token shows in the time that it takes.
    return compare_digest(sha256(given.encode("latin-1", "replace")).hexdigest(), expected)


def _password(credentials: str) -> str:
    """What stands behind the colon, as the octets that came."""
    try:
        decoded = base64.b64decode(credentials, validate=True)
    except (binascii.Error, ValueError):
        return ""
    return decoded.partition(b":")[2].decode("latin-1")


def _say(start: StartResponse, refusal: Refusal, environ: Mapping[str, Any]) -> list[bytes]:
    body = f"{refusal.text}\n".encode()
    length = ("Content-Length", str(len(body)))
    start(refusal.status, [*_FIELDS, length, *refusal.fields])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
