"""One request on a socket, and its response as the octets that came: for those who judge octets.

Nothing is parsed but the lines of the head; nothing is added but Host, Connection and User-Agent
where the test names none.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass

Field = tuple[bytes, bytes]
#: What every request has unless the test says otherwise.
USUAL: tuple[Field, ...] = (
    (b"Host", b"localhost"),
    (b"User-Agent", b"feedsvc-tests"),
    (b"Connection", b"close"),
)
#: Fields that say when or by which connection, not what.
_MOMENTARY = {b"date"}


@dataclass(frozen=True)
class Exchange:
    """What was asked and what was answered, octet for octet."""

    method: str
    target: str
    asked: tuple[Field, ...]
    received: bytes

    @property
    def _head(self) -> list[bytes]:
        return self.received.partition(b"\r\n\r\n")[0].split(b"\r\n")

    @property
    def status_line(self) -> tuple[bytes, bytes, bytes]:
        """Version, status code and phrase."""
        version, _, rest = self._head[0].partition(b" ")
        code, _, phrase = rest.partition(b" ")
        return version, code, phrase

    @property
    def status(self) -> int:
        return int(self.status_line[1])

    @property
    def fields(self) -> list[Field]:
        """The header fields in their order; only optional white space is taken off."""
        lines = (line.partition(b":") for line in self._head[1:])
        return [(name, value.strip(b" \t")) for name, _, value in lines]

    @property
    def content(self) -> bytes:
        return self.received.partition(b"\r\n\r\n")[2]

    @property
    def lasting(self) -> tuple[tuple[bytes, ...], list[Field], bytes]:
        """All of the answer but the moment at which it was given."""
        kept = [(name, value) for name, value in self.fields if name.lower() not in _MOMENTARY]
        return self.status_line, kept, self.content

    def __getitem__(self, name: str) -> str:
        """The value of a field that is there once."""
        (value,) = (value for key, value in self.fields if key.lower() == name.lower().encode())
        return value.decode("latin-1")

    def __contains__(self, name: str) -> bool:
        return any(key.lower() == name.lower().encode() for key, _ in self.fields)


def exchange(
    port: int,
    target: str,
    method: str = "GET",
    fields: Iterable[tuple[str, str]] = (),
    content: bytes = b"",
) -> Exchange:
    """Ask once, on a connection of its own that the server closes. Text goes out as UTF-8."""
    named = [(name.encode(), value.encode()) for name, value in fields]
    given = {name.lower() for name, _ in named}
    asked = (*(field for field in USUAL if field[0].lower() not in given), *named)
    lines = [f"{method} {target} HTTP/1.1".encode(), *(b"%b: %b" % field for field in asked)]
    received = send(port, b"\r\n".join(lines) + b"\r\n\r\n" + content)
    return Exchange(method, target, asked, received)


def send(port: int, octets: bytes) -> bytes:
    """Whatever is answered to these octets until the other side closes."""
    received = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(octets)
        while some := connection.recv(65536):
            received += some
    return bytes(received)
