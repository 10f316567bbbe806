"""Addresses of hosts, and whose they are: so that nobody can send us to where only we can go.

In: host names and IP addresses. Out: IP addresses, and whether they are anybody's. It asks the
system's resolver and must not know what the addresses are for.
"""

from __future__ import annotations

import ipaddress
import socket

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, in the order in which they should be tried. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Whether it is anybody's: not private, loopback, link-local, shared, multicast, reserved."""
    meant = _meant(ipaddress.ip_address(address))
    return meant.is_global and not meant.is_multicast


def _meant(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address within an IPv6 one, where a gateway would take it out."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:  # RFC 6052 §2.1
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
