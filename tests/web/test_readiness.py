"""What watchers are told, and what a service that is stopping still does."""

from typing import Any

import orjson
import pytest

from tests.web.conftest import Service
from tests.web.raw import BASIC, Wire, head
from tests.web.standins import PASSWORD, a_task
from web.readiness import Readiness
from web.routes import ROUTES

TASKS = "/redfish/v1/TaskService/Tasks"
SESSIONS = "/redfish/v1/SessionService/Sessions"
ALIVE, READY = "/healthz", "/readyz"
LOGIN = {"UserName": "operator", "Password": PASSWORD}
STARTING = [
    (route.path, method)
    for route in ROUTES
    for method in ("POST", "PATCH", "PUT")
    if route.privileges.get(method) is not None
]
STARTING.append(("/redfish/v1/AggregationService/AggregationSources/{id}", "DELETE"))


def test_there_is_no_way_back_from_a_stop() -> None:
    readiness = Readiness()
    assert not readiness.stopping
    for _ in range(2):
        readiness.begin_stop()
        assert readiness.stopping


# --- for watchers


async def test_watchers_need_no_credentials_and_are_told_a_word(service: Service) -> None:
    for client in (service.nobody, service.nobody.with_token("stale"), service.admin):
        for path, word in ((ALIVE, "ok"), (READY, "ready")):
            for there in (path, f"{path}/"):
                answer = await client.get(there)
                assert (answer.status, answer.json) == (200, {"status": word})
                assert "Retry-After" not in answer.headers
            headed = await client.head(path)
            assert (headed.status, headed.raw) == (200, b"")


@pytest.mark.parametrize("path", [ALIVE, READY])
async def test_watchers_can_only_look(service: Service, path: str) -> None:
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        answer = await service.nobody.ask(method, path, None if method == "DELETE" else {})
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD"), method


async def test_a_stopping_service_is_alive_and_not_ready(service: Service) -> None:
    service.readiness.begin_stop()
    assert (await service.nobody.get(ALIVE)).json == {"status": "ok"}
    async with await Wire.open(service.port) as wire:
        await wire.send(head("GET", READY))
        answer = await wire.answer()
    assert (answer.status, orjson.loads(answer.body)) == (503, {"status": "stopping"})
    assert int(answer.headers["retry-after"]) > 0
    headed = await service.nobody.head(READY)
    assert (headed.status, headed.headers["Retry-After"]) == (503, answer.headers["retry-after"])


async def test_not_even_a_broken_gate_makes_it_look_dead(service: Service) -> None:
    service.gate.failure = RuntimeError("not asked")
    for path in (ALIVE, READY):
        assert (await service.nobody.with_token("any").get(path)).status == 200


# --- while it stops


@pytest.mark.parametrize(("path", "method"), STARTING)
async def test_a_stopping_service_begins_nothing(service: Service, path: str, method: str) -> None:
    service.readiness.begin_stop()
    bodies: list[Any] = [{}, b"{not json", b" " * 5_000_000]
    for body in bodies:
        sent = None if method == "DELETE" else body
        answer = await service.admin.ask(method, path.replace("{id}", "any"), sent)
        assert (answer.status, answer.keys) == (503, ["ServiceTemporarilyUnavailable"])
        assert answer.messages[0]["MessageArgs"] == [answer.headers["Retry-After"]]
        assert "The service is stopping" in answer.words
    assert service.operations.orders == []
    assert service.fleet.aggregates() == []


async def test_who_may_not_is_told_that_and_not_of_the_stop(service: Service) -> None:
    service.readiness.begin_stop()
    path = "/redfish/v1/AggregationService/AggregationSources"
    assert (await service.nobody.post(path, {})).status == 401
    assert (await service.reader.post(path, {})).status == 403
    assert (await service.admin.ask("PATCH", path, {})).status == 405
    assert (await service.admin.post("/redfish/v1/Nothing", {})).status == 404


async def test_a_stopping_service_can_be_read_and_its_tasks_aborted(service: Service) -> None:
    one, two = a_task(), a_task()
    service.tasks.add(one, two)
    service.readiness.begin_stop()
    paths = ("/redfish/v1", TASKS, f"{TASKS}/{one.id}", "/redfish/v1/Systems/s1.1")
    for path in paths:
        assert (await service.operator.get(path)).status == 200, path
    assert (await service.operator.get(f"/taskmon/{one.id}")).status == 202
    assert (await service.operator.delete(f"{TASKS}/{one.id}")).status == 204
    assert (await service.operator.delete(f"/taskmon/{two.id}")).status == 204
    assert [task_id for task_id, _, _ in service.tasks.deleted] == [one.id, two.id]


@pytest.mark.parametrize("path", [SESSIONS, f"{SESSIONS}/Members"])
async def test_whoever_wants_to_abort_can_still_log_in_and_out(service: Service, path: str) -> None:
    service.readiness.begin_stop()
    answer = await service.nobody.post(path, LOGIN)
    assert answer.status == 201
    client = service.nobody.with_token(answer.headers["X-Auth-Token"])
    assert (await client.delete(answer.headers["Location"])).status == 204


async def test_what_was_refused_does_not_spoil_the_connection(service: Service) -> None:
    service.readiness.begin_stop()
    body: dict[str, Any] = {"Elements": []}
    raw = orjson.dumps(body)
    async with await Wire.open(service.port) as wire:
        for _ in range(2):
            await wire.send(
                head(
                    "POST", "/redfish/v1/AggregationService/Aggregates", BASIC, f"Content-Length: {len(raw)}"
                )
                + raw
            )
            assert (await wire.answer()).status == 503
