"""Entity tags and what a client may ask for by them (REDFISH.md E1 to E12)."""

import re
from asyncio import gather
from dataclasses import replace

import pytest

from tests.web.conftest import Service
from tests.web.standins import HeldClock, a_task
from tests.web.test_protocol import RESOURCES, ROOT

TAG = re.compile(r'"[^\s"]+"')
AGGREGATES = "/redfish/v1/AggregationService/Aggregates"
LINK = {"@odata.id": "/redfish/v1/Systems/s1.1"}


async def an_aggregate(service: Service) -> str:
    answer = await service.operator.post(AGGREGATES, {"Elements": []})
    return answer.headers["Location"]


@pytest.mark.parametrize("path", [ROOT, *RESOURCES])
async def test_every_resource_has_a_tag_that_stays(
    service: Service, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await service.reader.get(path)
    assert TAG.fullmatch(first.headers["ETag"])
    assert first.json["@odata.etag"] == first.headers["ETag"]
    now = HeldClock().now()
    monkeypatch.setattr(HeldClock, "now", lambda _: now.replace(year=2030))
    assert (await service.reader.get(path)).headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("path", [ROOT, *RESOURCES])
async def test_who_has_it_gets_304(service: Service, path: str) -> None:
    tag = (await service.reader.get(path)).headers["ETag"]
    for wanted in (tag, f'"other", {tag}', "*", f"W/{tag}", f'W/"other",W/{tag}'):
        for method in ("GET", "HEAD"):
            answer = await service.reader.ask(method, path, headers={"If-None-Match": wanted})
            assert (answer.status, answer.headers["ETag"], answer.raw) == (304, tag, b"")
    for wanted in ('"other"', f"{tag}x", tag.strip('"'), f"w/{tag}", f"W/ {tag}", 'W/"other"'):
        assert (await service.reader.get(path, If_None_Match=wanted)).status == 200


async def test_the_tag_of_a_task_is_its_revision(service: Service) -> None:
    task = a_task()
    service.tasks.add(task)
    path = f"/redfish/v1/TaskService/Tasks/{task.id}"
    tag = (await service.operator.get(path)).headers["ETag"]
    assert (await service.operator.get(path, If_None_Match=tag)).status == 304
    service.tasks.add(replace(task, revision=task.revision + 1))
    assert (await service.operator.get(path, If_None_Match=tag)).status == 200
    assert (await service.reader.get(path, If_None_Match=tag)).status == 403


async def test_a_collection_has_another_tag_when_it_has_other_members(service: Service) -> None:
    tag = (await service.reader.get(AGGREGATES)).headers["ETag"]
    await an_aggregate(service)
    assert (await service.reader.get(AGGREGATES, If_None_Match=tag)).status == 200


async def test_the_monitor_never_answers_304(service: Service) -> None:
    task = a_task()
    service.tasks.add(task)
    answer = await service.operator.get(f"/taskmon/{task.id}", If_None_Match="*")
    assert answer.status == 202
    assert "ETag" not in answer.headers


async def test_a_task_that_has_changed_is_not_deleted(service: Service) -> None:
    task = a_task()
    service.tasks.add(task)
    path = f"/redfish/v1/TaskService/Tasks/{task.id}"
    tag = (await service.operator.get(path)).headers["ETag"]
    service.tasks.add(replace(task, revision=task.revision + 1))
    for wanted in (tag, f"{tag}x", '"never issued"'):
        answer = await service.operator.delete(path, If_Match=wanted)
        assert (answer.status, answer.keys) == (412, ["PreconditionFailed"])
    assert service.tasks.deleted == []
    tag = (await service.operator.get(path)).headers["ETag"]
    assert (await service.operator.delete(path, If_Match=tag)).status == 204


async def test_an_aggregate_is_changed_and_deleted_by_its_tag(service: Service) -> None:
    path = await an_aggregate(service)
    first = (await service.operator.get(path)).headers["ETag"]
    add = f"{path}/Actions/Aggregate.AddElements"
    refused = await service.operator.post(add, b"{not json", If_Match='"0"')
    assert (refused.status, refused.keys) == (412, ["PreconditionFailed"])
    changed = await service.operator.post(add, {"Elements": [LINK]}, If_Match=first)
    assert changed.status == 200
    assert changed.headers["ETag"] != first
    assert (await service.operator.get(path)).headers["ETag"] == changed.headers["ETag"]
    assert (await service.operator.delete(path, If_Match=first)).status == 412
    assert (await service.operator.delete(path, If_Match=changed.headers["ETag"])).status == 204


async def test_of_four_changes_by_one_tag_one_is_made(service: Service) -> None:
    path = await an_aggregate(service)
    tag = (await service.operator.get(path)).headers["ETag"]
    add, body = f"{path}/Actions/Aggregate.AddElements", {"Elements": [LINK]}
    answers = await gather(*(service.operator.post(add, body, If_Match=tag) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [200, 412, 412, 412]
