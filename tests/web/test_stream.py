"""The stream of events (REDFISH.md V9 to V14): opened, read, filtered, resumed, and ended with a reason."""

import asyncio
import base64
from urllib.parse import quote

import orjson
import pytest

from actors.events.records import EventNumber
from actors.tasks.ports import Forget
from tests.schemas import satisfies
from tests.web.eventing import SYSTEM, TASK, of_system, of_task
from tests.web.guarded import Guarded
from tests.web.raw import Wire, head
from tests.web.sse import SSE, streaming
from tests.web.standins import PASSWORD

SUBSCRIPTIONS = "/redfish/v1/EventService/Subscriptions"


def basic(name: str) -> str:
    return "Authorization: Basic " + base64.b64encode(f"{name}:{PASSWORD}".encode()).decode()


async def closed_streams(guarded: Guarded) -> None:
    """Return when there is no open stream any more."""
    async with asyncio.timeout(20):
        await guarded.house.streams._none.wait()


@pytest.mark.parametrize(
    "accept",
    ["Accept: text/event-stream", "Accept: text/event-stream;charset=utf-8", "Accept: */*", ""],
)
async def test_it_is_opened_by_get(guarded: Guarded, accept: str) -> None:
    async with streaming(guarded.port, accept=accept) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"] == "text/event-stream"
        assert stream.headers["cache-control"] == "no-store"
        assert stream.headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in stream.headers
        opening = await stream.block()
        assert opening is not None
        assert (opening.comments, opening.retry) == (["taskmon"], "2000")
        first = await stream.event()
        assert (first.key, first.id) == ("StreamOpened", "0")
        satisfies("Event", first.event)


async def test_accept_gzip_does_not_hold_events_back(guarded: Guarded) -> None:
    async with streaming(guarded.port, "Accept-Encoding: gzip") as stream:
        assert "content-encoding" not in stream.headers
        assert (await stream.event()).key == "StreamOpened"


async def test_as_json_it_is_not_to_be_had(guarded: Guarded) -> None:
    answer = await guarded.operator.get(SSE, Accept="application/json")
    assert answer.status == 406
    error = answer.json["error"]
    assert isinstance(error["code"], str)
    assert isinstance(error["message"], str)
    assert isinstance(error["@Message.ExtendedInfo"], list)
    assert len(guarded.house.streams) == 0


async def test_head_opens_none(guarded: Guarded) -> None:
    async with await Wire.open(guarded.port) as wire:
        await wire.send(head("HEAD", SSE, basic("operator")))
        answer = await wire.answer(head=True)
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/event-stream"
    assert len(guarded.house.streams) == 0


async def test_who_may_not_log_in_opens_none(guarded: Guarded) -> None:
    assert (await guarded.nobody.get(SSE)).status == 401
    assert (await guarded.nobody.as_role("Operator", "wrong").get(SSE)).status == 401


async def test_each_event_is_one_message_with_the_number_of_the_outbox(guarded: Guarded) -> None:
    async with streaming(guarded.port) as stream:
        await stream.event()
        await guarded.house.tell(of_task("TaskStarted"), of_task(percent=5), of_system())
        told = await stream.events(3)
    assert [block.id for block in told] == ["1", "2", "3"]
    assert [block.key for block in told] == ["TaskStarted", "TaskProgressChanged", "ResourcePoweredOn"]
    for block in told:
        satisfies("Event", block.event)
        assert block.event["@odata.type"] == "#Event.v1_13_0.Event"
        assert block.event["Id"] == block.record["EventId"] == block.id
        assert block.record["MemberId"] == "0"
        assert block.record["Severity"] == block.record["MessageSeverity"]
    assert told[0].record["OriginOfCondition"] == {"@odata.id": TASK}


async def test_it_is_an_event_destination_while_it_is_open(guarded: Guarded) -> None:
    assert (await guarded.operator.get(SUBSCRIPTIONS)).json["Members"] == []
    async with streaming(guarded.port) as stream:
        opened = await stream.event()
        collection = (await guarded.operator.get(SUBSCRIPTIONS)).json
        (member,) = collection["Members"]
        shown = (await guarded.operator.get(member["@odata.id"])).json
        assert shown["SubscriptionType"] == "SSE"
        assert shown["Context"] == shown["Id"] == opened.event["Context"]
        assert opened.record["OriginOfCondition"] == member
        assert (await guarded.reader.get(SUBSCRIPTIONS)).json["Members"] == []
        assert (await guarded.reader.get(member["@odata.id"])).status == 403
        assert (await guarded.admin.get(member["@odata.id"])).status == 200
    await closed_streams(guarded)
    assert (await guarded.operator.get(member["@odata.id"])).status == 404


