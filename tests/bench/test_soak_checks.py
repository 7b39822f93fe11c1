"""What a soak finds: each promise, broken before its eyes, is counted; kept, it is not."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bench.soak.history import History
from bench.soak.ledger import (
    AFTER_ABORT,
    CHANGED,
    EVENTS,
    LOST,
    PROMISES,
    SENT_TWICE,
    WRONG,
    Ledger,
    quantiles,
)
from bench.soak.request_log import RequestLog

TASKS = "/redfish/v1/TaskService/Tasks"
SYSTEM = "/redfish/v1/Systems/1"
RESET = f"{SYSTEM}/Actions/ComputerSystem.Reset"


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def broken(ledger: Ledger) -> dict[str, int]:
    """How often which promise was broken."""
    return {promise: len(found) for promise, found in ledger.broken.items() if found}


# --- what the servers heard


class ServersLog:
    """A request log, as servers write it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        file.touch()

    def add(self, task: str | None, method: str, path: str, status: int | None = 204, at: float = 0) -> None:
        line = {
            "time": datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "server": "127.0.0.2:1",
            "method": method,
            "path": path,
            "body": None,
            "status": status,
            "task": task,
        }
        with self.file.open("a") as file:
            file.write(json.dumps(line) + "\n")


@pytest.fixture
def servers_log(tmp_path: Path) -> ServersLog:
    return ServersLog(tmp_path / "requests.jsonl")


def test_an_action_that_is_sent_twice_is_found_once(servers_log: ServersLog, ledger: Ledger) -> None:
    log = RequestLog(servers_log.file, ledger)
    servers_log.add("a", "POST", RESET)
    servers_log.add("b", "POST", RESET, status=None)
    servers_log.add("a", "GET", SYSTEM, status=503)
    log.read_on()
    assert ledger.holds
    servers_log.add("a", "POST", RESET)
    log.read_on()
    servers_log.add("a", "POST", RESET)
    log.read_on()
    assert broken(ledger) == {SENT_TWICE: 1}
    assert (log.requests, sum(log.actions.values())) == (5, 4)
    assert log.spoiled == {"no answer": 1, "answered 503": 1}


def test_half_a_line_is_read_when_it_is_whole(servers_log: ServersLog, ledger: Ledger) -> None:
    log = RequestLog(servers_log.file, ledger)
    servers_log.add("a", "POST", RESET)
    line = servers_log.file.read_text()
    servers_log.file.write_text(line + line[:40])
    log.read_on()
    assert log.requests == 1
    with servers_log.file.open("a") as file:
        file.write(line[40:])
    log.read_on()
    assert log.requests == 2
    assert broken(ledger) == {SENT_TWICE: 1}


def test_a_request_after_the_204_of_its_abort_is_found_also_for_a_subtask(
    servers_log: ServersLog, ledger: Ledger
) -> None:
    log = RequestLog(servers_log.file, ledger)
    ledger.aborted = {"parent": 1000.0, "alone": 1000.0}
    servers_log.add("child", "GET", SYSTEM, at=999.9)
    servers_log.add("alone", "GET", SYSTEM, at=999.9)
    servers_log.add("another", "GET", SYSTEM, at=2000.0)
    servers_log.add(None, "GET", SYSTEM, at=2000.0)
    log.read_on()
    ledger.check_requests(log.latest, {"child": "parent"})
    assert ledger.holds
    servers_log.add("child", "GET", SYSTEM, at=1000.5)
    servers_log.add("alone", "DELETE", f"{TASKS}/1", at=1000.001)
    log.read_on()
    for _ in range(2):
        ledger.check_requests(log.latest, {"child": "parent"})
    assert broken(ledger) == {AFTER_ABORT: 2}
    assert "500.0 ms after, for child" in ledger.broken[AFTER_ABORT][0]


def test_what_no_service_has_to_send_is_found(servers_log: ServersLog, ledger: Ledger) -> None:
    servers_log.add("a", "POST", "/redfish/v1/SessionService/Sessions", status=201)
    servers_log.add("a", "POST", "/redfish/v1/AccountService/Accounts")
    RequestLog(servers_log.file, ledger).read_on()
    assert broken(ledger) == {WRONG: 1}


# --- what clients saw


def test_an_ended_task_that_changes_or_goes_on_is_found(ledger: Ledger) -> None:
    for name in "abc":
        assert ledger.acknowledged(f"/taskmon/{name}", 1).id == name
        assert not ledger.heard(f"/taskmon/{name}", 202, b"under way")
    assert ledger.heard("/taskmon/a", 200, b"done")
    assert ledger.heard("/taskmon/a", 200, b"done")
    assert ledger.ended() == ["/taskmon/a"]
    assert ledger.live() == ["/taskmon/b", "/taskmon/c"]
    assert ledger.holds
    ledger.heard("/taskmon/a", 200, b"otherwise")
    ledger.heard("/taskmon/b", 400, b"failed")
    ledger.heard("/taskmon/b", 202, b"under way")
    assert broken(ledger) == {CHANGED: 2}


def test_a_record_that_changes_after_its_end_is_found_and_a_retry_is_no_change(ledger: Ledger) -> None:
    ledger.acknowledged("/taskmon/a", 1)
    task: dict[str, Any] = {
        "TaskState": "Exception",
        "TaskStatus": "Critical",
        "Messages": [{"Message": "no"}],
    }
    ledger.read("/taskmon/a", task)
    ledger.read("/taskmon/a", {**task, "Oem": {"Taskmon": {"RetriedBy": "b"}}, "@odata.etag": "new"})
    assert ledger.holds
    ledger.read("/taskmon/a", {**task, "Messages": []})
    assert broken(ledger) == {CHANGED: 1}


