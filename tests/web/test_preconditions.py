"""If-Match on every route that changes or removes something: another tag is 412, and nothing is done."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from actors import TaskState
from tests.actors.house import ADMIN
from tests.web.client import Answer, Client
from tests.web.populated import Populated, populated
from web.routes import ROUTES

of_one_service = pytest.mark.asyncio(loop_scope="module")

TASKS = "/redfish/v1/TaskService/Tasks"
ELEMENTS = ("Aggregate.AddElements", "Aggregate.RemoveElements")
CHANGING = [
    pytest.param(route.path, method, id=f"{method} {route.path}")
    for route in ROUTES
    for method in route.privileges
    if method in ("PATCH", "DELETE") or route.path.endswith(ELEMENTS)
]
"""PATCH, DELETE, and the actions that change one record."""
OTHERS = ('"never issued"', 'W/"never issued"', '"a", "b"', "no tag", "")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service() -> AsyncIterator[Populated]:
    async with populated() as found:
        yield found


def shown_at(path: str) -> str:
    """Where the resource is read that a request at this path changes; a monitor's is its task."""
    return path.partition("/Actions/")[0].replace("/taskmon/", f"{TASKS}/")


async def at_rest(service: Populated, path: str) -> None:
    """Wait until no task at or below this path goes on by itself: its server is held by another one."""
    _, is_task, ids = shown_at(path).partition(f"{TASKS}/")
    if is_task:
        parent = await service.house.actors.tasks.find(ids.partition("/")[0], ADMIN)
        for subtask in await service.house.subtasks(parent):
            await service.house.until(subtask, lambda found: found.state is TaskState.PENDING)
        await service.house.until(parent, lambda found: found.state is TaskState.RUNNING)


async def what_is_there(client: Client, path: str) -> Answer:
    answer = await client.get(path)
    assert answer.status == 200
    return answer


def tagged(answer: Answer) -> dict[str, Any]:
    """The resource with its tag, without what moves beside it: how far a subscription has been told."""
    assert answer.json["@odata.etag"] == answer.headers["ETag"]
    return {name: value for name, value in answer.json.items() if name != "Oem"}


@of_one_service
@pytest.mark.parametrize(("route", "method"), CHANGING)
async def test_what_has_another_tag_is_left_alone(service: Populated, route: str, method: str) -> None:
    owner = await service.new_person("Administrator")
    path, client = await service.path_of(route, owner), service.client(owner)
    await at_rest(service, path)
    before = await what_is_there(client, shown_at(path))
    tag = before.headers["ETag"]
    for wanted in (*OTHERS, f"{tag}x", f"W/{tag}", tag.strip('"')):
        body = await service.body_for(route, method)
        answer = await client.ask(method, path, body, {"If-Match": wanted})
        assert (answer.status, answer.keys) == (412, ["PreconditionFailed"]), wanted
        assert tagged(await what_is_there(client, shown_at(path))) == tagged(before)


@of_one_service
@pytest.mark.parametrize(("route", "method"), CHANGING)
async def test_what_must_not_be_as_it_is_is_left_alone(service: Populated, route: str, method: str) -> None:
    owner = await service.new_person("Administrator")
    path, client = await service.path_of(route, owner), service.client(owner)
    await at_rest(service, path)
    before = await what_is_there(client, shown_at(path))
    tag = before.headers["ETag"]
    for unwanted in ("*", tag, f'"other", W/{tag}'):
        for more in ({}, {"If-Match": tag}):
            body = await service.body_for(route, method)
            answer = await client.ask(method, path, body, {"If-None-Match": unwanted, **more})
            assert (answer.status, answer.keys) == (412, ["PreconditionFailed"]), unwanted
            assert "If-None-Match" in answer.words
            assert tagged(await what_is_there(client, shown_at(path))) == tagged(before)
    body = await service.body_for(route, method)
    assert (await client.ask(method, path, body, {"If-None-Match": '"other"'})).status < 300


@of_one_service
@pytest.mark.parametrize(
    "path", [route.path for route in ROUTES if {"GET", "POST"} <= route.privileges.keys()]
)
async def test_what_is_only_to_be_made_where_nothing_is_is_not_made(service: Populated, path: str) -> None:
    client = service.client(await service.new_person("Administrator"))
    body = await service.body_for(path, "POST")
    before = (await what_is_there(client, path)).json["Members"]
    answer = await client.ask("POST", path, body, {"If-None-Match": "*"})
    assert (answer.status, answer.keys) == (412, ["PreconditionFailed"])
    assert (await what_is_there(client, path)).json["Members"] == before


@of_one_service
@pytest.mark.parametrize("wanted", ["{tag}", '"other", {tag}', '"other",W/"other",{tag} , "more"', "*"])
@pytest.mark.parametrize(("route", "method"), CHANGING)
async def test_what_has_one_of_the_tags_is_changed(
    service: Populated, route: str, method: str, wanted: str
) -> None:
    owner = await service.new_person("Administrator")
    path, client = await service.path_of(route, owner), service.client(owner)
    await at_rest(service, path)
    tag = (await what_is_there(client, shown_at(path))).headers["ETag"]
    body = await service.body_for(route, method)
    answer = await client.ask(method, path, body, {"If-Match": wanted.format(tag=tag)})
    assert answer.status < 300
