"""The network's far end: a real HTTP server on a loopback address that answers as a test says."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic, sleep
from urllib.parse import parse_qsl

import pytest

from feedsvc.errors import HubError
from feedsvc.hub import HubClient
from tests.factory import instant
from tests.loopback import Handler, Server, answering

TOPIC = "https://news.example.org/news/atom.xml?ä=1&b=2"
FORM = [("hub.mode", "publish"), ("hub.url", TOPIC), ("hub.topic", TOPIC)]


@dataclass
class Request:
    """What arrived."""

    path: str
    headers: dict[str, str]
    form: list[tuple[str, str]]

    @property
    def topic(self) -> str:
        return dict(self.form)["hub.topic"]


class _Handler(Handler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # noqa: N802 - so it is called
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        form = parse_qsl(body, strict_parsing=True)
        self.server.end.asked.append(Request(self.path, headers, form))
        self.server.end.answer(self)

    def reply(self, status=204, body=b"", **headers):
        super().reply(status, body, **headers)


@dataclass
class FarEnd:
    """A server's address, what it was asked, and how it answers: ``answer`` may be replaced."""

    port: int
    host: str = "127.0.0.1"
    asked: list[Request] = field(default_factory=list)
    answer: Callable[[_Handler], None] = _Handler.reply
    released: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}/hub"

    @property
    def topics(self) -> list[str]:
        return [request.topic for request in self.asked]

    def answers(self, *statuses: int) -> None:
        """Answer with these, one after the other; the last one stays."""
        left = list(statuses)
        self.answer = lambda handler: handler.reply(left.pop(0) if len(left) > 1 else left[0])

    def hang(self, handler: _Handler) -> None:
        """An answer that does not come: the connection ends when ``released``."""
        self.released.wait(20)
        handler.close_connection = True


@contextmanager
def far_end(
    host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[FarEnd]:
    server = Server((host, port), _Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    server.end = FarEnd(server.server_address[1], host)
    with answering(server):
        try:
            yield server.end
        finally:
            server.end.released.set()


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self, text: str = "2024-08-01 12:00"):
        self.now = instant(text)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for something that other threads bring about; long enough for a busy machine."""
    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, "it did not happen in time"
        sleep(0.005)


def ping(end, *, topic=TOPIC, timeout=5.0, **facts):
    with HubClient(timeout=timeout, **{"private": True, **facts}) as client:
        client.ping(end if isinstance(end, str) else end.url, topic)


def refused(end, **facts):
    """Ping, and give what the admin reads about why it was not taken."""
    with pytest.raises(HubError) as raised:
        ping(end, **facts)
    return str(raised.value)
