"""The id of a request: the client's own where it can stand in a log, else a new one, in every answer."""

import asyncio
import logging

import pytest

from config.logs import JsonLines, TextLines
from config.request_ids import REQUEST_ID, request_id_for
from tests.web.conftest import Service
from tests.web.raw import BASIC, Wire, head


@pytest.mark.parametrize("given", ["a", "0", "7f3c-41.x:y_z", "A" * 128])
def test_an_id_that_can_stand_in_a_line_is_kept(given: str) -> None:
    assert request_id_for(given) == given


@pytest.mark.parametrize(
    "given", [None, "", " ", "a b", "a\nb", "a]", '"', "-a", "A" * 129, "ä", "a\x1b[0m", "a\n", "{}"]
)
def test_any_other_gets_a_new_one(given: str | None) -> None:
    first, second = request_id_for(given), request_id_for(given)
    assert first != second
    assert request_id_for(first) == first
    assert given not in (first, second)


async def test_every_answer_has_one_also_an_error(service: Service) -> None:
    for path, status in (("/healthz", 200), ("/redfish/v1/Systems", 200), ("/nothing", 404)):
        answer = await service.admin.get(path, X_Request_Id="mine-1")
        assert (answer.status, answer.headers.get_list("X-Request-Id")) == (status, ["mine-1"])
    refused = await service.nobody.get("/redfish/v1/Systems", X_Request_Id="mine-2")
    assert (refused.status, refused.headers["X-Request-Id"]) == (401, "mine-2")
    made = [(await service.nobody.get("/healthz")).headers["X-Request-Id"] for _ in range(3)]
    assert len(set(made)) == 3
    spoilt = await service.nobody.get("/healthz", X_Request_Id="a b")
    assert spoilt.headers["X-Request-Id"] not in ("a b", *made)


async def test_each_request_of_a_connection_has_its_own(service: Service) -> None:
    logged: list[tuple[str, str]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logged.append((record.getMessage().split()[1], REQUEST_ID.get()))

    keep = Keep()
    logger = logging.getLogger("taskmon.web")
    logger.addHandler(keep)
    try:
        async with await Wire.open(service.port) as wire:
            for name in ("one", "two"):
                await wire.send(head("GET", f"/redfish/v1/{name}", BASIC, f"X-Request-Id: {name}"))
                assert (await wire.answer()).status == 404
        await asyncio.gather(
            *(service.admin.get(f"/redfish/v1/{name}", X_Request_Id=name) for name in ("three", "four"))
        )
    finally:
        logger.removeHandler(keep)
    assert sorted(logged) == sorted((f"/redfish/v1/{name}", name) for name in ("one", "two", "three", "four"))
    assert REQUEST_ID.get() == ""


def test_a_line_names_its_request() -> None:
    record = logging.LogRecord("taskmon.tasks", logging.INFO, "", 0, "task %s", ("t1",), None)
    assert "request" not in TextLines().format(record) + JsonLines().format(record)
    token = REQUEST_ID.set("r1")
    try:
        assert TextLines().format(record).endswith("taskmon.tasks: task t1 [request r1]")
        assert '"request_id": "r1"' in JsonLines().format(record)
    finally:
        REQUEST_ID.reset(token)
