"""Query parameters over HTTP: on resources, on collections, and where they have no place."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from actors import QueryTooSlowError, TaskPage
from tests.schemas import satisfies
from tests.support import lacking
from tests.web.conftest import Service
from tests.web.raw import BASIC, Wire, head
from tests.web.standins import NOW, a_system, a_task
from web.services import WebOptions
from web.shaping import MOST_EXPANDED
from web.versions import VERSIONS

ROOT = "/redfish/v1"
TASKS = f"{ROOT}/TaskService/Tasks"
SYSTEMS = f"{ROOT}/Systems"
CSDL = Path(__file__).parents[3] / "shared" / "dmtf" / "csdl"
ALWAYS = {"@odata.etag", "@odata.id", "@odata.type", "@odata.context"}


@pytest.fixture
def web_options() -> WebOptions:
    return WebOptions(page_size=4)


def filtered(uri: str, text: str) -> str:
    return f"{uri}?$filter={quote(text)}"


def ids(body: dict[str, Any]) -> list[str]:
    return [member["@odata.id"].rpartition("/")[2] for member in body["Members"]]


# --- on resources


async def test_select_gives_what_was_named_and_what_every_answer_has(service: Service) -> None:
    whole = (await service.reader.get(f"{SYSTEMS}/s1.1")).json
    cut = (await service.reader.get(f"{SYSTEMS}/s1.1?$select=Name,Missing,PowerState")).json
    assert cut == {key: whole[key] for key in (*ALWAYS, "Name", "PowerState")}
    deep = (
        await service.reader.get(f"{ROOT}/?$select=Links/Sessions,ProtocolFeaturesSupported/FilterQuery")
    ).json
    assert set(deep) == {*ALWAYS, "Links", "ProtocolFeaturesSupported"}
    assert deep["ProtocolFeaturesSupported"] == {"FilterQuery": True}
    assert (await service.reader.get(f"{SYSTEMS}/s1.1?$select=*")).json == whole


def is_expanded(value: dict[str, Any]) -> bool:
    return len(value) > 1


@pytest.mark.parametrize("levels", ["", "($levels=1)"])
async def test_each_form_of_expand_goes_to_its_references(service: Service, levels: str) -> None:
    expected = {".": (True, False), "*": (True, True), "~": (False, True)}
    for which, (outside, inside) in expected.items():
        root = (await service.reader.get(f"{ROOT}/?$expand={which}{levels}")).json
        for name in ("SessionService", "Tasks", "AggregationService", "Systems"):
            assert is_expanded(root[name]) is outside, (which, name)
        assert is_expanded(root["Links"]["Sessions"]) is inside, which
        assert not outside or not is_expanded(root["Tasks"]["Tasks"])


async def test_expand_goes_so_many_levels_deep_as_asked(service: Service) -> None:
    parent = a_task(subtasks=1)
    service.tasks.add(parent, a_task(parent=parent.id))
    root = (await service.admin.get(f"{ROOT}?$expand=.($levels=5)")).json
    (task,) = root["Tasks"]["Tasks"]["Members"]
    (subtask,) = task["SubTasks"]["Members"]
    satisfies("Task", subtask)
    assert subtask["Id"] != parent.id
    assert root["Systems"]["Members"][0]["Id"] == "s1.1"


async def test_what_is_expanded_is_what_the_one_who_asks_may_see(service: Service) -> None:
    service.tasks.add(a_task("Operator"), a_task("ReadOnly"))
    for client, count in ((service.reader, 1), (service.operator, 1), (service.admin, 2)):
        body = (await client.get(f"{ROOT}/TaskService?$expand=.($levels=2)")).json
        assert len(body["Tasks"]["Members"]) == count
    refused = await service.nobody.get(f"{ROOT}/?$expand=.")
    assert refused.status == 401
    assert (await service.nobody.get(f"{ROOT}/?$select=Name")).status == 200


@pytest.mark.parametrize("query", ["only", "$filter=Id%20eq%20'x'", "$top=1", "$skip=1"])
@pytest.mark.parametrize("path", [f"{ROOT}/", f"{ROOT}/SessionService", f"{SYSTEMS}/s1.1"])
async def test_what_is_for_collections_is_refused_elsewhere(service: Service, path: str, query: str) -> None:
    answer = await service.reader.get(f"{path}?{query}")
    assert (answer.status, answer.keys) == (400, ["QueryNotSupportedOnResource"])


async def test_excerpts_are_advertised_if_a_resource_has_one_and_none_has(service: Service) -> None:
    """By the standard's schemas, in which the properties of an excerpt are marked."""
    if not CSDL.exists():
        lacking("DMTF's schemas are not beside the checkout")
    schemas = [(CSDL / f"{name}_v1.xml").read_text() for name in VERSIONS]
    has_one = any('Term="Redfish.Excerpt"' in schema for schema in schemas)
    root = (await service.nobody.get(f"{ROOT}/")).json
    assert root["ProtocolFeaturesSupported"]["ExcerptQuery"] is has_one is False
    whole = (await service.reader.get(SYSTEMS)).json
    for ignored in ("excerpt", "excerpt=1"):
        assert (await service.reader.get(f"{SYSTEMS}?{ignored}")).json == whole


