"""All connections to servers: how many may be open, who gets the next one, and when an idle one is closed.

aiohttp's own limit leaves idle connections out, so the count is kept here. A place is taken before a
connection is opened and comes free when its socket is closed: busy, idle, opening and closing ones all
count. Whoever finds no place waits, first come, first served, while the connection that has been idle
longest is closed to make room.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping, MutableMapping
from typing import TypeVar

from fleet.connection import Connection
from fleet.http import Request
from fleet.networks import Networks
from fleet.options import Contexts, FleetOptions
from fleet.pace import Pace
from fleet.patience import Patience
from fleet.troubles import NoConnectionError, closing, out_of_patience

T = TypeVar("T")

HANDSHAKES_AT_ONCE = 64
"""TLS handshakes that go on at the same time: most of what a server costs, here and often there. With
hundreds at once each takes seconds, and servers that are quick would be found too slow."""


class _Host:
    """What goes on with one server; there is one only while something does."""

    __slots__ = ("busy", "idle", "turns", "waiting")

    def __init__(self) -> None:
        self.turns = 0
        """Callers that have a turn: one may have a connection, or a place for one, or wait for a place."""
        self.waiting: OrderedDict[asyncio.Future[None], Request] = OrderedDict()
        """Those who wait for a turn, in their order."""
        self.busy: set[Connection] = set()
        self.idle: list[Connection] = []
        """Those that nobody uses, the last used at the end."""


class Connections:
    """Lends connections out; each comes back by `give_back`, whatever has happened."""

    def __init__(self, options: FleetOptions, contexts: Contexts, networks: Networks) -> None:
        self._options = options
        self._contexts = contexts
        self._networks = networks
        self._pace = Pace()
        self._handshakes = asyncio.Semaphore(HANDSHAKES_AT_ONCE)
        self._hosts: dict[str, _Host] = {}
        self._open = 0
        self._closing: set[Connection] = set()
        self._idle: OrderedDict[Connection, float] = OrderedDict()
        """When each became idle, by the loop's clock, in that order."""
        self._waiting: OrderedDict[asyncio.Future[Connection | None], Request] = OrderedDict()
        """Those who wait for a place, in their order. The answer is a connection to where the request
        is to go, or None for a place to open one in."""
        self._sweeper: asyncio.TimerHandle | None = None
        self._closed: asyncio.Event | None = None

    @property
    def open(self) -> int:
        """Places taken: never more than `max_connections`."""
        return self._open

    @property
    def closed(self) -> bool:
        """Whether `close` has been called."""
        return self._closed is not None

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return sum(not waiter.done() for waiter in self._waiting)

    async def turn_to_begin(self, *, goes_on: bool) -> None:
        """Return when a request may begin: few do in each pass of the loop (see `Pace`)."""
        await self._pace.turn(first=goes_on)

    async def borrow(self, request: Request, patience: Patience, max_idle: float | None = None) -> Connection:
        """A connection to where this request is to go; nobody else has it until `give_back`.

        Waits for a turn at the server and then for a place, first come, first served, for as long as
        it takes. One that has been idle for more than `max_idle` seconds is not used but closed. Nothing has
        been sent when it returns; when it raises or is cancelled, there is nothing to give back.

        Raises:
            ServerUnreachableError: no connection came about in the time set for it or the patience left, or
                while this one waited for a turn at the server one of its predecessors found out.
            FencedError: a connection would have to be opened, and the request has no permit any more.
        """
        address = request.address.text
        host = self._hosts.setdefault(address, _Host())
        try:
            await self._turn(host, request, patience)
        except BaseException:
            self._forget_unused(address, host)
            raise
        try:
            connection = await self._connection(host, request, patience, max_idle)
        except BaseException:
            self._end_turn(address, host)
            raise
        host.busy.add(connection)
        return connection

    def give_back(self, connection: Connection) -> None:
        """Take it back from whoever borrowed it. One that is not usable any more is closed."""
        host = self._hosts[connection.address]
        host.busy.discard(connection)
        self._put(host, connection)
        self._end_turn(connection.address, host)

    async def forget(self, address: str) -> None:
        """Close what is open to this address, in use or not, and return when it is closed."""
        host = self._hosts.get(address)
        if host is None:
            return
        for connection in (connections := [*host.busy, *host.idle]):
            self._close(connection)
        for connection in connections:
            await connection.lost.wait()

    async def close(self) -> None:
        """Close all, and return when all are closed. Whoever waits or comes later gets an error."""
        if self._closed is None:
            self._closed = asyncio.Event()
            if self._sweeper is not None:
                self._sweeper.cancel()
            for host in list(self._hosts.values()):
                for connection in [*host.busy, *host.idle]:
                    self._close(connection)
                _tell_all(host.waiting, closing)
            _tell_all(self._waiting, closing)
            if not self._open:
                self._closed.set()
        await self._closed.wait()

    # --- a turn at one server

    async def _turn(self, host: _Host, request: Request, patience: Patience) -> None:
        """Unlike a wait for a place this one counts: a server that answers nobody is what is waited for."""
        if host.turns < self._options.per_server:  # then nobody waits
            host.turns += 1
            return
        turn = asyncio.get_running_loop().create_future()
        host.waiting[turn] = request
        try:
            with patience:
                async with asyncio.timeout(patience.left if math.isfinite(patience.left) else None):
                    await turn
        except TimeoutError:
            self._give_up_turn(host, request, turn)
            raise out_of_patience(request) from None
        except asyncio.CancelledError:
            self._give_up_turn(host, request, turn)
            raise

    def _give_up_turn(self, host: _Host, request: Request, turn: asyncio.Future[None]) -> None:
        host.waiting.pop(turn, None)
        if turn.done() and not turn.cancelled() and turn.exception() is None:
            self._end_turn(request.address.text, host)  # it was given and is not used

    def _end_turn(self, address: str, host: _Host) -> None:
        host.turns -= 1
        if (turn := _first(host.waiting)) is not None:
            del host.waiting[turn]
            turn.set_result(None)
            host.turns += 1
        self._forget_unused(address, host)

    def _forget_unused(self, address: str, host: _Host) -> None:
        if not (host.turns or host.waiting or host.idle) and self._hosts.get(address) is host:
            del self._hosts[address]

    # --- a place among all

    async def _connection(
        self, host: _Host, request: Request, patience: Patience, max_idle: float | None
    ) -> Connection:
        while True:
            self._must_be_open(request)
            while host.idle:
                connection = host.idle.pop()
                idle = asyncio.get_running_loop().time() - self._idle.pop(connection)
                young = max_idle is None or idle <= max_idle
                if connection.usable and connection.quiet and young and connection.trust == request.trust:
                    return connection
                self._close(connection)
            if self._open < self._options.max_connections:
                self._open += 1
            else:
                handed_over = await self._place(host, request)
                if handed_over is not None:
                    if handed_over.usable and handed_over.quiet:
                        return handed_over
                    host.busy.discard(handed_over)
                    self._close(handed_over)
                    continue
            return await self._opened(host, request, patience)

    async def _opened(self, host: _Host, request: Request, patience: Patience) -> Connection:
        """A new connection in a place that has been taken; the place comes free if it fails."""
        longest = self._options.connect_timeout
        limit = min(longest, patience.left)
        try:
            self._must_be_open(request)
            request.permit()  # it may have waited long for the place
            tls = self._contexts.of(request.trust)
            connection = await Connection.open(
                request, tls, patience, limit, self._handshakes, self._lost, self._networks
            )
        except BaseException as error:
            self._place_is_free()
            if isinstance(error, NoConnectionError) and limit == longest:
                # whoever waits for a turn at this server need not find out for themselves, one by one
                _tell_all(host.waiting, error.again)
            raise
        try:
            self._must_be_open(request)
        except NoConnectionError:
            self._close(connection)
            raise
        return connection

    def _must_be_open(self, request: Request) -> None:
        if self._closed is not None:
            raise closing(request)

    async def _place(self, host: _Host, request: Request) -> Connection | None:
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = request
        self._make_room()
        try:
            return await waiter
        except asyncio.CancelledError:
            self._waiting.pop(waiter, None)
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                given = waiter.result()  # and is not used
                if given is None:
                    self._place_is_free()
                else:
                    host.busy.discard(given)
                    self._put(host, given)
            raise

    def _place_is_free(self) -> None:
        if (waiter := _first(self._waiting)) is not None:
            del self._waiting[waiter]
            waiter.set_result(None)
            return
        self._open -= 1
        if self._closed is not None and not self._open:
            self._closed.set()

    def _put(self, host: _Host, connection: Connection) -> None:
        """A connection that nobody uses goes to whoever has waited longest, if it leads to the right
        server; where it does not, it makes room; where nobody waits, it stays open for a while."""
        if not connection.usable or self._closed is not None:
            self._close(connection)
            return
        if (waiter := _first(self._waiting)) is not None:
            waiting = self._waiting[waiter]
            if (waiting.address.text, waiting.trust) == (connection.address, connection.trust):
                del self._waiting[waiter]
                host.busy.add(connection)
                waiter.set_result(connection)
            else:
                self._close(connection)
            return
        self._idle[connection] = asyncio.get_running_loop().time()
        host.idle.append(connection)
        self._sweep_later()

    def _make_room(self) -> None:
        """Close idle connections, the longest idle first, until as many close as callers wait."""
        while self._idle and len(self._closing) < len(self._waiting):
            self._close(next(iter(self._idle)))

    # --- the end of a connection

    def _close(self, connection: Connection) -> None:
        self._take_from_idle(connection)
        if not connection.lost.is_set():
            self._closing.add(connection)
            connection.close()

    def _lost(self, connection: Connection) -> None:
        """Its socket is closed, by us or by the server: its place is free."""
        self._closing.discard(connection)
        self._take_from_idle(connection)
        self._place_is_free()

    def _take_from_idle(self, connection: Connection) -> None:
        if self._idle.pop(connection, None) is None:
            return
        host = self._hosts[connection.address]
        host.idle.remove(connection)
        self._forget_unused(connection.address, host)

    def _sweep_later(self) -> None:
        if self._sweeper is None and self._idle:
            since = next(iter(self._idle.values()))
            loop = asyncio.get_running_loop()
            self._sweeper = loop.call_at(since + self._options.idle_time, self._sweep)

    def _sweep(self) -> None:
        """Close what has been idle for too long."""
        self._sweeper = None
        now = asyncio.get_running_loop().time()
        for connection, since in list(self._idle.items()):
            if now - since < self._options.idle_time:
                break
            self._close(connection)
        self._sweep_later()


def _first(waiting: Mapping[asyncio.Future[T], Request]) -> asyncio.Future[T] | None:
    """Who has waited longest; those who have been cancelled are on their way out."""
    return next((waiter for waiter in waiting if not waiter.done()), None)


def _tell_all(
    waiting: MutableMapping[asyncio.Future[T], Request], error: Callable[[Request], NoConnectionError]
) -> None:
    for waiter, request in waiting.items():
        if not waiter.done():
            waiter.set_exception(error(request))
    waiting.clear()
