"""Tells a WebSub hub that a topic has changed: one request, made with care.

In: a hub's address as the config has it, and a topic. Out: nothing where the hub has taken it,
HubError where not. The HTTP client is httpx2, where httpx goes on. Knows no store and no schedule:
when to ask again is ``pinger``'s business.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import Self

import httpx2
import msgspec
import stamina

from feedsvc import __version__
from feedsvc.addresses import is_public, resolve
from feedsvc.deadline import Deadline, transport
from feedsvc.errors import HubError, HubUnreachable

#: Seconds for each of connecting, sending and receiving.
_TIMEOUT = 10.0
#: Seconds for a ping and all that follows from it, redirects and further tries too: enough for some
#: of them to be slow; half of the time for which a ping is nobody else's (``pinger.Pace.hold``).
_PATIENCE = 60.0
#: Bytes of an answer that are looked at: enough for a hub to say what it dislikes.
_ENOUGH = 1024
_REDIRECTS = 3
#: The connection broke before an answer came: worth a second and a third try at once.
_PASSING = (httpx2.NetworkError, httpx2.RemoteProtocolError)


class _Answer(msgspec.Struct, frozen=True):
    status: int
    location: str
    retry_after: str
    text: str


class HubClient:
    """Sends pings. A context manager, for one thread.

    ``private`` allows hubs within this network: whoever runs the builder may know of one, whoever
    writes the config may not send it there. ``resolve`` and ``public`` are how addresses are found
    and judged. Proxies and passwords of the environment are not used: whom a ping reaches stands in
    the config. Certificates are those of the system, or of SSL_CERT_FILE, for a hub within an
    organisation.
    """

    def __init__(
        self,
        *,
        timeout: float = _TIMEOUT,
        patience: float = _PATIENCE,
        private: bool = False,
        resolve: Callable[[str, int], Sequence[str]] = resolve,
        public: Callable[[str], bool] = is_public,
    ) -> None:
        self._timeout = timeout
        self._patience = patience
        self._deadline = Deadline()
        self._private = private
        self._resolve = resolve
        self._public = public
        # The hub's own connections are kept. Those to whom it sends us are not among them: another
        # name may share the address but not the certificate.
        self._client, self._elsewhere = self._new(), self._new()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()
        self._elsewhere.close()

    def _new(self) -> httpx2.Client:
        return httpx2.Client(
            transport=transport(self._deadline, _tls()),
            timeout=self._timeout,
            trust_env=False,
            headers={
                "User-Agent": f"feedsvc/{__version__} (WebSub publisher)",
                "Accept": "*/*",
                "Accept-Encoding": "identity",
            },
        )

    def ping(self, hub: str, topic: str) -> None:
        """Tell the hub that the topic has changed. Raises HubError where it does not take it.

        HubUnreachable, one of those, where it does not answer.
        """
        # WebSub §6 leaves the form to hub and publisher. Everybody's is that of PubSubHubbub 0.3
        # §7.1 (hub.url); some newer hubs want hub.topic, and all ignore what they do not know.
        form = {"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}
        with self._deadline.within(self._patience):
            answer = self._answer(hub, form)
        # PubSubHubbub 0.3 §7.1 says 204; hubs also send 200 and 202.
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - RFC 9110 §15.3, success
            raise HubError(f"answered {answer.status} {answer.text}".rstrip(), _pause(answer))

    def _answer(self, hub: str, form: Mapping[str, str]) -> _Answer:
        try:
            return self._follow(httpx2.URL(hub), form)
        except httpx2.TimeoutException as error:
            seconds = self._patience if self._deadline.is_over else self._timeout
            raise HubUnreachable(f"no answer within {seconds:g} s") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise HubUnreachable(_line(str(error)) or type(error).__name__) from error

    def _follow(self, hub: httpx2.URL, form: Mapping[str, str]) -> _Answer:
        """Ask the hub, and whom it sends us to."""
        answer = self._ask(hub, self._hub_s_own(hub), form)
        url = hub
        for _ in range(_REDIRECTS):
            # RFC 9110 §15.4.8 and §15.4.9: these alone keep the POST a POST.
            if answer.status not in (307, 308):
                return answer
            url = self._target(url, answer.location)
            own = _origin(url) == _origin(hub)
            addresses = self._hub_s_own(hub) if own else self._addresses(url)
            answer = self._ask(url, addresses, form, own=own)
        if answer.status in (307, 308):
            raise HubError(f"redirects more than {_REDIRECTS} times")
        return answer

    def _target(self, url: httpx2.URL, location: str) -> httpx2.URL:
        target = url.join(location) if location else httpx2.URL()
        if target.scheme not in ("http", "https") or not target.host:
            raise HubError(f"redirects to {_line(location)!r}, which is no http or https address")
        return target.copy_with(username=None, password=None, fragment=None)

    def _hub_s_own(self, hub: httpx2.URL) -> Sequence[str] | None:
        """Where the hub is; None where any address will do."""
        if self._private:
            return None
        try:
            found = self._resolve(hub.host, _origin(hub)[2])
        except (OSError, UnicodeError) as error:
            raise HubUnreachable(f"{hub.host} has no address: {error}") from error
        for address in found:
            if not self._public(address):
                raise HubUnreachable(
                    f"{hub.host} is {address}: not a public address; if you mean it, set "
                    "FEEDSVC_ALLOW_PRIVATE_HUBS=1 where the builder runs"
                )
        return found

    def _addresses(self, url: httpx2.URL) -> Sequence[str]:
        """Where a redirect may lead."""
        try:
            found = self._resolve(url.host, _origin(url)[2])
        except (OSError, UnicodeError) as error:
            raise HubError(f"redirects to {url.host}, which has no address: {error}") from error
        for address in found:
            if not self._public(address):
                raise HubError(f"redirects to {url.host}, which is {address}: not a public address")
        return found

    def _ask(
        self,
        url: httpx2.URL,
        addresses: Sequence[str] | None,
        form: Mapping[str, str],
        *,
        own: bool = True,
    ) -> _Answer:
        """One request; to the first address that lets us in, where they are given."""
        client = self._client if own else self._elsewhere
        if addresses is None:
            return self._send(client, client.build_request("POST", url, data=form))
        for address in addresses[:-1]:
            with suppress(httpx2.ConnectError):
                return self._send(client, _pinned(client, url, address, form, keep=own))
        return self._send(client, _pinned(client, url, addresses[-1], form, keep=own))

    def _send(self, client: httpx2.Client, request: httpx2.Request) -> _Answer:
        for attempt in stamina.retry_context(on=_PASSING, attempts=3, wait_initial=0.2, wait_max=2):
            with attempt:
                response = client.send(request, stream=True)
        try:
            field = response.headers.get
            text = self._beginning(response)
            return _Answer(
                response.status_code, field("Location", ""), field("Retry-After", ""), text
            )
        finally:
            response.close()

    def _beginning(self, response: httpx2.Response) -> str:
        """The first words of an answer; what comes too late or breaks off is not missed."""
        end = time.monotonic() + self._timeout
        text = b""
        with suppress(httpx2.HTTPError):
            for chunk in response.iter_raw():
                text += chunk[:_ENOUGH]
                if len(text) >= _ENOUGH or time.monotonic() > end:
                    break
        return _line(text.decode("utf-8", errors="replace"))


def _pinned(
    client: httpx2.Client, url: httpx2.URL, address: str, form: Mapping[str, str], *, keep: bool
) -> httpx2.Request:
    """A request that goes to this very address, whatever the name means a moment later.

    Were the name looked up again to connect, a name server could answer with a private address
    now (DNS rebinding). Host field and TLS, its certificate check included, use the name.
    """
    return client.build_request(
        "POST",
        url.copy_with(host=address),
        data=form,
        headers={
            "Host": url.netloc.decode("ascii"),
            "Connection": "keep-alive" if keep else "close",
        },
        extensions={"sni_hostname": url.raw_host.decode("ascii")},
    )


@cache
def _tls() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than a ping."""
    return httpx2.create_ssl_context()


def _origin(url: httpx2.URL) -> tuple[str, str, int]:
    """RFC 6454 §4: scheme, host and port."""
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _pause(answer: _Answer) -> float:
    """RFC 9110 §10.2.3: the seconds that a hub asks for; a date would need a clock."""
    return float(answer.retry_after) if answer.retry_after.isdecimal() else 0.0


def _line(text: str) -> str:
    """One line that is safe in a log, a terminal and a database."""
    words = " ".join(text.split())[:200]
    return "".join(c for c in words if c.isprintable())
