"""The servers outside: one pool of connections to all of them, and what is remembered of each."""

import os
from collections import Counter
from functools import partial
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

from actors.tasks.ports import Errand, Login
from fleet.call import Call
from fleet.client import Client
from fleet.connections import Connections
from fleet.http import Address
from fleet.logins import Known
from fleet.networks import Networks
from fleet.options import Contexts, FleetOptions
from fleet.stay import Stay
from fleet.visit import Visit

__all__ = ["FleetOptions", "Pool", "open_servers"]


class Pool:
    """Implements `Servers`; see there for the promises. As a context manager it closes itself."""

    def __init__(self, options: FleetOptions, contexts: Contexts) -> None:
        self._options = options
        self._networks = Networks(options.networks)
        self._connections = Connections(options, contexts, self._networks)
        self._key = os.urandom(32)
        self.errors: Counter[str] = Counter()
        """How many calls have failed, by the kind of trouble."""
        self._known: WeakValueDictionary[str, Known] = WeakValueDictionary()
        """Every server that somebody is dealing with just now …"""
        self._remembered: dict[str, Known] = {}
        """… and those that let us in: an address that nobody listens on leaves nothing behind."""

    @property
    def open(self) -> int:
        """How many connections are open, those included that are being opened or closed."""
        return self._connections.open

    @property
    def waiting(self) -> int:
        """How many requests wait for a place among the connections."""
        return self._connections.waiting

    def at(self, login: Login, errand: Errand) -> Client:
        """See `Servers`.

        Raises:
            ValueError: the login's address is not `host:port`.
        """
        address = Address.parse(login.address)
        known = self._known.get(address.text)
        if known is None:
            known = self._known[address.text] = Known(Stay(self._connections))
        return Client(address, known, partial(self._visit, address, known, login, errand))

    def may_be_at(self, address: str) -> bool:
        """See `Servers`.

        Raises:
            ValueError: the address is not `host:port`.
        """
        return self._networks.allow(Address.parse(address).host)

    async def forget(self, address: str) -> None:
        """See `Servers`. A request that is under way there ends as if the server had hung up."""
        self._remembered.pop(address, None)
        known = self._known.pop(address, None)
        if known is not None:
            known.forgotten = True
        await self._connections.forget(address)

    async def close(self) -> None:
        """Close every connection, and return when they are closed; sends nothing. Later calls fail."""
        await self._connections.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _visit(self, address: Address, known: Known, login: Login, errand: Errand) -> Visit:
        call = Call(
            self._connections,
            self._options,
            address,
            errand,
            login.trust,
            known.stay,
            given_up=lambda: known.forgotten or self._connections.closed,
        )
        return Visit(call, known, login, self._key, partial(self._remember, address.text, known), self.errors)

    def _remember(self, address: str, known: Known) -> None:
        if not known.forgotten:
            self._remembered[address] = known


def open_servers(options: FleetOptions) -> Pool:
    """The servers, reached as these options say. Opens no connection by itself; close it when done.

    Raises:
        ValueError: `ca_file` cannot be read as certificates.
    """
    return Pool(options, Contexts(options))
