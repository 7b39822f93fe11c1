"""A handler goes with its request: the collector of cycles may come late."""

import asyncio
import gc

import pytest
from tornado.web import RequestHandler

from tests.support import uncollected
from tests.web.conftest import Service

TASKS = "/redfish/v1/TaskService/Tasks"


async def handlers() -> int:
    """How many there are in memory, once the server is done with what was answered."""
    for _ in range(20):
        await asyncio.sleep(0)
    return sum(isinstance(one, RequestHandler) for one in gc.get_objects())


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        TASKS,
        f"{TASKS}?$top=1",
        f"{TASKS}?$nonsense=1",
        "/redfish/v1/Systems/s1.1?$select=Name",
        "/redfish/v1/Systems/nobody",
        "/nowhere",
    ],
)
async def test_no_handler_outlives_its_answer(service: Service, method: str, path: str) -> None:
    client = service.admin
    await client.ask(method, path)
    with uncollected():
        before = await handlers()
        for _ in range(3):
            await client.ask(method, path)
        assert await handlers() == before
