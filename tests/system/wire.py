"""Bytes on the wire: ask a server plainly, and listen in on what programs ask each other.

Nothing here decodes, follows, retries or adds a header field by itself.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server"}


@dataclass(frozen=True)
class Answer:
    """A response, whole: header names in lower case, the body as it was sent."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def etag(self) -> str:
        return self.headers["etag"]

    @property
    def cache(self) -> str:
        """What a front says of itself."""
        return self.headers.get("x-cache-status", "")

    @property
    def max_age(self) -> int:
        directives = self.headers["cache-control"].replace(" ", "").split(",")
        return next(int(d.removeprefix("max-age=")) for d in directives if d.startswith("max-age="))


def ask(url: str, method: str = "GET", headers: dict[str, str] | None = None) -> Answer:
    """One request on a connection of its own; no field is added but Host where none is given."""
    address = urlsplit(url)
    target = address.path + (f"?{address.query}" if address.query else "")
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    try:
        return _exchange(connection, method, target, headers or {})
    finally:
        connection.close()


def _exchange(connection, method: str, target: str, headers: dict[str, str], body=b"") -> Answer:
    own_host = any(name.lower() == "host" for name in headers)
    connection.putrequest(method, target, skip_host=own_host, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(body or None)
    response = connection.getresponse()
    fields: dict[str, str] = {}
    for name, value in response.getheaders():
        known = fields.get(name.lower())
        fields[name.lower()] = value if known is None else f"{known}, {value}"
    return Answer(response.status, fields, response.read())


@dataclass
class Seen:
    """A request as it passed the tap, and the status of its answer (0 while it is held)."""

    method: str
    target: str
    headers: dict[str, str]
    status: int = 0


@dataclass
class Tap:
    """A proxy that changes nothing and remembers everything.

    ``hold`` keeps requests waiting, as a slow origin would; ``broken`` answers 503 in its place.
    """

    port: int
    to: int
    seen: list[Seen] = field(default_factory=list)
    broken: bool = False
    _open: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self, path: str) -> list[Seen]:
        """The requests for that path so far."""
        return [one for one in self.seen if one.target.split("?")[0] == path]

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Requests wait until the block ends, or ``release`` is called."""
        self._open.clear()
        try:
            yield
        finally:
            self.release()

    def release(self) -> None:
        """Let everything through, now and from now on."""
        self._open.set()

    def pass_on(self, request: Seen, body: bytes) -> Answer:
        self.seen.append(request)
        self._open.wait(30)
        if self.broken:
            return Answer(503, {"cache-control": "no-store"}, b"broken\n")
        connection = http.client.HTTPConnection("127.0.0.1", self.to, timeout=30)
        try:
            return _exchange(connection, request.method, request.target, request.headers, body)
        finally:
            connection.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    tap: Tap

    def _relay(self) -> None:
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _HOP_BY_HOP}
        request = Seen(self.command, self.path, headers)
        answer = self.tap.pass_on(request, self._body())
        request.status = answer.status
        with suppress(ConnectionError):
            self._send(answer)

    do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_DELETE = _relay  # noqa: N815
    do_PURGE = do_BAN = _relay  # noqa: N815

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _send(self, answer: Answer) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name not in {"connection", "keep-alive", "transfer-encoding", "content-length"}:
                self.send_header(name, value)
        if self.command == "HEAD" or answer.status in {204, 304}:
            length = answer.headers.get("content-length")
        else:
            length = str(len(answer.body))
        if length is not None:
            self.send_header("content-length", length)
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *args) -> None:
        """Say nothing."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address) -> None:
        """A client that went away, or an origin that is dead, is no concern of the tap's."""


@contextmanager
def tapped(port: int, to: int) -> Iterator[Tap]:
    """Listen on ``port`` and pass every request on to the server at port ``to``."""
    tap = Tap(port, to)
    tap.release()
    handler = type("Handler", (_Handler,), {"tap": tap})
    with _Listener(("127.0.0.1", port), handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield tap
        finally:
            tap.release()
            listener.shutdown()
            thread.join()