async def test_options_go_with_reading_alone(service: Service) -> None:
    answer = await service.reader.post(f"{ROOT}/SessionService/Sessions?$select=Id", {})
    assert (answer.status, answer.keys) == (400, ["QueryNotSupportedOnOperation"])
    assert (await service.reader.head(f"{SYSTEMS}?$top=1")).status == 200
    assert (await service.reader.head(f"{SYSTEMS}?$top=x")).status == 400
    assert (await service.admin.delete(f"{TASKS}/none?$filter=1")).status == 400


# --- on collections whose members are few


async def test_only_is_the_one_member_or_the_collection(service: Service) -> None:
    sources = f"{ROOT}/AggregationService/AggregationSources"
    source = await service.reader.get(f"{sources}?only")
    assert source.json == (await service.reader.get(f"{sources}/s1")).json
    assert "AggregationSource.json" in source.headers["Link"]
    assert (await service.reader.get(f"{SYSTEMS}?only")).json == (await service.reader.get(SYSTEMS)).json
    assert (await service.reader.get(f"{SYSTEMS}?only=1")).status == 400
    service.tasks.add(a_task("ReadOnly"))
    assert (await service.reader.get(f"{TASKS}?only&$select=Id")).json.keys() == {*ALWAYS, "Id"}


async def test_a_filter_leaves_the_members_that_meet_it(service: Service) -> None:
    service.fleet.add_source("s2", a_system("s2.1", power_state=None, name="it's"))
    expected = {
        "Id eq 's1.1'": ["s1.1"],
        "not (Id eq 's1.1')": ["s1.2", "s2.1"],
        "Id eq 's1.1' or Id eq 's1.2'": ["s1.1", "s1.2"],
        "Name eq 'it''s' and PowerState eq null": ["s2.1"],
        "Actions/#ComputerSystem.Reset/ResetType@Redfish.AllowableValues eq 'On'": ["s1.1", "s1.2", "s2.1"],
        "Missing eq 1": [],
    }
    for text, found in expected.items():
        body = (await service.reader.get(filtered(SYSTEMS, text))).json
        assert (ids(body), body["Members@odata.count"]) == (found, len(found)), text


async def test_filter_skip_top_expand_and_select_go_in_this_order(service: Service) -> None:
    service.fleet.add_source("s2", a_system("s2.1"), a_system("s2.2"))
    uri = filtered(SYSTEMS, "Id ne 's1.2'") + "&$skip=1&$top=1&$expand=.&$select=Id"
    body = (await service.reader.get(uri)).json
    assert body["Members"] == [
        {key: value for key, value in member.items() if key in (*ALWAYS, "Id")}
        for member in [(await service.reader.get(f"{SYSTEMS}/s2.1")).json]
    ]
    assert body["Members@odata.count"] == 3
    rest = (await service.reader.get(body["Members@odata.nextLink"])).json
    assert [member["Id"] for member in rest["Members"]] == ["s2.2"]
    assert "Members@odata.nextLink" not in rest


async def test_collections_are_cut_only_where_that_is_asked(service: Service) -> None:
    service.fleet.add_source("s2", *(a_system(f"s2.{number}") for number in range(10)))
    whole = (await service.reader.get(SYSTEMS)).json
    assert len(whole["Members"]) == whole["Members@odata.count"] == 12
    for query, count in (("$top=5", 5), ("$skip=5", 7), ("$top=0", 0), ("$top=50", 12), ("$skip=50", 0)):
        body = (await service.reader.get(f"{SYSTEMS}?{query}")).json
        assert (len(body["Members"]), body["Members@odata.count"]) == (count, 12), query
        assert ("Members@odata.nextLink" in body) is (query == "$top=5")


@pytest.mark.parametrize("text", ["Id eq", "'", "not Id eq 'x'", "((((", "Id eq 'x' and", "é"])
async def test_a_mistake_in_a_filter_is_told_with_its_place(service: Service, text: str) -> None:
    answer = await service.reader.get(filtered(SYSTEMS, text))
    assert (answer.status, answer.keys) == (400, ["QueryParameterValueFormatError"])
    assert "at character" in answer.words


@pytest.mark.parametrize(
    ("path", "text", "word"),
    [
        (SYSTEMS, "PowerState eq On", "On"),
        (SYSTEMS, "Name eq 'x' or not (On ne PowerState)", "On"),
        (TASKS, "TaskState eq Exception", "Exception"),
        (f"{TASKS}/{{task}}/SubTasks", "TaskState eq Running", "Running"),
    ],
)
async def test_a_text_without_its_quotes_is_told_of(
    service: Service, path: str, text: str, word: str
) -> None:
    task = a_task("ReadOnly", subtasks=1)
    service.tasks.add(task)
    answer = await service.reader.get(filtered(path.format(task=task.id), text))
    assert (answer.status, answer.keys) == (400, ["QueryParameterValueFormatError"])
    assert f"single quotes: '{word}'" in answer.words
    assert (await service.reader.get(filtered(SYSTEMS, "Id eq Name"))).status == 200


