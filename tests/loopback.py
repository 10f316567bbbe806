"""A real HTTP server on a loopback address, for tests in which somebody else's answers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


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


@contextmanager
def answering(server: Server) -> Iterator[None]:
    """It answers for as long as the block lasts."""
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
