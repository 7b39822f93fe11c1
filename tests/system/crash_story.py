"""What a client does to a service that is killed again and again, and what it was promised meanwhile."""

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import requests

from tests.interop.plain import TASKS, Plain, task_of

RESET_TYPES = ("ForceOff", "On", "ForceRestart")
MOST_LIVE = 12
"""Tasks under way at once, so that queues for servers stay short."""


@dataclass
class Promised:
    """What a task's client has been told of it."""

    task: str
    subtasks: int
    final: tuple[int, bytes] | None = None


@dataclass
class Story:
    """A client that acts by a seed. What it was promised is kept over the service's lives."""

    systems: list[str]
    random: random.Random
    promised: dict[str, Promised] = field(default_factory=dict)
    """By monitor; without the tasks that it has asked to delete, which may be there or not."""
    acknowledged: int = 0
    deleted: int = 0

    def tell(self, client: Plain, over: threading.Event) -> None:
        """Act until it is over, or the service is gone."""
        acts: list[tuple[Callable[[Plain], None], int]] = [
            (self._reset, 4),
            (self._read, 8),
            (self._delete, 1),
            (self._cancel, 1),
        ]
        while not over.is_set():
            (act,) = self.random.choices([act for act, _ in acts], [weight for _, weight in acts])
            try:
                act(client)
            except requests.RequestException:
                return  # the kill

    def live(self) -> list[str]:
        return [monitor for monitor, promised in self.promised.items() if promised.final is None]

    def _reset(self, client: Plain) -> None:
        if len(self.live()) >= MOST_LIVE:
            self._read(client)
            return
        targets = self.random.sample(self.systems, self.random.randint(1, len(self.systems)))
        accepted = client.post(
            "/redfish/v1/AggregationService/Actions/AggregationService.Reset",
            {
                "TargetURIs": [{"@odata.id": target} for target in targets],
                "ResetType": self.random.choice(RESET_TYPES),
                "BatchSize": self.random.randint(0, 4),
            },
        )
        assert accepted.status_code == 202, accepted.text
        self.promised[accepted.headers["Location"]] = Promised(task_of(accepted), len(targets))
        self.acknowledged += 1

    def _read(self, client: Plain) -> None:
        if self.promised:
            self.look(client, self.random.choice(list(self.promised)))

    def look(self, client: Plain, monitor: str) -> bool:
        """Read a monitor, and hold it against what it said before; whether its task has ended."""
        promised = self.promised[monitor]
        answer = client.get(monitor)
        assert answer.status_code != 404, f"{monitor} is lost"
        assert answer.status_code < 500, f"{monitor}: {answer.text}"
        if answer.status_code == 202:
            assert promised.final is None, f"{monitor} had ended and goes on"
            return False
        said = (answer.status_code, answer.content)
        assert promised.final in (None, said), f"{monitor} has changed its last answer"
        promised.final = said
        return True

    def check_all(self, client: Plain) -> None:
        """Every task is there with all its subtasks, and what had ended says what it said."""
        for monitor, promised in self.promised.items():
            self.look(client, monitor)
            subtasks = client.read(f"{promised.task}/SubTasks")["Members@odata.count"]
            assert subtasks == promised.subtasks, f"{promised.task} has lost subtasks"
        listed = set(client.members(TASKS))
        assert {promised.task for promised in self.promised.values()} <= listed

    def _delete(self, client: Plain) -> None:
        if self.promised:
            monitor = self.random.choice(list(self.promised))
            del self.promised[monitor]
            assert client.delete(monitor).status_code == 204
            self.deleted += 1

    def _cancel(self, client: Plain) -> None:
        live = self.live()
        if live:
            task = self.promised[self.random.choice(live)].task
            answer = client.post(f"{task}/Actions/Oem/Taskmon.Cancel", {"Reason": "the story wants it"})
            assert answer.status_code in (204, 409), answer.text
