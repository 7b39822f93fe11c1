"""A TCP connection to a server: its name is looked up, and only to where a server may be is it opened."""

import asyncio
import socket
from ipaddress import ip_address
from typing import NamedTuple

from fleet.http import Request
from fleet.networks import Networks
from fleet.troubles import not_allowed_there


async def connected_socket(request: Request, networks: Networks) -> socket.socket:
    """A socket that is connected to where the request is to go: to the first address that answers.

    The addresses that are looked at are those that are used: between the two no name is resolved again.

    Raises:
        NoConnectionError: no server may be at any of its addresses; nothing was sent.
        OSError: its name cannot be looked up, or no address of it answers: why the last one did not.
        ValueError: no name server can be asked for its name.
    """
    found = await _addresses(request.address.host, request.address.port)
    allowed = [address for address in found if networks.allow(str(address.sockaddr[0]))]
    if not allowed:
        raise not_allowed_there(request, ", ".join(str(address.sockaddr[0]) for address in found))
    for address in allowed[:-1]:
        try:
            return await _connected(address)
        except OSError:
            continue  # the next one may answer
    return await _connected(allowed[-1])


class _SocketAddress(NamedTuple):
    family: int
    sockaddr: tuple[str | int | bytes, ...]


async def _addresses(host: str, port: int) -> list[_SocketAddress]:
    """Where this host is. What is an IP address already needs no thread, of which there are few for names."""
    try:
        literal = ip_address(host)
    except ValueError:
        literal = None
    if literal is not None and "%" not in host:
        return [_SocketAddress(socket.AF_INET if literal.version == 4 else socket.AF_INET6, (host, port))]
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [_SocketAddress(family, (str(to[0]), *to[1:])) for family, _, _, _, to in found]


async def _connected(address: _SocketAddress) -> socket.socket:
    connecting = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        connecting.setblocking(False)
        await asyncio.get_running_loop().sock_connect(connecting, address.sockaddr)
    except BaseException:
        connecting.close()
        raise
    return connecting
