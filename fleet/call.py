"""One call of a server's method: its requests, on an errand and within its patience, repeated where safe."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import orjson

from actors.inventory.records import Trust
from actors.tasks.errors import ServerError, ServerHungUpError
from actors.tasks.ports import Errand
from fleet.connection import Connection
from fleet.connections import Connections
from fleet.documents import path_of
from fleet.http import Address, Answer, Request
from fleet.options import FleetOptions
from fleet.patience import Patience
from fleet.stay import Stay
from fleet.troubles import RefusalError, not_understood, out_of_patience, worth_repeating

T = TypeVar("T")

FRESH = 1.0
"""Seconds: what must not be sent twice goes over a new connection, or one that was in use a moment ago.
After a longer pause the server may have given the connection up; a request that meets its goodbye would
be lost without anybody knowing whether it took effect."""

NOT_REUSED = -1.0

LONGEST_RETRY_AFTER = 5.0
"""Seconds: a server that asks for a longer pause has refused."""

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 3


class Call:
    """The requests of one call. Each is sent only after the errand's permit, and carries its id.

    They go over one connection, which the call keeps until it ends, pauses or waits for others: where
    more is to be done than connections may be open, each would otherwise cost a TLS handshake. Whoever
    makes a call ends it with `end`.
    """

    def __init__(
        self,
        connections: Connections,
        options: FleetOptions,
        address: Address,
        errand: Errand,
        trust: Trust,
        stay: Stay,
        given_up: Callable[[], bool],
    ) -> None:
        """`stay` has what was kept at this server. Once `given_up`, nothing is tried again."""
        self.address = address
        self.patience = Patience(errand.patience)
        self._connections = connections
        self._options = options
        self._errand = errand
        self._trust = trust
        self._stay = stay
        self._given_up = given_up
        self._kept: Connection | None = None

    def rest(self) -> None:
        """Give the connection back; to be called before waiting for anything but the server."""
        if self._kept is not None:
            self._connections.give_back(self._kept)
            self._kept = None

    def end(self) -> None:
        """Leave the connection to the next call where somebody stays with the server, else give it back."""
        if self._kept is not None:
            self._stay.keep(self._kept)
            self._kept = None

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, str] | None = None
    ) -> Request:
        """The request as it will be sent."""
        all_headers = {
            "User-Agent": self._options.user_agent,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "OData-Version": "4.0",
            **headers,
        }
        if self._errand.request_id is not None:
            all_headers["X-Request-Id"] = self._errand.request_id
        content = None if body is None else orjson.dumps(body)
        return Request(self.address, method, path, all_headers, content, self._trust, self._errand.permit)

    async def get(self, path: str, headers: Mapping[str, str]) -> Answer:
        """The answer to a GET, whatever its HTTP status; redirects are followed, at this server only."""
        for _ in range(MOST_REDIRECTS + 1):
            request = self.request("GET", path, headers)
            answer = await self._exchange(request, again=True)
            if answer.status not in REDIRECTS:
                return answer
            target = path_of(answer.headers.get("location"), self.address)
            if target is None:
                raise not_understood(request, "answered with a redirect to somewhere else")
            path = target
        raise not_understood(request, f"answered with more than {MOST_REDIRECTS} redirects")

    async def once(
        self, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer to a request that is sent once, whatever its HTTP status."""
        return await self._exchange(self.request(method, path, headers, body), again=False)

    async def _exchange(self, request: Request, *, again: bool) -> Answer:
        """One exchange. A read that meets an idle connection's end is sent over a new one at once."""
        max_idle = None if again else FRESH
        while True:
            connection = self._kept_open(max_idle)
            await self._connections.turn_to_begin(goes_on=connection is not None)
            self._errand.permit()  # what may not be sent needs no connection, and shall not cost one
            if connection is None or not (connection.usable and (again or connection.quiet)):
                self.rest()
                connection = await self._connections.borrow(request, self.patience, max_idle)
            reused = connection.used
            try:
                if self.patience.left <= 0:
                    raise out_of_patience(request)
                self._errand.permit()
                return await connection.exchange(request, self.patience, self._options.read_timeout)
            except ServerHungUpError:
                if not (again and reused) or connection.heard or self._given_up():
                    raise
                max_idle = NOT_REUSED
            finally:
                self._kept = connection
                if not connection.usable:
                    self.rest()

    def _kept_open(self, max_idle: float | None) -> Connection | None:
        """What this call has kept, or the one before it at this server, if it can be used."""
        if self._kept is None:
            self._kept = self._stay.take(max_idle)
        kept = self._kept
        if kept is not None and kept.usable and kept.quiet and kept.trust == self._trust:
            return kept
        self.rest()
        return None

    async def repeated(self, once: Callable[[], Awaitable[T]]) -> T:
        """What `once` returns, tried again after a pause where it fails for a reason that may pass, and
        the patience lasts."""
        for repeated in itertools.count():
            try:
                return await once()
            except ServerError as error:
                pause = self._pause(error, repeated)
                if pause is None:
                    raise
            self.rest()
            with self.patience:
                await asyncio.sleep(pause)
        raise AssertionError("counting has no end")

    def _pause(self, error: ServerError, repeated: int) -> float | None:
        """Seconds to wait before the next attempt; None: there is none."""
        if self._given_up() or repeated >= self._options.retries or not worth_repeating(error, repeated):
            return None
        pause = self._options.retry_pause * 2**repeated
        if isinstance(error, RefusalError) and error.retry_after is not None:
            if error.retry_after > LONGEST_RETRY_AFTER:
                return None
            pause = max(pause, error.retry_after)
        return pause if pause < self.patience.left else None
