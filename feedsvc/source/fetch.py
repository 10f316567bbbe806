"""Documents of others over HTTP: within limits, and from nowhere that only we can reach.

In: an address. Out: bytes and the address that they came from at last, or ImportProblem. It must
not know what the bytes are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Self

import httpx2
import msgspec

from feedsvc import __version__
from feedsvc.addresses import is_public, resolve
from feedsvc.deadline import Deadline, transport
from feedsvc.errors import ImportProblem

_REDIRECTS = 5
_MOVES = frozenset({301, 302, 303, 307, 308})
_MISSING = frozenset({404, 410})
_OK = 200
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, "
    "application/json;q=0.8, */*;q=0.5"
)


class Limits(msgspec.Struct, frozen=True):
    """How much is taken: bytes of a document, unpacked, and seconds until it is there.

    ``silence``: seconds in which nothing comes. ``seconds`` is with all redirects: enough for the
    largest document over a slow line, and no longer than somebody watches a command that stands.
    """

    size: int = 32 * 1024 * 1024
    seconds: float = 60
    silence: float = 20


class Fetched(msgspec.Struct, frozen=True):
    """A document and where it was found."""

    data: bytes
    url: str


class Fetcher:
    """Fetches documents. A context manager.

    ``private`` allows addresses that are not public. ``resolve`` and ``public`` are how addresses
    are found and judged. Proxies and passwords of the environment are not used.
    """

    def __init__(
        self,
        *,
        private: bool = False,
        limits: Limits = Limits(),  # noqa: B008 - frozen
        resolve: Callable[[str, int], Sequence[str]] = resolve,
        public: Callable[[str], bool] = is_public,
    ) -> None:
        self._private = private
        self._limits = limits
        self._resolve = resolve
        self._public = public
        self._deadline = Deadline()
        self._client = httpx2.Client(
            transport=transport(self._deadline, httpx2.create_ssl_context(trust_env=False)),
            timeout=limits.silence,
            trust_env=False,
            headers={"User-Agent": f"feedsvc/{__version__} (importer)", "Accept": _ACCEPT},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, url: str) -> Fetched:
        """The document. Raises ImportProblem."""
        found = self.find(url)
        if found is None:
            raise ImportProblem(f"{url}: nothing is there (404)")
        return found

    def find(self, url: str) -> Fetched | None:
        """The document, None where the answer is that there is none. Raises ImportProblem."""
        with self._deadline.within(self._limits.seconds):
            try:
                return self._follow(url)
            except httpx2.TimeoutException as error:
                late = f"not there within {self._limits.seconds:g} s"
                said = late if self._deadline.is_over else "no answer in time"
                raise ImportProblem(f"{url}: {said}") from error
            except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                raise ImportProblem(f"{url}: {error or type(error).__name__}") from error

    def _follow(self, url: str) -> Fetched | None:
        target = httpx2.URL(url)
        for _ in range(_REDIRECTS + 1):
            response = self._ask(target)
            try:
                if response.status_code not in _MOVES:
                    return self._taken(response, target)
                target = target.join(response.headers.get("Location", ""))
            finally:
                response.close()
        raise ImportProblem(f"{url}: redirects more than {_REDIRECTS} times")

    def _ask(self, url: httpx2.URL) -> httpx2.Response:
        """One request, to the first address that lets us in; each is judged before any is asked."""
        if url.scheme not in ("http", "https") or not url.host:
            raise ImportProblem(f"{url}: no http or https address")
        addresses = self._addresses(url)
        for address in addresses[:-1]:
            with suppress(httpx2.ConnectError):
                return self._client.send(self._pinned(url, address), stream=True)
        return self._client.send(self._pinned(url, addresses[-1]), stream=True)

    def _addresses(self, url: httpx2.URL) -> Sequence[str]:
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            found = self._resolve(url.host, port)
        except (OSError, UnicodeError) as error:
            raise ImportProblem(f"{url.host} has no address: {error}") from error
        for address in found:
            if not self._private and not self._public(address):
                raise ImportProblem(
                    f"{url.host} is {address}: not a public address; if you mean it, add "
                    "--allow-private"
                )
        return found

    def _pinned(self, url: httpx2.URL, address: str) -> httpx2.Request:
        """A request to this very address: the name, asked again, might mean another (rebinding)."""
        plain = url.copy_with(username=None, password=None, fragment=None)
        return self._client.build_request(
            "GET",
            plain.copy_with(host=address),
            headers={"Host": plain.netloc.decode("ascii"), "Connection": "close"},
            extensions={"sni_hostname": plain.raw_host.decode("ascii")},
        )

    def _taken(self, response: httpx2.Response, url: httpx2.URL) -> Fetched | None:
        if response.status_code in _MISSING:
            return None
        if response.status_code != _OK:
            raise ImportProblem(f"{url}: the answer is {response.status_code}")
        data = bytearray()
        for chunk in response.iter_bytes():  # unpacked: a small answer may hold a large document
            data += chunk
            if len(data) > self._limits.size:
                raise ImportProblem(f"{url}: more than {self._limits.size} bytes")
        return Fetched(bytes(data), str(url))
