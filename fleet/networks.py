"""Which addresses servers may have, so that nobody has the service ask what it should not ask.

Whoever may add a server says where a request of ours goes. What answers on link-local addresses and on the
well-known ones of cloud providers hands out credentials of the machine that asks: no management controller is
there, so these are refused unless `fleet.networks` names them. An address is looked at when a server or a
listener is added, in whatever way it is written, and again, after the name is resolved, whenever a connection
is opened to it: a name may lead elsewhere by then. Loopback is no special case: who wants no server on this
machine lists the networks that there are.
"""

import re
import socket
import unicodedata
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

NEVER_BY_ITSELF: Final = tuple(
    ip_network(network)
    for network in (
        "169.254.0.0/16",  # link-local, and the metadata services of most clouds
        "fe80::/10",  # link-local
        "fd00:ec2::/32",  # metadata of AWS
        "100.100.100.200/32",  # metadata of Alibaba Cloud
        "168.63.129.16/32",  # the host agent of Azure
        "192.0.0.192/32",  # metadata of Oracle Cloud
        "0.0.0.0/8",  # this machine by another name
        "::/128",
        "224.0.0.0/4",  # many machines at once
        "ff00::/8",
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
_WITH_IPV4_BEHIND: Final = tuple(
    ip_network(network)
    for network in (
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/96",  # NAT64 of one's own network
        "::ffff:0:0:0/96",  # SIIT
        "::/96",  # the oldest way of all; `::` and `::1` are themselves
    )
)
_NUMBERS: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+)){0,3}", re.ASCII | re.IGNORECASE)
"""An IPv4 address as resolvers take one: fewer numbers than four, and in octal or hexadecimal."""


class Networks:
    """The networks that servers may be in: all, or those in a list; and what must be named to be in it."""

    def __init__(self, listed: Sequence[Network] = ()) -> None:
        self._listed = tuple(listed)

    def allow(self, host: str) -> bool:
        """Whether a server may be at this IP address; a name may be given, for it may lead anywhere yet."""
        address = _address_of(host)
        if address is None:
            return True
        special = [network for network in NEVER_BY_ITSELF if _holds(network, address)]
        listed = [network for network in self._listed if _holds(network, address)]
        if special:  # `0.0.0.0/0` in the list means every server, and no metadata service
            return any(_is_within(network, special) for network in listed)
        return bool(listed) or not self._listed


def _address_of(host: str) -> Address | None:
    """The address that this is to a resolver, in whatever way it is written; None: it is a name."""
    plain = unicodedata.normalize("NFKC", host.partition("%")[0]).removesuffix(".")
    try:
        return _real(ip_address(plain))
    except ValueError:
        pass
    if not _NUMBERS.fullmatch(plain):
        return None
    try:
        return IPv4Address(socket.inet_aton(plain))
    except OSError:
        return None  # no address either, and no name that anybody has


def _real(address: Address) -> Address:
    """Where it leads: an IPv4 address may be written as one of IPv6."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if int(address) > 1 and any(address in network for network in _WITH_IPV4_BEHIND):
            return IPv4Address(int(address) & 0xFFFFFFFF)
        if address.sixtofour is not None:
            return address.sixtofour
    return address


def _holds(network: Network, address: Address) -> bool:
    return network.version == address.version and address in network


def _is_within(network: Network, others: Sequence[Network]) -> bool:
    for other in others:
        if isinstance(network, IPv4Network) and isinstance(other, IPv4Network) and network.subnet_of(other):
            return True
        if isinstance(network, IPv6Network) and isinstance(other, IPv6Network) and network.subnet_of(other):
            return True
    return False
