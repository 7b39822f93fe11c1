"""`events --follow`: a stream in pieces, with comments, that breaks and is gone on with where it was."""

import json
import signal
from collections.abc import Iterator

import pytest

from cli.client.stream import Parser
from tests.cli.person import Person
from tests.cli.scripted_http import ScriptedHttp
from tests.cli.sse_server import CLOSE, STREAM, SseServer
from tests.interop.plain import Plain

pytestmark = pytest.mark.timeout(180)


def event(number: int, message: str = "It has begun.") -> bytes:
    record = {
        "EventTimestamp": "2026-01-02T03:04:05Z",
        "MessageId": "TaskEvent.1.0.TaskStarted",
        "MessageSeverity": "OK",
        "Message": message,
        "OriginOfCondition": {"@odata.id": f"/redfish/v1/TaskService/Tasks/task{number}"},
    }
    body = {"Id": str(number), "Name": "Event", "Events": [record]}
    return f"id: {number}\ndata: {json.dumps(body)}\n\n".encode()


@pytest.fixture
def stream(somebody: Person) -> Iterator[SseServer]:
    with SseServer() as server:
        somebody.well("login", server.url, "--user", "x", TASKMON_PASSWORD="x")
        yield server


def test_events_come_as_json_lines_and_go_on_after_a_break(somebody: Person, stream: SseServer) -> None:
    with somebody.start("events", "--follow", "--since", "6", "--json") as following:
        first = event(7)
        stream.feed(b": heartbeat\n\nretry: 10\n\n", first[:9], first[9:40], first[40:])
        told = json.loads(following.next_line())
        assert told["Id"] == "7"
        assert told["Event"]["Events"][0]["MessageId"] == "TaskEvent.1.0.TaskStarted"

        stream.feed(event(8)[:30], CLOSE, event(8))  # it breaks within an event, and sends that anew
        assert json.loads(following.next_line())["Id"] == "8"
        assert stream.last_ids == ["6", "7"]
        assert "Trying again" in following.err
        following.until_said("The service answers again.")
        following.send(signal.SIGINT)
        assert following.end().code == 130


@pytest.mark.parametrize("wrong", [b"7\x1b[31m", b"7\x7f", b"7\x01"])
def test_an_id_that_no_header_can_have_is_left_out(somebody: Person, stream: SseServer, wrong: bytes) -> None:
    with somebody.start("events", "--follow", "--json") as following:
        hostile = event(7).replace(b"id: 7", b"id: " + wrong)
        stream.feed(b"retry: 10\n", event(6), hostile, CLOSE, event(8))
        told = [json.loads(following.next_line()) for _ in range(3)]
        assert [(one["Id"], one["Event"]["Id"]) for one in told] == [("6", "6"), ("6", "7"), ("8", "8")]
        assert stream.last_ids == [None, "6"]
        assert "Traceback" not in following.err
        following.send(signal.SIGINT)
        assert following.end().code == 130


@pytest.mark.parametrize("wrong", ["7\x1b[31m", "7\n8", "7\udcff"])
def test_since_is_the_id_of_an_event(somebody: Person, wrong: str) -> None:
    refused = somebody.run("events", "--follow", "--since", wrong)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "--since is the id of one event" in refused.err


def test_a_pipe_gets_fields_and_no_control_characters(somebody: Person, stream: SseServer) -> None:
    with somebody.start("events", "--follow") as following:
        stream.feed(event(1, "hello\x1b[31m\tworld\nnext"))
        assert following.next_line().split("\t") == [
            "1",
            "2026-01-02T03:04:05Z",
            "OK",
            "TaskEvent.1.0.TaskStarted",
            "/redfish/v1/TaskService/Tasks/task1",
            "hello�[31m world next",
        ]
        following.send(signal.SIGTERM)
        assert following.end().code == 128 + signal.SIGTERM


def test_a_terminal_gets_lines_for_a_person(somebody: Person, stream: SseServer) -> None:
    with somebody.terminal("events", "--follow") as terminal:
        stream.feed(event(1, "hello \x1b]0;title\x07"))
        terminal.read_until("task1", 60)
        terminal.press(b"\x03")
        assert terminal.end(60) == 130
    assert "TaskStarted" in terminal.written
    assert "\x1b]0;" not in terminal.written, "who writes a message does not steer the terminal"


def test_what_ends_the_stream_for_good_is_said(somebody: Person, stream: SseServer) -> None:
    stream.refuse = 401
    expired = somebody.run("events", "--follow")
    assert (expired.code, "has ended: log in again" in expired.err) == (1, True)
    stream.refuse = 403
    refused = somebody.run("events", "--follow")
    assert (refused.code, "Not now, says the service." in refused.err) == (1, True)
    stream.refuse, stream.kind = 0, "application/json"
    other = somebody.run("events", "--follow")
    assert (other.code, f"{STREAM} is no stream of events" in other.err) == (1, True)


def test_a_stream_that_is_busy_is_asked_again(somebody: Person, stream: SseServer) -> None:
    stream.refuse = 503
    with somebody.start("events", "--follow", "--json") as following:
        following.until_said("Not now, says the service.")
        stream.refuse = 0
        stream.feed(event(3))
        assert json.loads(following.next_line())["Id"] == "3"


def test_without_a_stream_or_an_event_service_that_is_said(somebody: Person) -> None:
    links = {"Sessions": {"@odata.id": "/s"}}
    script = {
        "/redfish/v1/": (
            200,
            "application/json",
            json.dumps({"RedfishVersion": "1", "Links": links, "EventService": {"@odata.id": "/e"}}),
        ),
        "/e": (200, "application/json", json.dumps({"Id": "e"})),
        "/s": (201, "application/json", "{}"),
    }
    with ScriptedHttp(script, headers={"X-Auth-Token": "t", "Location": "/s/1"}) as other:
        somebody.well("login", other.url, "--user", "x", TASKMON_PASSWORD="x")
        none = somebody.run("events", "--follow")
        assert (none.code, none.err) == (1, f"taskmon: {other.url} has no stream of events.\n")
        none = somebody.run("events")
        assert (none.code, none.err) == (
            1,
            f"taskmon: {other.url} has no collection of event subscriptions.\n",
        )


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_the_parser_takes_every_kind_of_line_in_every_piece(end: str, size: int) -> None:
    text = (
        "\ufeff: comment|id: 1|data: a|data:b||data||id: 2|event: x|data: c|retry: 50|id: bad\0id||"
        "id|data: d||data: e"
    )
    content = text.replace("|", end).encode()
    parser = Parser()
    found = [one for at in range(0, len(content), size) for one in parser.feed(content[at : at + size])]
    found += parser.feed(b"\n")
    assert found == [("1", "a\nb"), ("1", ""), ("2", "c"), ("", "d")]
    assert parser.retry == 0.05


def test_the_service_itself_tells_of_a_task_or_has_no_events(
    person: Person, plain: Plain, hosts: list[str]
) -> None:
    if "EventService" not in plain.read("/redfish/v1/"):
        none = person.run("events", "--follow")
        assert (none.code, none.err) == (1, f"taskmon: {plain.url} has no event service.\n")
        return
    person.well("events")
    with person.start("events", "--follow", "--since", "0") as following:
        task = person.well("reset", hosts[0], "--type", "On").lines[0][0]
        fields = following.next_line().split("\t")
        while not fields[4].endswith(f"/{task}"):
            fields = following.next_line().split("\t")
        assert fields[3].startswith("TaskEvent.")
        following.send(signal.SIGINT)
        assert following.end().code == 130
