"""A story that passes every kind of step of a task's life, told again and again to a service that is killed.

Under way at once are: the reset of an aggregate in batches, one of whose servers has a task of its own for
it, one goes away meanwhile, and one hangs up on it; a reset whose server never ends its task, which is
aborted by DELETE; a reset in batches that is cancelled between two of them; a server that is added, and
removed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.interop.plain import ENDED, SOURCES, TASKS, Plain, reset_target, until
from tests.service import Simulator
from tests.system.promises import Promises

SERVERS = 8
OWN_TASK, AWAY, HANGS_UP, ENDLESS, ADDED = 1, 2, 3, 4, 7
WHOLE, IN_TWO = slice(0, 4), slice(5, 7)
RESET = "*/Actions/ComputerSystem.Reset"
NEXT_BATCH_IN = 3600
SETTLED_WITHIN = 30.0


def faults(simulator: Simulator) -> Sequence[Mapping[str, object]]:
    """What the servers of the story do."""
    named = [line["HostName"] for line in simulator.inventory]
    return [
        {"server": named[OWN_TASK], "fault": "accepted", "task": "ok", "seconds": 0.2},
        {"server": named[AWAY], "fault": "away", "seconds": 0.3},
        {"server": named[HANGS_UP], "path": RESET, "fault": "drop"},
        {"server": named[ENDLESS], "fault": "accepted", "task": "never"},
    ]


@dataclass
class StepStory:
    """What it has made, and what was promised for it."""

    whole: str
    """The aggregate that is reset to the end."""
    endless: str
    """The system whose reset never ends by itself."""
    in_two: str
    """The aggregate whose reset is cancelled."""
    added: dict[str, str]
    """The server that is added and removed: a line of the inventory."""
    sources: frozenset[str]
    """Those that stay."""
    promises: Promises = field(default_factory=Promises)
    _ended: set[str] = field(default_factory=set)
    """Tasks that were seen as ended, whoever was told of them."""

    @classmethod
    def begun(cls, client: Plain, simulator: Simulator) -> "StepStory":
        """With all servers but the last one added."""
        inventory = simulator.inventory
        systems = [systems[0] for systems in client.add(inventory[:ADDED])]
        return cls(
            client.aggregate(systems[WHOLE]),
            systems[ENDLESS],
            client.aggregate(systems[IN_TWO]),
            inventory[ADDED],
            frozenset(client.members(SOURCES)),
        )

    # --- the story

    def tell(self, client: Plain) -> None:
        """From its beginning to its end, after which every task has ended; a RequestException is the kill."""
        note = self.promises.note
        whole = note(client.reset(self.whole, "ForceRestart", BatchSize=2), 4)
        endless = note(client.reset(self.endless, "ForceRestart"))
        in_two = note(
            client.reset(
                self.in_two, "ForceRestart", BatchSize=1, DelayBetweenBatchesInSeconds=NEXT_BATCH_IN
            ),
            2,
        )
        added = note(client.ask_to_add(self.added))
        self._end_of(client, added)
        self._remove_added(client)
        self._until_told(client, endless, "accepted the reset")
        self.promises.delete(client, endless)
        self._until_told(client, in_two, f"Waiting {NEXT_BATCH_IN} s")
        self._cancel(client, in_two)
        self._end_of(client, whole)

    def settle(self, client: Plain) -> None:
        """After a kill: have everything come to its end that comes to one, and end by hand what does not.

        Also the tasks that nobody was told of, for an answer may have been lost in the kill.
        """
        for monitor in self.promises.live():
            task = client.read(self.promises.tasks[monitor].task)
            if _is_reset_of(task, self.endless):
                self.promises.delete(client, monitor)
            elif _is_reset_of(task, self.in_two):
                self._cancel(client, monitor)
        told = {promised.task for promised in self.promises.tasks.values()}
        for uri in set(client.members(TASKS)) - told - self._ended:
            if _is_reset_of(client.read(uri), self.endless, self.in_two):
                assert client.delete(uri).status_code == 204
            else:
                client.task_in(uri, within=SETTLED_WITHIN)
                self._ended.add(uri)
        self.promises.wait_for_all(client)
        if set(client.members(SOURCES)) != self.sources:
            self._remove_added(client)

    # --- acts

    def _remove_added(self, client: Plain) -> None:
        (source,) = set(client.members(SOURCES)) - self.sources
        removed = self.promises.note(client.delete(source))
        self._end_of(client, removed)
        assert client.get(source).status_code == 404, f"{source} was removed and is there"

    def _cancel(self, client: Plain, monitor: str) -> None:
        task = self.promises.tasks[monitor].task
        answer = client.post(f"{task}/Actions/Oem/Taskmon.Cancel", {"Reason": "the story wants it"})
        assert answer.status_code in (204, 409), answer.text  # 409: a start has ended it already
        assert self.promises.look(client, monitor), f"{task} was cancelled and goes on"
        assert client.read(task)["TaskState"] in ENDED

    def _end_of(self, client: Plain, monitor: str) -> None:
        until(lambda: self.promises.look(client, monitor) or None, f"an end of {monitor}")

    def _until_told(self, client: Plain, monitor: str, words: str) -> None:
        task = self.promises.tasks[monitor].task

        def told() -> bool:
            return any(words in message["Message"] for message in client.read(task)["Messages"])

        until(lambda: told() or None, f"{words!r} in {task}")


def _is_reset_of(task: Mapping[str, Any], *resources: str) -> bool:
    return task["Payload"]["TargetUri"] in map(reset_target, resources)
