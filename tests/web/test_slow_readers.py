"""Clients that do not read their answers: each is cut off after a while, and nobody else."""

import asyncio
import logging
import socket

import pytest
from tornado.netutil import bind_sockets

from actors import Message
from tests.support import eventually
from tests.web.client import Client
from tests.web.guarded import SESSIONS, services_with_gate
from tests.web.raw import Wire, head
from tests.web.standins import PASSWORD, StandInTasks, a_task
from web.app import make_app, make_server
from web.services import WebOptions

OPENAPI = "/redfish/v1/openapi.yaml"
TASK = a_task(messages=(Message("TaskStarted", ("t" * 100,)),) * 100)
MANY = 400
"""Requests in a row, whose answers are more than what the kernel takes for a client that reads nothing."""


async def deaf(port: int, request: bytes) -> Wire:
    """A connection that has asked the same again and again, and reads nothing."""
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    own.setblocking(False)
    await asyncio.get_running_loop().sock_connect(own, ("127.0.0.1", port))
    wire = Wire(*await asyncio.open_connection(sock=own, limit=1024))
    await wire.send(request * MANY)
    return wire


@pytest.mark.parametrize("path", [OPENAPI, f"/redfish/v1/TaskService/Tasks/{TASK.id}"], ids=["made", "kept"])
async def test_a_client_that_does_not_take_its_answer_is_cut_off(
    path: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="taskmon.web")
    async with services_with_gate() as (services, _, _):
        assert isinstance(services.tasks, StandInTasks)
        services.tasks.add(TASK)
        server = make_server(make_app(services, WebOptions(body_timeout=1)))
        (listening,) = bind_sockets(0, "127.0.0.1")
        server.add_socket(listening)
        port = listening.getsockname()[1]
        answer = await Client(f"http://127.0.0.1:{port}").post(
            SESSIONS, {"UserName": "operator", "Password": PASSWORD}
        )
        request = head("GET", path, f"X-Auth-Token: {answer.headers['X-Auth-Token']}")
        async with await Wire.open(port) as reading:
            async with await deaf(port, request):

                def is_cut_off() -> None:
                    assert server.open_from == {"127.0.0.1": 1}

                await reading.send(request)
                assert (await reading.answer()).status == 200
                await eventually(is_cut_off, within=30)
            await reading.send(request)
            assert (await reading.answer()).status == 200
        assert "did not take an answer" in caplog.text
        server.stop()
        await server.close_all_connections()
