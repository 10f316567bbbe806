"""How people are told: the words, a POST to a webhook, a mail.

In: what is new and what is over; a letter and whom the config names. Out: letters; nothing where
one has arrived, NotifyError where not. No password and no webhook's address is ever part of what it
says. Knows no store and no schedule: when to try again is ``notifier``'s business.
"""

from __future__ import annotations

import io
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import httpx2
import msgspec

from feedsvc import __version__
from feedsvc.addresses import is_public, resolve
from feedsvc.deadline import Deadline, Octets, transport
from feedsvc.errors import NotifyError
from feedsvc.model import Mail, Notify
from feedsvc.snapshot import digest
from feedsvc.store.notices import Letter, Notice

#: Seconds for each step of talking to the other side.
_TIMEOUT = 15.0
#: Seconds until a letter must have been handed over: a dozen slow steps of a mail server's, and a
#: third of the time for which a letter is nobody else's (``notifier.Patience.hold``).
_PATIENCE = 60.0
#: How many lines a letter has at most; the status page has them all.
_MOST = 50


class Draft(msgspec.Struct, frozen=True):
    """The words of a letter, before it is clear over which channels it goes."""

    subject: str
    text: str
    facts: dict[str, object]


def compose(site: str, new: Sequence[Notice], over: Sequence[Notice]) -> Draft:
    """What people are told of these."""
    told = [f"{_count(new)} needs a person" if len(new) == 1 else f"{_count(new)} need a person"]
    subject = told[0] if new else f"{_count(over)} solved"
    parts = [*_part("New:", new), *_part("No longer a problem:", over)]
    facts: dict[str, object] = {
        "text": f"{site}: {subject}\n\n" + "\n".join(parts),
        "site": site,
        "new": [notice.text for notice in new],
        "resolved": [notice.text for notice in over],
    }
    return Draft(f"{site}: {subject}", "\n".join(parts), facts)


def channels(notify: Notify) -> tuple[str, ...]:
    """The names of those that the config has."""
    return (*(["webhook"] if notify.webhook else []), *(["email"] if notify.mail else []))


class Courier:
    """Delivers letters. ``password`` is that of the mail account.

    ``resolve`` and ``public`` are how addresses are found and judged, ``tls`` whom to trust.
    """

    def __init__(  # noqa: PLR0913 - what it is made of
        self,
        password: str | None = None,
        *,
        timeout: float = _TIMEOUT,
        patience: float = _PATIENCE,
        resolve: Callable[[str, int], Sequence[str]] = resolve,
        public: Callable[[str], bool] = is_public,
        tls: Callable[[], ssl.SSLContext] = ssl.create_default_context,
    ) -> None:
        self._password = password
        self._timeout = timeout
        self._patience = patience
        self._deadline = Deadline()
        self._resolve = resolve
        self._public = public
        self._tls = tls

    def deliver(self, letter: Letter, notify: Notify, now: datetime) -> None:
        """Send it over its channel. Raises NotifyError."""
        with self._deadline.within(self._patience):
            if letter.channel == "webhook" and notify.webhook:
                self._post(letter, notify.webhook, allow_private=notify.allow_private)
            elif letter.channel == "email" and notify.mail:
                self._mail(letter, notify.mail, now)

    def _post(self, letter: Letter, webhook: str, *, allow_private: bool) -> None:
        url = httpx2.URL(webhook)
        address = None if allow_private else self._address(url)
        with _said(), self._client() as client:
            request = client.build_request(
                "POST", url.copy_with(host=address) if address else url, json=letter.facts
            )
            if address:
                # The address that was judged, whatever the name means a moment later; Host field
                # and certificate by the name.
                request.headers["Host"] = url.netloc.decode("ascii")
                request.extensions["sni_hostname"] = url.raw_host.decode("ascii")
            # What it says is not read: it may be endless.
            response = client.send(request, stream=True)
            status = response.status_code
            response.close()
        # RFC 9110 §15.4: a redirect could lead anywhere, so it is a refusal.
        if not 200 <= status < 300:  # noqa: PLR2004 - RFC 9110 §15.3, success
            raise NotifyError(f"the webhook answered {status}")

    def _client(self) -> httpx2.Client:
        return httpx2.Client(
            transport=transport(self._deadline, self._tls()),
            timeout=self._timeout,
            trust_env=False,
            follow_redirects=False,
            headers={"User-Agent": f"feedsvc/{__version__}"},
        )

    def _address(self, url: httpx2.URL) -> str:
        """An address of the host, all of which are public."""
        try:
            found = self._resolve(url.host, url.port or (443 if url.scheme == "https" else 80))
        except (OSError, UnicodeError):
            raise NotifyError("the webhook's host has no address") from None
        if not found or not all(map(self._public, found)):
            raise NotifyError(
                "the webhook's host is within this network; if that is meant, write "
                "allow_private: true"
            )
        return found[0]

    def _mail(self, letter: Letter, mail: Mail, now: datetime) -> None:
        with _said(), self._connected(mail) as server:
            server.send_message(_message(letter, mail, now))

    @contextmanager
    def _connected(self, mail: Mail) -> Iterator[smtplib.SMTP]:
        at = (mail.host, mail.port)
        if mail.security == "tls":
            server: smtplib.SMTP = _TlsPostOffice(
                self._deadline, *at, timeout=self._timeout, context=self._tls()
            )
        else:
            server = _PostOffice(self._deadline, *at, timeout=self._timeout)
        with server:
            if mail.security == "starttls":
                # RFC 3207 §4.1: who could take it out of the answer must not get the mail.
                server.starttls(context=self._tls())
            if mail.user:
                if not self._password:
                    raise NotifyError("FEEDSVC_SMTP_PASSWORD is not set")
                server.login(mail.user, self._password)
            yield server


