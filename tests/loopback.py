"""Real servers on a loopback address, for tests in which somebody else's answers."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import sleep


class Handler(BaseHTTPRequestHandler):
    """Answers with what it is told, and keeps quiet about it."""

    def reply(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status != 204:  # RFC 9110 §8.6: no Content-Length there
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request, client_address):
        """Clients that hang up are what some tests are about."""


@dataclass
class Dripping:
    """Where a server drips, and how many came there."""

    port: int = 0
    guests: list[threading.Thread] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hub"


@contextmanager
def dripping(first: bytes, then: bytes = b"x") -> Iterator[Dripping]:
    """Whoever connects gets ``first`` at once, and ``then`` for ever, an octet in 20 ms."""
    over, made = threading.Event(), Dripping()

    class Drip(socketserver.BaseRequestHandler):
        def handle(self):
            made.guests.append(threading.current_thread())
            with suppress(OSError):  # the guest is gone
                self.request.sendall(first)
                while not over.is_set():
                    for octet in then:
                        self.request.sendall(bytes([octet]))
                        sleep(0.02)

    class Bare(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Bare(("127.0.0.1", 0), Drip) as server, answering(server):
        made.port = server.server_address[1]
        yield made
        over.set()


@contextmanager
def answering(server: socketserver.BaseServer) -> Iterator[None]:
    """It answers for as long as the block lasts."""
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