async def test_an_answer_of_too_many_resources_is_refused(service: Service) -> None:
    service.fleet.add_source("s2", *(a_system(f"s2.{number}") for number in range(MOST_EXPANDED)))
    answer = await service.reader.get(f"{SYSTEMS}?$expand=.")
    assert (answer.status, answer.keys) == (507, ["InsufficientStorage"])
    assert (await service.reader.get(f"{SYSTEMS}?$expand=.&$top=3")).status == 200


# --- on tasks


async def test_tasks_come_in_pages_newest_first(service: Service) -> None:
    tasks = [a_task("ReadOnly", started=NOW + timedelta(seconds=number)) for number in range(10)]
    service.tasks.add(*tasks)
    seen: list[str] = []
    uri = TASKS
    while uri:
        body = (await service.reader.get(uri)).json
        assert body["Members@odata.count"] == 10
        assert body["@odata.id"] == TASKS
        assert len(body["Members"]) <= 4
        seen += ids(body)
        uri = body.get("Members@odata.nextLink", "")
    assert seen == [task.id for task in reversed(tasks)]
    oldest = (await service.reader.get(f"{TASKS}?taskmon.order=oldest&$top=2&$skip=1")).json
    assert ids(oldest) == [tasks[1].id, tasks[2].id]
    more = (await service.reader.get(oldest["Members@odata.nextLink"])).json
    assert ids(more) == [tasks[3].id, tasks[4].id]


async def test_subtasks_come_in_pages_in_their_order(service: Service) -> None:
    parent = a_task("ReadOnly", subtasks=6)
    below = [a_task("ReadOnly", parent=parent.id) for _ in range(6)]
    service.tasks.add(parent, *below)
    uri = f"{TASKS}/{parent.id}/SubTasks"
    first = (await service.reader.get(uri)).json
    second = (await service.reader.get(first["Members@odata.nextLink"])).json
    assert [*ids(first), *ids(second)] == [task.id for task in below]
    turned = (await service.reader.get(f"{uri}?taskmon.order=newest&$top=1")).json
    assert ids(turned) == [below[-1].id]
    expanded = (await service.reader.get(f"{uri}?$expand=.")).json["Members"]
    assert expanded[0] == (await service.reader.get(f"{uri}/{below[0].id}")).json


async def test_a_filter_on_tasks_goes_to_the_store_as_far_as_it_can(service: Service) -> None:
    good, bad = a_task("ReadOnly"), a_task("ReadOnly", operation="add_server", target="bmc-7:443")
    service.tasks.add(good, bad, a_task("Operator", operation="add_server"))
    expected = {
        "Oem/Taskmon/Operation eq 'add_server'": False,
        "Oem/Taskmon/Operation ne 'reset' and StartTime le 2027-01-01T00:00:00Z": False,
        "Oem/Taskmon/Target eq 'bmc-7:443' and TaskState eq 'Running'": False,
        f"Id eq '{bad.id}'": False,
        f"Name eq 'Task {bad.id}' and Id ne ''": True,
        "PercentComplete gt 5 and contains eq null and Oem/Taskmon/Operation eq 'add_server'": True,
    }
    for text, asks_records in expected.items():
        answer = await service.reader.get(filtered(TASKS, text))
        assert ids(answer.json) == [bad.id], text
        query = service.tasks.queries[-1]
        assert query.condition is not None
        assert (query.accepts is not None) is asks_records
    assert ids((await service.reader.get(f"{TASKS}?taskmon.text=BMC-7")).json) == [bad.id]
    assert ids((await service.reader.get(f"{TASKS}?taskmon.text={good.id[6:20]}")).json) == [good.id]


async def test_a_query_that_takes_too_long_is_answered_503(service: Service) -> None:
    service.tasks.failure = QueryTooSlowError("It took too long.")
    answer = await service.reader.get(filtered(TASKS, "Name eq 'x'"))
    assert (answer.status, answer.keys) == (503, ["ServiceTemporarilyUnavailable"])
    assert answer.headers["Retry-After"]
    assert "query took longer" in answer.words


async def test_a_search_ends_when_its_client_has_left(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, given_up = asyncio.Event(), asyncio.Event()

    async def page(*_: object) -> TaskPage:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            given_up.set()
            raise
        raise AssertionError("nothing sets the event")

    monkeypatch.setattr(service.tasks, "page", page)
    async with await Wire.open(service.port) as wire, asyncio.timeout(20):
        await wire.send(head("GET", filtered(TASKS, "Name eq 'x'"), BASIC))
        await begun.wait()
    async with asyncio.timeout(20):
        await given_up.wait()
