"""Which address in 127.0.0.0/8 each simulated server has."""

import socket

LOOPBACK = b"\x7f"
HOSTS = 254
"""Servers in each 127.x.y.0/24: those ending in .0 and .255 look like network and broadcast addresses."""
CAPACITY = 256 * 256 * HOSTS
"""How many servers 127.0.0.0/8 has room for."""


def address_of(index: int) -> str:
    """The address of the server with this number, counted from 0 and below CAPACITY; always the same.

    127.0.0.1, 127.0.0.2, … 127.0.0.254, 127.0.1.1, …
    """
    net, host = divmod(index, HOSTS)
    return f"127.{net >> 8}.{net & 255}.{host + 1}"


def index_of(address: str) -> int | None:
    """The number of the server with this IPv4 address; None when no server ever has it."""
    packed = socket.inet_aton(address)
    if not is_loopback(address) or packed[3] in (0, 255):
        return None
    return (packed[1] << 8 | packed[2]) * HOSTS + packed[3] - 1


def is_loopback(address: str) -> bool:
    """Whether this IPv4 address is in 127.0.0.0/8."""
    return socket.inet_aton(address)[:1] == LOOPBACK
