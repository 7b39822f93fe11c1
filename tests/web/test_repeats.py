"""The header Idempotency-Key: a request that is sent again has its answer already."""

import pytest

from tests.web.conftest import Service

RESET = "/redfish/v1/Systems/s1.2/Actions/ComputerSystem.Reset"
TASKS = "/redfish/v1/TaskService/Tasks"
BODY = {"ResetType": "ForceOff"}


async def test_the_same_request_has_the_same_answer(service: Service) -> None:
    first = await service.operator.post(RESET, BODY, Idempotency_Key="k-1")
    again = await service.operator.post(RESET, BODY, Idempotency_Key="k-1")
    quoted = await service.operator.post(RESET, BODY, Idempotency_Key='"k-1"')
    assert first.status == again.status == quoted.status == 202
    assert first.raw == again.raw == quoted.raw
    assert first.headers["Location"] == again.headers["Location"] == quoted.headers["Location"]
    assert len(service.operations.orders) == 1


async def test_the_answer_is_the_same_when_what_was_named_is_gone(service: Service) -> None:
    aggregate = await service.fleet.create_aggregate([])
    path = f"/redfish/v1/AggregationService/Aggregates/{aggregate.id}/Actions/Aggregate.Reset"
    first = await service.operator.post(path, BODY, Idempotency_Key="k-1")
    await service.fleet.delete_aggregate(aggregate.id)
    again = await service.operator.post(path, BODY, Idempotency_Key="k-1")
    assert (again.status, again.headers["Location"]) == (202, first.headers["Location"])
    assert (await service.operator.post(path, BODY)).status == 404


@pytest.mark.parametrize("prefer", ["return=representation", "return=minimal"])
async def test_a_task_that_is_gone_is_named_all_the_same(service: Service, prefer: str) -> None:
    first = await service.operator.post(RESET, BODY, Idempotency_Key="k-1", Prefer=prefer)
    task_id = first.headers["Location"].rpartition("/")[2]
    again = await service.operator.post(RESET, BODY, Idempotency_Key="k-1", Prefer=prefer)
    assert again.json == first.json
    await service.operator.delete(f"{TASKS}/{task_id}")
    await service.operator.delete(f"{TASKS}/{task_id}")
    again = await service.operator.post(RESET, BODY, Idempotency_Key="k-1", Prefer=prefer)
    assert (again.status, again.headers["Location"]) == (202, first.headers["Location"])


@pytest.mark.parametrize("body", [{"ResetType": "On"}, b'{"ResetType":"ForceOff"} ', b"{", {}])
async def test_another_body_is_422(service: Service, body: object) -> None:
    await service.operator.post(RESET, BODY, Idempotency_Key="k-1")
    answer = await service.operator.post(RESET, body, Idempotency_Key="k-1")
    assert (answer.status, answer.keys) == (422, ["HeaderInvalid"])
    other = RESET.replace("s1.2", "s1.1")
    assert (await service.operator.post(other, BODY, Idempotency_Key="k-1")).status == 422
    assert len(service.operations.orders) == 1


async def test_a_request_that_was_refused_may_be_mended_under_its_key(service: Service) -> None:
    assert (await service.operator.post(RESET, {}, Idempotency_Key="k-1")).status == 400
    assert (await service.operator.post(RESET, BODY, Idempotency_Key="k-1")).status == 202


async def test_a_key_belongs_to_its_user(service: Service) -> None:
    first = await service.operator.post(RESET, BODY, Idempotency_Key="k-1")
    other = await service.admin.post(RESET, BODY, Idempotency_Key="k-1")
    assert first.headers["Location"] != other.headers["Location"]


@pytest.mark.parametrize("key", ["", " ", '""', "two words", "x" * 256, "k\xe4y"])
async def test_what_is_no_key_is_refused_with_a_way_out(service: Service, key: str) -> None:
    answer = await service.operator.post(RESET, BODY, Idempotency_Key=key)
    assert (answer.status, answer.keys) == (400, ["HeaderInvalid"])
    assert "UUID" in answer.words
    assert service.operations.orders == []


async def test_removing_a_server_can_have_a_key_too(service: Service) -> None:
    path = "/redfish/v1/AggregationService/AggregationSources/s1"
    answers = [await service.admin.ask("DELETE", path, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [answer.status for answer in answers] == [202, 202]
    assert len(service.operations.orders) == 1
