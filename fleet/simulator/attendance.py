"""One connection: its requests are read, noted in the request log, and answered or met by a fault.

A request is noted when it has come and its answer is known, and before anything of the answer leaves. So the
line of a slow answer says the status that it will have, and the line of a request that is hung or reset says
none. An answer that is dropped half way has the status that left: none for an answer without a body.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from tornado.iostream import IOStream

from fleet.simulator import routes
from fleet.simulator.fault_rules import FaultKind, FaultRule
from fleet.simulator.faults import Faults
from fleet.simulator.http1 import (
    Answer,
    BadRequestError,
    Headers,
    Request,
    StreamClosedError,
    encode,
    read_request,
    write,
)
from fleet.simulator.messages import error
from fleet.simulator.power import ResetType
from fleet.simulator.request_log import RequestLog
from fleet.simulator.server import Server
from fleet.simulator.server_tasks import TaskFate

SLOW = 30.0
AWAY = 30.0
"""Seconds, where a rule names none."""

_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


def reset_at_close(sock: socket.socket) -> None:
    """Let closing this socket reset the connection instead of ending it in order."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)


class Attendance:
    """Attends to connections. `faults` may be replaced at any time; `clock` gives seconds, never less."""

    def __init__(self, log: RequestLog, faults: Faults, clock: Callable[[], float]) -> None:
        self.faults = faults
        self._log = log
        self._clock = clock

    async def attend(self, server: Server, stream: IOStream) -> None:
        """Answer the requests of one connection to this server until it is closed; it is closed on return."""
        try:
            while not stream.closed():
                request = await read_request(stream)
                await self._meet(server, stream, request)
                if not request.keep_alive:
                    return
        except BadRequestError as refused:
            await self._refuse(stream, refused.status)
        except StreamClosedError:
            pass  # the client has left, or a fault has closed the connection: both end it
        finally:
            stream.close()

    async def _meet(self, server: Server, stream: IOStream, request: Request) -> None:
        now = self._clock()
        rule = wanted = None
        if self.faults:
            wanted = routes.reset_asked_for(server, request, now)
            rule = self.faults.pick(server.index, request.method, request.path, wanted is not None)
        if rule is None:
            await self._send(server, stream, request, routes.answer(server, request, now))
            return
        match rule.fault:
            case FaultKind.HANG:
                self._note(server, request, None)
                await self._linger(stream, rule.seconds)
                stream.close()
            case FaultKind.RESET:
                self._note(server, request, None)
                reset_at_close(stream.socket)
                stream.close()
            case FaultKind.STATUS:
                await self._send(server, stream, request, _status_answer(rule))
            case FaultKind.ACCEPTED if wanted is not None:
                await self._send(server, stream, request, _begin_task(server, rule, wanted, now))
            case _:
                await self._spoil(server, stream, request, rule, now)

    async def _spoil(
        self, server: Server, stream: IOStream, request: Request, rule: FaultRule, now: float
    ) -> None:
        """The faults that let the request take effect, and spoil what comes of it."""
        answer = routes.answer(server, request, now)
        match rule.fault:
            case FaultKind.SLOW:
                self._note(server, request, answer.status)
                await self._linger(stream, SLOW if rule.seconds is None else rule.seconds)
                await write(stream, b"".join(encode(answer, request)))
            case FaultKind.DROP:
                await self._drop(server, stream, request, answer)
            case FaultKind.BAD_JSON:
                body = answer.body or {"@odata.id": request.path, "Name": "cut off"}
                cut = Answer(200, body, answer.headers)
                await self._send(server, stream, request, cut, cut_body=True)
            case FaultKind.AWAY:
                server.away_until = now + (AWAY if rule.seconds is None else rule.seconds)
                await self._send(server, stream, request, answer)
                for open_stream in list(server.streams):
                    open_stream.close()

    async def _send(
        self, server: Server, stream: IOStream, request: Request, answer: Answer, cut_body: bool = False
    ) -> None:
        data = b"".join(encode(answer, request, cut_body))
        self._note(server, request, answer.status)
        await write(stream, data)

    async def _drop(self, server: Server, stream: IOStream, request: Request, answer: Answer) -> None:
        head, body = encode(answer, request)
        if body:
            self._note(server, request, answer.status)
            await write(stream, head + body[: len(body) // 2])
        else:
            self._note(server, request, None)
            await write(stream, head[: len(b"HTTP/1.1 ")])
        stream.close()

    @staticmethod
    async def _linger(stream: IOStream, seconds: float | None) -> None:
        """Wait so long, or without a number until the client leaves; a client that leaves ends it always."""
        left = asyncio.Event()
        stream.set_close_callback(left.set)
        try:
            async with asyncio.timeout(seconds):
                await left.wait()
        except TimeoutError:
            pass  # the client is still there
        finally:
            stream.set_close_callback(None)

    @staticmethod
    async def _refuse(stream: IOStream, status: int) -> None:
        phrase = HTTPStatus(status).phrase
        head = f"HTTP/1.1 {status} {phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        with suppress(StreamClosedError):  # then nobody is left to be told
            await write(stream, head.encode())

    def _note(self, server: Server, request: Request, status: int | None) -> None:
        self._log.write(server.host_name, request, status)


def _begin_task(server: Server, rule: FaultRule, wanted: ResetType, now: float) -> Answer:
    seconds = server.transition() if rule.seconds is None else rule.seconds
    if rule.task in (TaskFate.OK, TaskFate.GONE):
        server.reset(wanted, now, seconds)
    return routes.accepted(server.start_task(wanted, rule.task, now, seconds, rule.retry_after), now)


def _status_answer(rule: FaultRule) -> Answer:
    headers: Headers = () if rule.retry_after is None else (("Retry-After", str(rule.retry_after)),)
    if rule.status == HTTPStatus.UNAUTHORIZED:
        headers += (("WWW-Authenticate", 'Basic realm="Redfish"'),)
    if rule.status in (204, 205, 304):
        return Answer(rule.status, None, headers)
    if rule.status < 400:
        return Answer(rule.status, {}, headers)
    return error(
        rule.status,
        "GeneralError",
        f"The simulated server was told to answer {rule.status}.",
        "Take the rule with the fault `status` out of the faults file.",
        headers=headers,
    )