def test_a_task_that_is_acknowledged_again_is_the_same(ledger: Ledger) -> None:
    ledger.acknowledged("/taskmon/a", 3)
    ledger.heard("/taskmon/a", 200, b"done")
    assert ledger.acknowledged("/taskmon/a", 3).final is not None
    assert len(ledger.tasks) == 1


def test_a_task_that_is_gone_is_lost_unless_it_was_asked_for_or_told(ledger: Ledger) -> None:
    for name in ("there", "deleted", "made room", "gone", "silent"):
        ledger.acknowledged(f"/taskmon/{name}", 1)
    ledger.tasks["/taskmon/deleted"].gone = True
    for name in ("made room", "silent"):  # 404, and no client had asked for it
        ledger.missing.add(f"/taskmon/{name}")
        ledger.tasks[f"/taskmon/{name}"].gone = True
    ledger.check_lost({"there"}, {"made room"}.__contains__)
    assert broken(ledger) == {LOST: 2}
    told = " ".join(ledger.broken[LOST])
    assert "/taskmon/gone is not among the tasks" in told
    assert "/taskmon/silent answers 404, and nobody was told of a removal" in told


def test_quantiles_are_of_what_was_measured() -> None:
    assert quantiles([3.0]) == (3.0, 3.0, 3.0)
    assert quantiles(float(number) for number in range(1001)) == (500.0, 990.0, 1000.0)


def test_nothing_is_broken_by_itself(ledger: Ledger) -> None:
    assert tuple(ledger.broken) == PROMISES
    assert ledger.holds


# --- what followers were told


def event(number: int, key: str = "TaskProgressChanged", task: str = "a", parent: str = "") -> dict[str, Any]:
    origin = f"{TASKS}/{parent}/SubTasks/{task}" if parent else f"{TASKS}/{task}"
    return {
        "EventId": str(number),
        "MessageId": f"TaskEvent.1.0.{key}",
        "MessageArgs": [task],
        "OriginOfCondition": {"@odata.id": origin},
    }


def opened(number: int) -> dict[str, Any]:
    return {"EventId": f"0a1b-2c.{number}", "MessageId": "Taskmon.1.0.StreamOpened"}


def test_a_whole_life_over_a_resumed_stream_is_as_it_should_be(ledger: Ledger) -> None:
    history = History("a stream", ledger)
    history.take(opened(4))
    history.take(event(5, "TaskStarted", "p"))
    history.take(event(6, "TaskStarted", "a", parent="p"))
    history.take(opened(6))
    for number, key in enumerate(("TaskProgressChanged", "TaskPaused", "TaskResumed", "TaskCompletedOK"), 7):
        history.take(event(number, key, "a", parent="p"))
    history.take(event(11, "TaskCompletedOK", "p"))
    history.check_ended(["a", "p"])
    history.take(event(12, "TaskRemoved", "a", parent="p"))
    assert ledger.holds, ledger.broken
    assert history.parents == {"a": "p"}
    assert history.was_removed("a")
    assert not history.was_removed("p")
    assert not history.was_removed("unknown")
    assert (history.last, history.count) == (12, 8)


@pytest.mark.parametrize(
    ("numbers", "again", "faults"),
    [
        ((5, 6, 8), False, 1),
        ((5, 6, 5, 6, 7), False, 2),
        ((5, 6, 5, 6, 7), True, 0),
        ((6, 7), False, 1),
    ],
)
def test_gaps_and_repeats_are_found(
    ledger: Ledger, numbers: tuple[int, ...], again: bool, faults: int
) -> None:
    history = History("a follower", ledger, again=again)
    history.take(opened(4))
    for number in numbers:
        history.take(event(number))
    assert len(ledger.broken[EVENTS]) == faults


@pytest.mark.parametrize(
    "keys",
    [
        ("TaskStarted", "TaskRemoved"),
        ("TaskStarted", "TaskCompletedOK", "TaskProgressChanged"),
        ("TaskStarted", "TaskCompletedOK", "TaskAborted"),
        ("TaskProgressChanged", "TaskStarted"),
        ("TaskStarted", "TaskCancelled", "TaskRemoved", "TaskRemoved"),
        ("TaskRemoved",),
    ],
)
def test_lives_that_cannot_be_are_found(ledger: Ledger, keys: tuple[str, ...]) -> None:
    history = History("a stream", ledger)
    for number, key in enumerate(keys, 1):
        history.take(event(number, key))
    assert broken(ledger) == {EVENTS: 1}


def test_events_that_the_service_says_are_lost_are_found(ledger: Ledger) -> None:
    history = History("a stream", ledger)
    history.take({"EventId": "x.9", "MessageId": "Taskmon.1.0.EventsLost", "Message": "1 to 8"})
    assert broken(ledger) == {EVENTS: 1}


def test_an_end_that_nobody_was_told_of_is_found(ledger: Ledger) -> None:
    history = History("a stream", ledger)
    history.take(event(1, "TaskStarted"))
    history.check_ended(["a", "never heard of"])
    assert broken(ledger) == {EVENTS: 2}
