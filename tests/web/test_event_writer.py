"""What destinations are sent: an Event as DMTF's schema has it, with the resources where they are wanted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from actors import (
    CATALOGUE,
    Event,
    EventNumber,
    Health,
    Message,
    OutboxEntry,
    ResourceType,
    StoreUnavailableError,
    TestMessage,
)
from tests.csdl import mistakes
from tests.schemas import satisfies
from tests.web.conftest import Service
from tests.web.eventing import SYSTEM, of_system, of_task
from tests.web.standins import NOW, a_task, viewer
from web.event_writer import EventWriter

TYPE = "Event.v1_13_0.Event"
RECORD = "Event.v1_13_0.EventRecord"
A_TEST = TestMessage(
    message_id="Acme.1.0.Nothing",
    args=("a",),
    text="Nothing has happened.",
    severity=Health.CRITICAL,
    event_type="Alert",
    event_id="mine",
    timestamp=NOW - timedelta(days=1),
)


def entries(*events: Event, first: int = 7) -> list[OutboxEntry]:
    return [OutboxEntry(EventNumber(first + number), event) for number, event in enumerate(events)]


async def written(writer: EventWriter, told: Sequence[OutboxEntry], **more: Any) -> dict[str, Any]:
    """The body, after it was held against both schemas."""
    body: dict[str, Any] = orjson.loads(await writer(told, "mine", **more))
    satisfies("Event", body)
    assert mistakes({**body, "Events": []}, TYPE) == []
    for record in body["Events"]:
        assert mistakes(record, RECORD) == []
    return body


async def test_events_go_out_in_their_order_in_one_body() -> None:
    told = entries(of_task("TaskStarted"), of_task(percent=5), of_system())
    body = await written(EventWriter(), told)
    assert (body["Id"], body["Context"]) == ("7-9", "mine")
    records = body["Events"]
    assert [record["EventId"] for record in records] == ["7", "8", "9"]
    assert [record["MemberId"] for record in records] == ["0", "1", "2"]
    assert [record["EventType"] for record in records] == ["StatusChange"] * 3
    assert records[1]["MessageArgs"] == ["t1", "5"]
    assert records[1]["Message"] == "The task with id t1 is 5 percent complete."
    assert records[2]["OriginOfCondition"] == {"@odata.id": SYSTEM}
    assert {record["EventTimestamp"] for record in records} == {"2026-11-23T12:00:00.000005Z"}


@pytest.mark.parametrize("key", CATALOGUE)
async def test_every_message_can_be_told(key: str) -> None:
    args = tuple(f"argument {number}" for number in range(CATALOGUE[key].arguments))
    event = replace(of_task(), message=Message(key, args))
    body = await written(EventWriter(), entries(event))
    (record,) = body["Events"]
    assert body["Id"] == record["EventId"] == "7"
    assert record["MessageId"] == CATALOGUE[key].message_id
    assert record["MessageSeverity"] == record["Severity"] == CATALOGUE[key].severity


async def test_a_test_event_is_told_in_the_words_of_its_client() -> None:
    event = Event(message=A_TEST, origin=SYSTEM, resource_type=ResourceType.EVENT_SERVICE, at=NOW)
    (record,) = (await written(EventWriter(), entries(event)))["Events"]
    assert (record["EventId"], record["EventType"]) == ("mine", "Alert")
    assert (record["Message"], record["MessageId"]) == (A_TEST.text, A_TEST.message_id)
    assert record["MessageSeverity"] == "Critical"
    assert record["EventTimestamp"] == "2026-11-22T12:00:00.000005Z"


async def test_the_resource_itself_stands_where_it_is_wanted_and_may_be_seen(service: Service) -> None:
    writer = EventWriter()
    task = a_task("Operator")
    service.tasks.add(task)
    uri = f"/redfish/v1/TaskService/Tasks/{task.id}"
    told = entries(replace(of_task(), origin=uri), of_system(), of_task("TaskRemoved"))
    without = await written(writer, told, including_for=viewer("Operator"))
    assert [record["OriginOfCondition"]["@odata.id"] for record in without["Events"]] == [
        uri,
        SYSTEM,
        told[2].event.origin,
    ]
    writer.read_from(service.app)
    body = await written(writer, told, including_for=viewer("Operator"))
    shown, system, gone = (record["OriginOfCondition"] for record in body["Events"])
    assert shown == (await service.operator.get(uri)).json
    assert system == (await service.operator.get(SYSTEM)).json
    assert gone == {"@odata.id": told[2].event.origin}
    others = await written(writer, told, including_for=viewer("ReadOnly"))
    assert others["Events"][0]["OriginOfCondition"] == {"@odata.id": uri}
    assert (await written(writer, told))["Events"][0]["OriginOfCondition"] == {"@odata.id": uri}


async def test_a_resource_that_cannot_be_read_is_a_link(service: Service) -> None:
    writer = EventWriter()
    writer.read_from(service.app)
    told = entries(of_task())

    async def fail(*_: object) -> None:
        raise StoreUnavailableError("The disk is full.")

    service.tasks.find = fail  # type: ignore[method-assign,assignment]
    body = await written(writer, told, including_for=viewer("Operator"))
    assert body["Events"][0]["OriginOfCondition"] == {"@odata.id": told[0].event.origin}
