"""The event calls of clients: subscribe, list, send a test event, unsubscribe, read a stream."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redfish_utilities  # type: ignore[import-untyped]
import requests
import sushy
from redfish_utilities import event_service

from tests.interop.house import House
from tests.interop.plain import ROOT, until
from tests.interop.test_python_redfish_library import logged_in as redfish_client
from tests.interop.test_sushy import logged_in as sushy_client

pytestmark = pytest.mark.timeout(60)

DESTINATION = "https://127.0.0.1:1/events"
SUBSCRIPTIONS = f"{ROOT}/EventService/Subscriptions"
TEST_EVENT: dict[str, Any] = {
    "event_id": "interop-1",
    "event_timestamp": "2026-01-02T03:04:05Z",
    "event_type": "Alert",
    "message": "Nothing has happened.",
    "message_args": ["a"],
    "message_id": "Taskmon.1.0.TestEvent",
    "origin": f"{ROOT}/Systems",
    "severity": "OK",
}


class Stream:
    """A stream over `requests`, as a script reads one."""

    def __init__(self, house: House, **headers: str) -> None:
        service = house.service
        self.answer = requests.get(
            f"{service.url}{ROOT}/EventService/SSE",
            auth=(service.user, service.password),
            headers=headers,
            verify=str(service.certificate),
            stream=True,
            timeout=30,
        )
        self._lines = self.answer.iter_lines(chunk_size=1)

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The id and the body of each event."""
        number = ""
        for written in self._lines:
            line = written.decode()
            if line.startswith("id: "):
                number = line[4:]
            elif line.startswith("data: "):
                yield number, json.loads(line[6:])


def test_the_redfish_library_subscribes_lists_and_unsubscribes(house: House) -> None:
    with redfish_client(house) as client:
        service = event_service.get_event_service(client)
        event_service.print_event_service(service)
        made = redfish_utilities.create_event_subscription(
            client,
            DESTINATION,
            format="Event",
            client_context="interop",
            expand=True,
            resource_types=["Task"],
            registries=["TaskEvent"],
            message_ids=["TaskEvent.1.0.TaskStarted"],
            origins=[f"{ROOT}/TaskService"],
            subordinate_resources=True,
            event_types=["StatusChange"],
            http_headers=[{"Authorization": "Bearer secret-word"}],
        )
        assert made.status == 201
        subscriptions = redfish_utilities.get_event_subscriptions(client)
        event_service.print_event_subscriptions(subscriptions)
        (mine,) = [one for one in subscriptions if one.get("Destination") == DESTINATION]
        assert (mine["Context"], mine["HttpHeaders"]) == ("interop", [])
        redfish_utilities.delete_event_subscription(client, mine["Id"])
        assert client.get(mine["@odata.id"]).status == 404


def test_sushy_subscribes_sends_a_test_event_and_unsubscribes(house: House) -> None:
    with sushy_client(house) as (root, _), Stream(house) as stream:
        service = root.get_event_service()
        assert sushy.EventType.ALERT in service.get_event_types_for_subscription()
        payload = {"Destination": DESTINATION, "Context": "interop", "Protocol": "Redfish"}
        mine = service.subscriptions.create(payload)
        assert mine.destination == DESTINATION
        assert mine.identity in [one.identity for one in service.subscriptions.get_members()]
        service.submit_test_event(**TEST_EVENT)
        told = next(
            record
            for _, event in stream.events()
            for record in event["Events"]
            if record["EventId"] == TEST_EVENT["event_id"]
        )
        assert told["Message"] == TEST_EVENT["message"]
        assert told["OriginOfCondition"] == {"@odata.id": TEST_EVENT["origin"]}
        mine.delete()
        assert house.plain.get(f"{SUBSCRIPTIONS}/{mine.identity}").status_code == 404


def test_a_stream_is_read_as_the_protocol_validator_reads_one(house: House) -> None:
    """REDFISH.md V9 to V14, with its waits: an event at once, ids that differ, one EventDestination."""
    before = set(house.plain.members(SUBSCRIPTIONS))
    with Stream(house, Accept="text/event-stream") as stream:
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
        (opened,) = set(house.plain.members(SUBSCRIPTIONS)) - before
        assert isinstance(house.plain.read(opened)["Context"], str)
        events = stream.events()
        first, body = next(events)
        assert body["@odata.type"].endswith("Event")
        house.plain.post(f"{ROOT}/EventService/Actions/EventService.SubmitTestEvent", {})
        second, _ = next(events)
        assert first != second
    until(lambda: house.plain.get(opened).status_code == 404 or None, f"an end of {opened}")
    with Stream(house) as stream:
        (opened,) = set(house.plain.members(SUBSCRIPTIONS)) - before
        assert house.plain.delete(opened).status_code == 204
        list(stream.events())  # it ends
    refused = house.plain.ask("GET", f"{ROOT}/EventService/SSE", Accept="application/json")
    assert refused.status_code >= 400
    assert refused.json()["error"]["code"]