async def test_deleting_its_event_destination_closes_it(guarded: Guarded) -> None:
    async with streaming(guarded.port) as stream:
        await stream.event()
        (member,) = (await guarded.operator.get(SUBSCRIPTIONS)).json["Members"]
        uri = member["@odata.id"]
        assert (await guarded.reader.delete(uri)).status == 403
        assert (await guarded.operator.delete(uri, If_Match='"another"')).status == 412
        assert (await guarded.operator.patch(uri, {"Context": "mine"})).status == 405
        assert (
            await guarded.operator.post(f"{uri}/Actions/EventDestination.SuspendSubscription", {})
        ).status == 400
        assert (await guarded.operator.delete(uri)).status == 204
        assert (await guarded.operator.get(uri)).status == 404
        assert await stream.farewell() == "The stream ends. Its EventDestination was deleted."


async def test_it_outlives_the_session_that_it_was_opened_with(guarded: Guarded) -> None:
    login = {"UserName": "operator", "Password": PASSWORD}
    made = await guarded.nobody.post("/redfish/v1/SessionService/Sessions", login)
    token = made.headers["X-Auth-Token"]
    async with streaming(guarded.port, f"X-Auth-Token: {token}", credentials="") as stream:
        await stream.event()
        assert (await guarded.operator.delete(made.headers["Location"])).status == 204
        assert (await guarded.nobody.with_token(token).get(SUBSCRIPTIONS)).status == 401
        await guarded.house.tell(of_task())
        assert (await stream.event()).key == "TaskProgressChanged"


@pytest.mark.parametrize("change", [None, {"Enabled": False}])
async def test_it_ends_with_its_account(guarded: Guarded, change: dict[str, object] | None) -> None:
    uri = "/redfish/v1/AccountService/Accounts/account-Operator"
    async with streaming(guarded.port) as stream:
        await stream.event()
        if change is None:
            assert (await guarded.admin.delete(uri)).status == 204
        else:
            assert (await guarded.admin.patch(uri, change)).status == 200
        assert await stream.farewell() == "The stream ends. Its account may not read events any more."


async def test_it_tells_what_its_account_may_see_now(guarded: Guarded) -> None:
    uri = "/redfish/v1/AccountService/Accounts/account-Operator"
    async with streaming(guarded.port) as stream:
        await stream.event()
        await guarded.house.tell(of_task(owner="Administrator"), of_system(), of_task(percent=3))
        assert [block.id for block in await stream.events(2)] == ["2", "3"]
        assert (await guarded.admin.patch(uri, {"RoleId": "Administrator"})).status == 200
        await guarded.house.tell(of_task(owner="Administrator"))
        assert (await stream.event()).id == "4"
        assert (await guarded.admin.patch(uri, {"RoleId": "ReadOnly"})).status == 200
        await guarded.house.tell(of_task(owner="Administrator"), of_system())
        assert (await stream.event()).id == "6"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("RegistryPrefix eq 'ResourceEvent'", ["3"]),
        ("MessageId eq 'TaskEvent.1.0.TaskStarted'", ["1"]),
        (
            "MessageId eq 'TaskEvent.TaskStarted' or MessageId eq 'ResourceEvent.1.2.ResourcePoweredOn'",
            ["1", "3"],
        ),
        ("not (MessageId eq 'TaskEvent.TaskStarted') and RegistryPrefix ne 'Taskmon'", ["2", "3"]),
        ("ResourceType eq 'Task'", ["1", "2"]),
        ("EventType eq 'StatusChange' and EventFormatType eq 'Event' and ResourceType eq 'Task'", ["1", "2"]),
        (f"OriginResource eq '{SYSTEM}'", ["3"]),
        ("(OriginResource eq '/redfish/v1/Systems') and (SubordinateResources eq true)", ["3"]),
        ("SubordinateResources eq true and OriginResource eq '/redfish/v1/TaskService'", ["1", "2"]),
        ("Severity eq 'OK' and RegistryPrefix eq 'TaskEvent'", ["1", "2"]),
    ],
)
async def test_a_filter_lets_through_what_meets_it(guarded: Guarded, text: str, ids: list[str]) -> None:
    async with streaming(guarded.port, "Last-Event-ID: 0", query=f"?$filter={quote(text)}") as stream:
        await guarded.house.tell(of_task("TaskStarted"), of_task(), of_system())
        told = await stream.events(len(ids))
        assert [block.id for block in told] == ids
        (member,) = (await guarded.operator.get(SUBSCRIPTIONS)).json["Members"]
        assert (await guarded.operator.get(member["@odata.id"])).json["Oem"]["Taskmon"]["Filter"] == text
        while stream.last_id != "3":  # what is left out is told of by its number alone
            assert await stream.block() is not None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("OriginResource eq '/redfish/v1/Systems'", ""),
        ("RegistryPrefix eq 'Nowhere'", "Nowhere"),
        ("MessageId eq 'TaskEvent.1.0.Nothing'", "TaskEvent.1.0.Nothing"),
        ("ResourceType eq 'Chassis'", "Chassis"),
        ("EventFormatType eq 'MetricReport'", "MetricReport"),
        ("EventType eq 'Nonsense'", "Nonsense"),
        ("Colour eq 'red'", "Colour"),
        ("SubordinateResources eq 'yes'", "yes"),
        ("RegistryPrefix eq 3", "3"),
        ("RegistryPrefix eq", "RegistryPrefix eq"),
        ("EventFormatType eq Event", "single quotes: 'Event'"),
        ("Severity ne OK and Warning eq Severity", "single quotes: 'OK'"),
    ],
)
async def test_a_filter_by_what_no_event_has_is_refused(guarded: Guarded, text: str, named: str) -> None:
    if not named:
        async with streaming(guarded.port, query=f"?$filter={quote(text)}") as stream:
            assert stream.status == 200
        return
    answer = await guarded.operator.get(f"{SSE}?$filter={quote(text)}")
    assert (answer.status, answer.keys) == (400, ["QueryParameterValueFormatError"])
    assert named in answer.words
    assert "$filter" in answer.words


