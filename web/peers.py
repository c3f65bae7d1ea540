"""Who is at the other end of a connection, and whether it is a proxy that was named.

An address is compared as a number, never as text; what cannot be read as one (a Unix socket, no
client at all) is nobody, and nobody is believed. What a believed proxy says is read in
`web.forwarded`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from web.policy import read_network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def read_address(text: object) -> Address | None:
    """Return an address, IPv4-mapped ones as IPv4; None if it is none.

    `[2001:db8::1]:443` and `10.0.0.5:4711`, as proxies may write them, lose their port.
    """
    if not isinstance(text, str) or len(text) > 64:
        return None
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address


class Proxies:
    """The proxies that were named."""

    def __init__(self, named: Iterable[str]) -> None:
        self._networks = tuple(read_network(each) for each in named)

    def knows(self, address: Address | None) -> bool:
        """Tell whether an address belongs to one of them."""
        return address is not None and any(address in network for network in self._networks)

    def visitor(self, peer: Address | None, forwarded_for: Iterable[str]) -> Address | None:
        """Return the nearest address that is no proxy of ours; the list is read from its end.

        Only the end is written by proxies that are believed: `1.2.3.4, 10.0.0.5` of a peer
        10.0.0.5 means 1.2.3.4, whatever else stands before it.
        """
        nearest = peer
        for text in reversed(list(forwarded_for)):
            if not self.knows(nearest):
                break
            said = read_address(text)
            if said is None:
                break
            nearest = said
        return nearest


def neighbourhood(address: Address | None) -> str:
    """Return what limits count an address by: an IPv6 visitor has a whole /64 to choose from."""
    if address is None:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)
