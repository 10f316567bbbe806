"""Where letters arrive: a real HTTP server and a real mail server on loopback addresses."""

import json
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from feedsvc.model import Mail
from tests.loopback import Handler, Server, answering


@dataclass
class Hook:
    """A webhook's far end: what was posted there, and with which status it answers."""

    port: int
    status: int = 204
    fields: dict[str, str] = field(default_factory=dict)
    posts: list[tuple[str, dict[str, str], dict]] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks/s3cret"


class _Handler(Handler):
    def do_POST(self):  # noqa: N802 - so it is called
        hook = self.server.hook
        hook.open.wait(20)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        hook.posts.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(hook.status)
        for name, value in hook.fields.items():
            self.send_header(name, value)
        self.end_headers()


@contextmanager
def webhook() -> Iterator[Hook]:
    server = Server(("127.0.0.1", 0), _Handler)
    server.hook = Hook(server.server_address[1])
    server.hook.open.set()
    with answering(server):
        try:
            yield server.hook
        finally:
            server.hook.open.set()


class Postbox:
    """A mail server's handler: what arrived, and what it says to a letter."""

    def __init__(self):
        self.letters = []
        self.answer = "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.letters.append((envelope.rcpt_tos, message, session.ssl is not None))
        return self.answer

    def login(self, server, session, envelope, mechanism, data):
        right = (data.login, data.password) == (b"press", b"hush")
        return AuthResult(success=right, handled=False)


class _Controller(Controller):
    def __init__(self, postbox: Postbox, tls: ssl.SSLContext | None):
        login = {"authenticator": postbox.login, "auth_require_tls": True}
        super().__init__(postbox, "127.0.0.1", 0, tls_context=tls, **(login if tls else {}))

    def _trigger_server(self):
        """Port 0: the system has chosen one by now."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None) -> Iterator[tuple[Postbox, int]]:
    postbox = Postbox()
    controller = _Controller(postbox, tls)
    controller.start()
    try:
        yield postbox, controller.port
    finally:
        controller.stop()


def account(port: int, **facts) -> Mail:
    defaults = {"security": "none", "host": "localhost"}
    to = ("office@example.org", "duty@example.org")
    return Mail(to=to, sender="news@example.org", port=port, **(defaults | facts))


def certificate(folder: Path) -> Path:
    """A certificate for localhost, signed by itself, with its key."""
    file = folder / "localhost.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", file, "-out", file]
    command += ["-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(command, check=True, capture_output=True)
    return file
