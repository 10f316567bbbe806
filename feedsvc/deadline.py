"""An end for a whole exchange with somebody else, however slowly they speak.

In: how many seconds it may take. Out: a transport for the HTTP client, and a reader of a socket,
that wait no longer than what is left of them. The timeouts of either are for one read or one write:
whoever sends an octet before each is over is never late. Knows nothing of what is exchanged.
"""

from __future__ import annotations

import io
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx2

if TYPE_CHECKING:
    import socket
    import ssl

    from _typeshed import WriteableBuffer


class Deadline:
    """When an exchange ends. For one thread, and one exchange after the other."""

    def __init__(self) -> None:
        self._end = math.inf

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """The exchange is what the block does; so long it may take."""
        self._end = time.monotonic() + seconds
        try:
            yield
        finally:
            self._end = math.inf

    @property
    def is_over(self) -> bool:
        """Whether nothing is left."""
        return time.monotonic() >= self._end

    def left(self, timeout: float | None) -> float | None:
        """The seconds that one step may take, ``timeout`` at most. Raises httpx2.ReadTimeout."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpx2.ReadTimeout("the exchange takes too long")
        return timeout if timeout is not None and timeout < left else left


def transport(deadline: Deadline, tls: ssl.SSLContext) -> httpx2.BaseTransport:
    """What an HTTP client speaks over; once the time is over it raises httpx2.ReadTimeout."""
    made = httpx2.HTTPTransport(verify=tls, trust_env=False)
    # The client lets nobody choose the network that its pool speaks over; the pool would.
    pool: Any = made._pool  # noqa: SLF001
    pool._network_backend = _Network(pool._network_backend, deadline)  # noqa: SLF001
    return made


class Octets(io.RawIOBase):
    """What comes over a socket."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline
        self._timeout = connection.gettimeout()

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Raises TimeoutError where nothing comes, httpx2.ReadTimeout where it takes too long."""
        self._connection.settimeout(self._deadline.left(self._timeout))
        try:
            return self._connection.recv_into(buffer)
        except TimeoutError:
            self._deadline.left(None)
            raise


class _Network:
    """An httpcore2.NetworkBackend."""

    def __init__(self, network: Any, deadline: Deadline) -> None:
        self._network = network
        self._deadline = deadline

    def connect_tcp(self, timeout: float | None = None, **how: Any) -> _Stream:
        left = self._deadline.left(timeout)
        return _Stream(self._network.connect_tcp(timeout=left, **how), self._deadline)


class _Stream:
    """An httpcore2.NetworkStream."""

    def __init__(self, stream: Any, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline
        self.close = stream.close
        self.get_extra_info = stream.get_extra_info

    def read(self, most: int, timeout: float | None = None) -> Any:
        return self._stream.read(most, timeout=self._deadline.left(timeout))

    def write(self, data: bytes, timeout: float | None = None) -> None:
        self._stream.write(data, timeout=self._deadline.left(timeout))

    def start_tls(self, timeout: float | None = None, **how: Any) -> _Stream:
        left = self._deadline.left(timeout)
        return _Stream(self._stream.start_tls(timeout=left, **how), self._deadline)
