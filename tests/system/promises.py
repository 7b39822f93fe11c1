"""What a service that is killed again and again has promised its client, and whether it holds it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import requests

from tests.interop.plain import TASKS, Plain, monitor_of, task_of, until
from tests.service import Simulator

ALL_ENDED_WITHIN = 120.0


@dataclass
class Promised:
    """What a task's client has been told of it."""

    task: str
    subtasks: int
    final: tuple[int, bytes] | None = None


@dataclass
class Promises:
    """Kept over the service's lives, by task monitor."""

    tasks: dict[str, Promised] = field(default_factory=dict)
    """Without those that were asked to be deleted, which may be there or not."""
    deleted: list[str] = field(default_factory=list)
    """The monitors of those whose deletion was acknowledged."""
    acknowledged: int = 0

    def note(self, accepted: requests.Response, subtasks: int = 0) -> str:
        """A task was acknowledged; its monitor."""
        monitor = monitor_of(accepted)
        self.tasks[monitor] = Promised(task_of(accepted), subtasks)
        self.acknowledged += 1
        return monitor

    def live(self) -> list[str]:
        """The monitors of the tasks that have not been seen as ended."""
        return [monitor for monitor, promised in self.tasks.items() if promised.final is None]

    def look(self, client: Plain, monitor: str) -> bool:
        """Read a monitor, and hold it against what it said before; whether its task has ended."""
        promised = self.tasks[monitor]
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

    def delete(self, client: Plain, monitor: str) -> None:
        """Ask for a task to be aborted and removed, which must be done at once."""
        del self.tasks[monitor]
        assert client.delete(monitor).status_code == 204
        self.deleted.append(monitor)

    def check_all(self, client: Plain) -> None:
        """Every task is there with its subtasks; what had ended has not changed; what was deleted is gone."""
        self.check(client, self.tasks, self.deleted)

    def check(self, client: Plain, monitors: Iterable[str], deleted: Iterable[str]) -> None:
        """The same of these tasks; that all of them are listed is seen of all that there are."""
        for monitor in monitors:
            self.look(client, monitor)
            promised = self.tasks[monitor]
            if promised.subtasks:
                subtasks = client.read(f"{promised.task}/SubTasks")["Members@odata.count"]
                assert subtasks == promised.subtasks, f"{promised.task} has lost subtasks"
        listed = set(client.members(TASKS))
        assert {promised.task for promised in self.tasks.values()} <= listed
        for monitor in deleted:
            assert client.get(monitor).status_code == 404, f"{monitor} was deleted and is back"

    def wait_for_all(self, client: Plain) -> None:
        """Until every task has ended."""

        def all_ended() -> bool:
            return all(self.look(client, monitor) for monitor in self.live())

        until(lambda: all_ended() or None, "an end of every task", ALL_ENDED_WITHIN)


def actions_sent(simulator: Simulator) -> int:
    """How many power actions the servers have received; AssertionError if one of them came twice."""
    sent = Counter(
        line["task"]
        for line in simulator.requests
        if line["method"] == "POST" and line["path"].endswith("ComputerSystem.Reset")
    )
    assert [task for task, times in sent.items() if times > 1] == [], "an action was sent twice"
    return len(sent)
