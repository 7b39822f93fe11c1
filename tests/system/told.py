"""What a listener was told, held against what the service says that has happened."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Final

from tests.interop.plain import TASKS, Plain, until
from tests.listener import Listener

EVENT_SERVICE: Final = "/redfish/v1/EventService"
SUBSCRIPTIONS: Final = f"{EVENT_SERVICE}/Subscriptions"
SUBMIT_TEST: Final = f"{EVENT_SERVICE}/Actions/EventService.SubmitTestEvent"
ALL_TOLD_WITHIN: Final = 120.0

LAST_OF: Final = {
    ("Completed", "OK"): "TaskCompletedOK",
    ("Completed", "Warning"): "TaskCompletedWarning",
    ("Exception", "Warning"): "TaskAborted",
    ("Exception", "Critical"): "TaskAborted",
    ("Cancelled", "Warning"): "TaskCancelled",
    ("Cancelled", "Critical"): "TaskCancelled",
    ("Cancelled", "OK"): "TaskCancelled",
}
"""What is told of a task's end, by its TaskState and TaskStatus."""
ENDS: Final = frozenset(LAST_OF.values())


def subscribe(client: Plain, destination: str, **more: object) -> str:
    """A new subscription to everything; its URI."""
    body = {"Destination": destination, "Protocol": "Redfish", "DeliveryRetryPolicy": "RetryForever", **more}
    made = client.post(SUBSCRIPTIONS, body)
    assert made.status_code == 201, made.text
    return made.headers["Location"].removeprefix(client.url)


def trust(folder: Path, *authorities: Path) -> Path:
    """A file with all of these, for `fleet.ca_file`."""
    file = folder / "authorities.pem"
    file.write_bytes(b"\n".join(authority.read_bytes() for authority in authorities))
    return file


class Told:
    """The events that came to one path, without repeats; each repeat must be the same event."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self.events: dict[int, dict[str, Any]] = {}
        self.repeats = 0
        for event in events:
            number = int(event["EventId"])
            before = self.events.get(number)
            if before is None:
                assert not self.events or number > max(self.events), f"event {number} came out of order"
                self.events[number] = event
            else:
                assert _same(before, event), f"event {number} came again as another: {before} {event}"
                self.repeats += 1

    @property
    def missing(self) -> list[int]:
        """The numbers between the first and the last that did not come."""
        return sorted(set(range(min(self.events), max(self.events) + 1)) - set(self.events))

    def of_tasks(self) -> dict[str, list[str]]:
        """By the id of the task: the keys of the messages about it, in their order."""
        told: dict[str, list[str]] = defaultdict(list)
        for event in self.events.values():
            registry, *_, key = event["MessageId"].split(".")
            if registry == "TaskEvent":
                task = event["MessageArgs"][0]
                assert event["OriginOfCondition"]["@odata.id"].endswith(task)
                told[task].append(key)
        return told


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return {**one, "MemberId": ""} == {**other, "MemberId": ""}


def until_all_told(client: Plain, listener: Listener, *paths: str) -> None:
    """Return when all that has happened until now has come to these paths."""
    mark = str(uuid.uuid4())
    submitted = client.post(SUBMIT_TEST, {"MessageId": "Taskmon.1.0.TestEvent", "Message": mark})
    assert submitted.status_code in (200, 204), submitted.text

    def has_come(path: str) -> bool:
        return any(event["Message"] == mark for event in reversed(listener.events(path)))

    until(lambda: all(map(has_come, paths)) or None, "the test event everywhere", ALL_TOLD_WITHIN)


def check_histories(client: Plain, told: Told, before: Collection[str] = ()) -> int:
    """What was told of the tasks that are there is what they say of themselves; how many there are. Those
    that were there `before` anybody had subscribed are left out."""
    of_tasks = told.of_tasks()
    count = 0
    for uri in set(client.members(TASKS)) - set(before):
        parent = client.read(uri)
        below = client.members(f"{uri}/SubTasks") if "SubTasks" in parent else []
        for task in [parent, *(client.read(subtask) for subtask in below)]:
            check_history(task, of_tasks.get(task["Id"], []))
            count += 1
    return count


def check_history(task: dict[str, Any], told: list[str]) -> None:
    """It began once, ended once and as it says, and nothing of its work was told before or after."""
    what = f"{task['Id']} is {task['TaskState']} {task['TaskStatus']}, and was told as {told}"
    assert told, what
    assert told[-1] == LAST_OF[task["TaskState"], task["TaskStatus"]], what
    assert sum(key in ENDS for key in told) == 1, what
    assert "TaskRemoved" not in told, what
    assert told.count("TaskStarted") <= 1, what
    assert told.count("TaskPaused") <= told.count("TaskResumed") + 1, what
    if "TaskStarted" in told:
        assert told[0] == "TaskStarted", what


def check_removals(told: Told, monitors: Iterable[str]) -> None:
    """Of each of these tasks it was told that it was removed, once and last."""
    of_tasks = told.of_tasks()
    for monitor in monitors:
        keys = of_tasks[monitor.rpartition("/")[2]]
        assert keys[-1:] == ["TaskRemoved"], f"{monitor} was deleted, and was told as {keys}"
        assert keys.count("TaskRemoved") == 1
