"""Addresses of hosts, and whose they are: so that nobody can send us to where only we can go.

In: host names and IP addresses. Out: IP addresses, and whether they are anybody's. It asks the
system's resolver and must not know what the addresses are for.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

#: All that was ever given to anybody: RFC 4291 §2.4 and IANA's registry. What is outside of it is
#: local, or means an IPv4 address to some machine: ``::127.0.0.1``, ``64:ff9b:1::/48``, ``fec0::``.
_GLOBAL: Final = ipaddress.ip_network("2000::/3")
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
#: RFC 5214 §6.1: an interface identifier, of either kind, before an IPv4 address.
_ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})
#: Not anybody's, whatever the version of Python knows of them: protocol assignments (with a cloud's
#: metadata among them), relays of 6to4, documentation, and the server that a cloud's machines ask
#: for their settings at an address that looks like everybody's.
_OTHERS: Final = tuple(
    map(
        ipaddress.ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "2001:db8::/32", "3fff::/20"),
    )
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order in which they should be tried. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Whether it is anybody's: not private, loopback, link-local, shared, multicast, reserved."""
    meant = _meant(ipaddress.ip_address(address))
    if isinstance(meant, ipaddress.IPv6Address) and meant not in _GLOBAL:
        return False
    if any(meant in network for network in _OTHERS if network.version == meant.version):
        return False
    return meant.is_global and not meant.is_multicast


def _meant(address: Address) -> Address:
    """The IPv4 address within an IPv6 one, where a gateway would take it out."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    # RFC 6052 §2.1; RFC 5214 §6.1
    if address in _NAT64 or int(address) >> 32 & 0xFFFFFFFF in _ISATAP:
        return last
    return address.ipv4_mapped or address.sixtofour or address