async def test_other_options_are_refused(guarded: Guarded) -> None:
    assert (await guarded.operator.get(f"{SSE}?$top=3")).status == 400
    assert (await guarded.operator.get(f"{SSE}?$search=x")).status == 501
    assert len(guarded.house.streams) == 0


async def test_it_goes_on_behind_the_last_event_id(guarded: Guarded) -> None:
    async with streaming(guarded.port) as stream:
        await guarded.house.tell_of_tasks(3)
        last = (await stream.events(3))[-1].id
    await guarded.house.tell_of_tasks(250)
    async with streaming(guarded.port, f"Last-Event-ID: {last}") as stream:
        opened = await stream.event()
        assert (opened.key, opened.id) == ("StreamOpened", last)
        told = await stream.events(251)
    assert [int(block.id) for block in told] == list(range(int(last) + 1, 254))


@pytest.mark.parametrize("given", ["abc", "-1", "1.5", "9" * 30, "4"])
async def test_a_last_event_id_that_was_none_is_refused(guarded: Guarded, given: str) -> None:
    await guarded.house.tell_of_tasks(3)
    await guarded.house.known(3)
    answer = await guarded.operator.get(SSE, Last_Event_ID=given)
    assert (answer.status, answer.keys) == (400, ["HeaderInvalid"])
    assert "Last-Event-ID" in answer.words
    assert len(guarded.house.streams) == 0


@pytest.mark.parametrize("kept", [4, 1])
async def test_what_is_gone_is_told_of_first(guarded: Guarded, kept: int) -> None:
    await guarded.house.tell_of_tasks(10)
    await guarded.house.known(10)
    guarded.house.feed._recent.clear()
    await guarded.house.store.commit(Forget(EventNumber(10 - kept)))
    async with streaming(guarded.port, "Last-Event-ID: 2") as stream:
        assert (await stream.event()).id == "2"
        lost = await stream.event()
        assert (lost.key, lost.id) == ("EventsLost", str(10 - kept))
        assert lost.record["MessageArgs"] == ["3", str(10 - kept)]
        satisfies("Event", lost.event)
        await guarded.house.tell(of_system())
        assert [block.id for block in await stream.events(kept + 1)] == [str(n) for n in range(11 - kept, 12)]


async def test_where_nothing_happens_there_are_signs_of_life(guarded: Guarded) -> None:
    async with streaming(guarded.port) as stream:
        await stream.event()
        for _ in range(3):
            block = await stream.block()
            assert block is not None
            assert (block.comments, block.data) == (["nothing new"], [])


async def test_its_connection_serves_on_after_its_end(guarded: Guarded) -> None:
    async with streaming(guarded.port) as stream:
        await stream.event()
        (member,) = (await guarded.operator.get(SUBSCRIPTIONS)).json["Members"]
        assert (await guarded.operator.delete(member["@odata.id"])).status == 204
        await stream.farewell()
        await stream.wire.send(head("GET", "/redfish"))
        answer = await stream.wire.answer()
        assert orjson.loads(answer.body) == {"v1": "/redfish/v1/"}
