"""The stream of events of the service itself: what it tells, over its own restarts and its end."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest

from tests.service import Service, Simulator

SSE = "/redfish/v1/EventService/SSE"
TEST_EVENT = "/redfish/v1/EventService/Actions/EventService.SubmitTestEvent"
SETTINGS = {"web.tls": False, "events.heartbeat": 1}

pytestmark = pytest.mark.timeout(120)


class Stream:
    """The events that come, one after the other."""

    def __init__(self, answer: HTTPResponse) -> None:
        self._answer = answer
        self.last_id = ""
        self.farewell = ""

    def event(self) -> dict[str, Any] | None:
        """The next event's record; None at the end of the stream."""
        while line := self._answer.readline().decode().rstrip("\n"):
            name, _, value = line.partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "data":
                (record,) = json.loads(value)["Events"]
                found: dict[str, Any] = record
                return found
            elif not name:
                self.farewell = value
        return self._after_blank()

    def _after_blank(self) -> dict[str, Any] | None:
        return None if self._answer.isclosed() else self.event()


class Client:
    """A client of the administrator's."""

    def __init__(self, service: Service) -> None:
        self._service = service
        pair = base64.b64encode(f"{service.user}:{service.password}".encode()).decode()
        self._headers = {"Authorization": f"Basic {pair}"}

    def _connection(self) -> HTTPConnection:
        return HTTPConnection(self._service.url.removeprefix("http://"), timeout=30)

    @contextmanager
    def stream(self, last_id: str = "") -> Iterator[Stream]:
        connection = self._connection()
        more = {"Last-Event-ID": last_id} if last_id else {}
        connection.request("GET", SSE, headers={**self._headers, **more})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        try:
            yield Stream(answer)
        finally:
            connection.close()

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        connection = self._connection()
        sent = None if body is None else json.dumps(body)
        connection.request(method, path, sent, {**self._headers, "Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text) if text else None

    def test_event(self, number: int) -> None:
        status, body = self.ask("POST", TEST_EVENT, {"MessageArgs": [str(number)]})
        assert status == 204, body


def heard(stream: Stream, count: int) -> list[int]:
    """The numbers that test events carry."""
    numbers: list[int] = []
    while len(numbers) < count:
        record = stream.event()
        assert record is not None, "the stream ended too early"
        if record["MessageId"] == "Taskmon.1.0.TestEvent":
            numbers.append(int(record["MessageArgs"][0]))
    return numbers


def told_until(stream: Stream, key: str) -> list[dict[str, Any]]:
    """The records up to the first with this key."""
    found: list[dict[str, Any]] = []
    while not found or not found[-1]["MessageId"].endswith(f".{key}"):
        record = stream.event()
        assert record is not None, f"the stream ended before {key}: {found}"
        found.append(record)
    return found


@dataclass(frozen=True)
class House:
    """The service and its one server."""

    service: Service
    simulator: Simulator


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("streams")
    with (
        Simulator(folder, 1) as simulator,
        Service(folder, {**SETTINGS, "fleet.ca_file": simulator.certificate}) as service,
    ):
        yield House(service, simulator)


def test_the_story_of_a_task_is_told_as_its_own_messages_tell_it(house: House) -> None:
    client = Client(house.service)
    method = {"@odata.id": "/redfish/v1/AggregationService/ConnectionMethods/Redfish"}
    server = {**house.simulator.inventory[0], "Links": {"ConnectionMethod": method}}
    with client.stream() as stream:
        assert client.ask("POST", "/redfish/v1/AggregationService/AggregationSources", server)[0] == 202
        told = told_until(stream, "TaskCompletedOK")
        (task,) = {one["OriginOfCondition"]["@odata.id"] for one in told if "TaskEvent" in one["MessageId"]}
        status, body = client.ask("GET", task)
        assert (status, body["TaskState"]) == (200, "Completed")
        changes = [
            (one["MessageId"], one["MessageArgs"])
            for one in told
            if "TaskEvent" in one["MessageId"] and "Progress" not in one["MessageId"]
        ]
        own = [(one["MessageId"], one["MessageArgs"]) for one in body["Messages"]]
        assert changes == [one for one in own if "Progress" not in one[0]]
        added = [one for one in told if one["MessageId"] == "ResourceEvent.1.2.ResourceCreated"]
        assert {one["OriginOfCondition"]["@odata.id"].rpartition("/")[0] for one in added} == {
            "/redfish/v1/AggregationService/AggregationSources",
            "/redfish/v1/Systems",
        }
        assert client.ask("DELETE", task)[0] == 204
        assert told_until(stream, "TaskRemoved")[-1]["OriginOfCondition"] == {"@odata.id": task}


@pytest.mark.parametrize("end", [Service.stop, Service.kill])
def test_it_goes_on_behind_the_last_event_after_a_restart(
    house: House, end: Callable[[Service], None]
) -> None:
    service = house.service
    client = Client(service)
    with client.stream() as stream:
        for number in range(3):
            client.test_event(number)
        assert heard(stream, 2) == [0, 1]  # the third is told, and this reader has not got so far
        last_id = stream.last_id
        end(service)
        if end is Service.stop:
            assert heard(stream, 1) == [2]
            assert stream.event() is None
            assert stream.farewell == "The stream ends. The service is stopping."
    service.start()
    client.test_event(3)
    with client.stream(last_id) as stream:
        first = stream.event()
        assert first is not None
        assert first["MessageId"] == "Taskmon.1.0.StreamOpened"
        assert stream.last_id == last_id
        assert heard(stream, 2) == [2, 3]