class _PostOffice(smtplib.SMTP):
    """A mail server that may take so long and no longer for all that it says."""

    def __init__(self, deadline: Deadline, *where: Any, **how: Any) -> None:
        self._deadline = deadline
        super().__init__(*where, **how)

    def getreply(self) -> tuple[int, bytes]:
        """As it is defined, through a reader that keeps the time."""
        if self.file is None and self.sock:
            self.file = io.BufferedReader(Octets(self.sock, self._deadline))
        try:
            return super().getreply()
        except httpx2.TimeoutException:
            self.close()  # as where the connection breaks: nothing more is said
            raise


class _TlsPostOffice(_PostOffice, smtplib.SMTP_SSL):
    """The same, over TLS from the beginning."""


def _message(letter: Letter, mail: Mail, now: datetime) -> EmailMessage:
    message = EmailMessage()
    name, _, domain = mail.sender.rpartition("@")
    message["From"] = Address("feedsvc", name, domain)
    message["To"] = ", ".join(mail.to)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(now)
    # The same at each try: who gets it twice sees it once.
    once = digest(f"{letter.number} {letter.since.isoformat()} {letter.text}".encode())
    message["Message-ID"] = f"<{once}@{domain}>"
    # RFC 3834 §5: nobody's holiday answers to it.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{letter.text}\n")
    return message


@contextmanager
def _said() -> Iterator[None]:
    """Say what went wrong without repeating an address, an account or what a server said of it."""
    try:
        yield
    except (httpx2.TimeoutException, TimeoutError):
        raise NotifyError("no answer in time") from None
    except smtplib.SMTPAuthenticationError as error:
        raise NotifyError(f"the mail server refuses user or password ({error.smtp_code})") from None
    except smtplib.SMTPRecipientsRefused:
        raise NotifyError("the mail server takes no mail for any of the recipients") from None
    except smtplib.SMTPResponseException as error:
        raise NotifyError(f"the mail server answered {error.smtp_code}") from None
    except smtplib.SMTPException as error:
        raise NotifyError(f"the mail server: {type(error).__name__}") from None
    except ssl.SSLCertVerificationError as error:
        raise NotifyError(f"the certificate: {error.verify_message}") from None
    except httpx2.HTTPError as error:
        raise NotifyError(f"the webhook: {type(error).__name__}") from None
    except OSError as error:
        raise NotifyError(f"no connection: {error.strerror or type(error).__name__}") from None


def _part(heading: str, notices: Sequence[Notice]) -> list[str]:
    if not notices:
        return []
    lines = [f"- {notice.text}" for notice in notices[:_MOST]]
    more = len(notices) - _MOST
    return [heading, *lines, *([f"and {more} more"] if more > 0 else []), ""]


def _count(notices: Sequence[Notice]) -> str:
    return "1 problem" if len(notices) == 1 else f"{len(notices)} problems"
