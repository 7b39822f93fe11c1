"""What one follower of events was told: each number once and in order, of each task a life that can be."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from bench.soak.ledger import EVENTS, Ledger
from tests.system.told import ENDS

REMOVED: Final = "TaskRemoved"
NOTICES: Final = frozenset({"StreamOpened", "EventsLost"})
"""Of a stream alone: they are told to one follower, and have no number of their own."""


class History:
    """What has come to `name`. Where it may come again, after a kill, `again` says so."""

    def __init__(self, name: str, ledger: Ledger, *, again: bool = False) -> None:
        self.name = name
        self.last: int | None = None
        """The number of the last event, or the one behind which a stream begins; None before there is one."""
        self.count = 0
        self.repeats = 0
        self.tasks: dict[str, list[str]] = defaultdict(list)
        """By the id of a task or subtask: the keys of what was told of it, in order."""
        self.parents: dict[str, str] = {}
        """The parent of each subtask that was told of."""
        self.marks: set[str] = set()
        """The messages of test events."""
        self._ledger = ledger
        self._again = again

    def take(self, event: dict[str, Any]) -> None:
        """The next event has come."""
        key = event["MessageId"].rpartition(".")[2]
        if key in NOTICES:
            self._notice(key, event)
            return
        number = int(event["EventId"])
        if self.last is not None and number <= self.last:
            self.repeats += 1
            if not self._again:
                self._fault(f"{number} came after {self.last}")
            return
        if self.last is not None and number > self.last + 1:
            self._fault(f"{number} came after {self.last}, and what is between them did not")
        self.last = number
        self.count += 1
        if key == "TestEvent":
            self.marks.add(event["Message"])
        if event["MessageId"].startswith("TaskEvent."):
            self._of_task(key, event["OriginOfCondition"]["@odata.id"])

    def _notice(self, key: str, event: dict[str, Any]) -> None:
        if key == "EventsLost":
            self._fault(f"it was told that events are lost: {event['Message']}")
        elif self.last is None:
            self.last = int(event["EventId"].rpartition(".")[2])

    def _of_task(self, key: str, origin: str) -> None:
        above, _, task_id = origin.rpartition("/")
        if above.endswith("/SubTasks"):
            self.parents[task_id] = above.split("/")[-2]
        told = self.tasks[task_id]
        if told and told[-1] == REMOVED:
            self._fault(f"{task_id} was removed, and then {key} was told of it")
        elif key == REMOVED:
            if not told or told[-1] not in ENDS:
                self._fault(f"{task_id} was removed before it had ended: {told}")
        elif told and told[-1] in ENDS:
            self._fault(f"{task_id} had ended ({told[-1]}), and then {key} was told of it")
        elif key == "TaskStarted" and told:
            self._fault(f"{task_id} was started after {told}")
        told.append(key)

    def _fault(self, what: str) -> None:
        self._ledger.breaks(EVENTS, f"{self.name}: {what}")

    # --- at the end

    def was_removed(self, task_id: str) -> bool:
        """Whether its removal was told."""
        return self.tasks.get(task_id, [""])[-1] == REMOVED

    def check_ended(self, task_ids: Sequence[str]) -> None:
        """Of each of these it was told that it has ended."""
        for task_id in task_ids:
            told = self.tasks.get(task_id, [])
            if not any(key in ENDS for key in told):
                self._fault(f"{task_id} has ended, and only {told} was told of it")
