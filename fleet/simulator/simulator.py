"""The simulator: as many Redfish servers as asked for, behind one listening socket on the running loop."""

import asyncio
import logging
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import orjson
from tornado.iostream import IOStream

from fleet.simulator.addresses import address_of
from fleet.simulator.attendance import Attendance
from fleet.simulator.certificates import Certificates
from fleet.simulator.errors import SimulatorError
from fleet.simulator.fault_rules import FaultRule, parse_faults, read_faults
from fleet.simulator.faults import Faults
from fleet.simulator.identity import credentials, identity
from fleet.simulator.listener import Listener, hold_port
from fleet.simulator.options import SimulatorOptions
from fleet.simulator.power import PowerState
from fleet.simulator.request_log import RequestLog
from fleet.simulator.server import Server

log = logging.getLogger(__name__)


class Simulator:
    """Simulated servers between `start` and `stop`; as an `async with` it does both.

    A server costs nothing until somebody connects to it. Of the options, `inventory` and `ca` are left to the
    caller: `inventory_json` and `ca_pem` are what belongs into these files.
    """

    def __init__(self, options: SimulatorOptions) -> None:
        self.options = options
        self._stack = AsyncExitStack()
        self._servers: dict[int, Server] = {}
        self._attending: set[asyncio.Task[None]] = set()
        self._port = self._dead_port = 0

    async def start(self) -> None:
        """Read the faults, open the request log, and listen: on return the servers answer.

        Raises:
            SimulatorError: the faults make no sense, or the request log or the port cannot be had. Nothing is
                left open.
        """
        loop = asyncio.get_running_loop()
        self._clock = loop.time  # asyncio's own clock: tests that freeze the others leave it running
        async with AsyncExitStack() as stack:
            request_log = stack.enter_context(RequestLog(self.options.request_log))
            self._attendance = Attendance(
                request_log, self._faults(read_faults(self.options.faults)), loop.time
            )
            self._certificates = Certificates()
            stack.callback(self._certificates.close)
            held = hold_port(self.options.port)
            stack.callback(held.close)
            self._port = held.getsockname()[1]
            if self.options.dead:
                # bound but never listening: connecting is refused, and nobody else can take the port
                dead = hold_port(0)
                stack.callback(dead.close)
                self._dead_port = dead.getsockname()[1]
            listener = Listener(
                held,
                self._certificates.listening_context,
                self.options.servers,
                self._is_away,
                self._connected,
            )
            listener.start()
            stack.push_async_callback(self._disconnect)
            stack.callback(listener.stop)
            self._stack = stack.pop_all()

    async def stop(self) -> None:
        """Stop listening and close every connection. A simulator is not started again."""
        await self._stack.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """The port on which the servers listen."""
        return self._port

    @property
    def ca_pem(self) -> bytes:
        """The certificate that signed those of the servers, in PEM."""
        return self._certificates.ca_pem

    def host_name(self, index: int) -> str:
        """The HostName, address and port, of the server with this number, counted from 0."""
        return f"{address_of(index)}:{self._port if index < self.options.servers else self._dead_port}"

    def inventory(self) -> list[dict[str, str]]:
        """HostName, UserName and Password of each server, the dead ones last."""
        lines = []
        for index in range(self.options.servers + self.options.dead):
            user_name, password = credentials(self.options.seed, index)
            lines.append({"HostName": self.host_name(index), "UserName": user_name, "Password": password})
        return lines

    def inventory_json(self) -> bytes:
        """`inventory` as it is written to a file."""
        return orjson.dumps(self.inventory(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def power_state(self, index: int) -> PowerState:
        """What the server with this number shows as PowerState, without asking it over the network."""
        return self._server(index).power_state(self._clock())

    def reload_faults(self) -> int:
        """Read the faults file again; all counting begins anew. Gives the number of rules.

        Raises:
            SimulatorError: the file makes no sense; the rules stay what they were.
        """
        return self._use(read_faults(self.options.faults))

    def use_faults(self, rules: object) -> int:
        """Use these rules, given as in a faults file; else as `reload_faults`."""
        return self._use(parse_faults(rules))

    def _use(self, rules: tuple[FaultRule, ...]) -> int:
        self._attendance.faults = self._faults(rules)
        return len(rules)

    def _faults(self, rules: tuple[FaultRule, ...]) -> Faults:
        return Faults(rules, self.options.servers, self.options.seed)

    def _server(self, index: int) -> Server:
        server = self._servers.get(index)
        if server is None:
            if not 0 <= index < self.options.servers:
                raise SimulatorError(f"There is no server {index}: there are {self.options.servers}.")
            seed = self.options.seed
            server = Server(index, identity(seed, index), self._port, seed, self.options.transition)
            self._servers[index] = server
        return server

    def _is_away(self, index: int) -> bool:
        server = self._servers.get(index)
        return server is not None and self._clock() < server.away_until

    def _connected(self, index: int, stream: IOStream) -> None:
        server = self._server(index)
        server.streams.add(stream)
        attending = asyncio.create_task(self._attend(server, stream), name=f"simulated {server.host_name}")
        self._attending.add(attending)
        attending.add_done_callback(self._attending.discard)

    async def _attend(self, server: Server, stream: IOStream) -> None:
        try:
            await self._attendance.attend(server, stream)
        except Exception:
            log.exception(
                "A connection to the simulated server %s broke: this is a mistake here.", server.host_name
            )
        finally:
            server.streams.discard(stream)

    async def _disconnect(self) -> None:
        attending = list(self._attending)
        for one in attending:
            one.cancel()
        await asyncio.gather(*attending, return_exceptions=True)
