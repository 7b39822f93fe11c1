"""Holds: one task at a time, first come, first served, whoever gives up or ends in between."""

import asyncio

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from actors.tasks.holds import Holds
from actors.tasks.task import TaskId

KEYS = ["a", "b"]
TASKS = [TaskId(f"task{number}") for number in range(5)]


class HoldsMachine(RuleBasedStateMachine):
    """Holds beside a model of it: for each key the tasks in the order in which they asked."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.holds = Holds()
        self.queues: dict[str, list[TaskId]] = {key: [] for key in KEYS}
        self.asking: dict[tuple[str, TaskId], asyncio.Task[None]] = {}
        self.expected: dict[str, list[TaskId]] = {key: [] for key in KEYS}

    def settle(self) -> None:
        async def passes() -> None:
            for _ in range(5):
                await asyncio.sleep(0)

        self.loop.run_until_complete(passes())

    @rule(key=st.sampled_from(KEYS), task=st.sampled_from(TASKS))
    def ask(self, key: str, task: TaskId) -> None:
        if task not in self.queues[key]:
            self.queues[key].append(task)
            self.asking[key, task] = self.loop.create_task(self.holds.acquire(key, task))
            self.settle()

    @rule(wanted=st.dictionaries(st.sampled_from(KEYS), st.sampled_from(TASKS)))
    def reserve(self, wanted: dict[str, TaskId]) -> None:
        """All of them, or none, and then the first in the way of the first that is not free is named."""
        first = {key: [*self.queues[key], *self.expected[key]][:1] for key in wanted}
        taken = [(key, *found) for key, found in first.items() if found]
        held = self.holds.reserve(wanted)
        if taken:
            assert held is not None
            assert (held.key, held.task_id, held.count) == (*taken[0], len(taken))
        else:
            assert held is None
            for key, task in wanted.items():
                self.expected[key].append(task)

    @rule(key=st.sampled_from(KEYS), task=st.sampled_from(TASKS))
    def expect(self, key: str, task: TaskId) -> None:
        self.holds.expect(key, task)
        if task not in self.expected[key]:
            self.expected[key].append(task)

    @rule(key=st.sampled_from(KEYS), task=st.sampled_from(TASKS))
    def give_up(self, key: str, task: TaskId) -> None:
        asked = self.asking.get((key, task))
        if asked is not None and not asked.done():
            asked.cancel()
            self.queues[key].remove(task)
            self.settle()

    @rule(key=st.sampled_from(KEYS), ender=st.sampled_from(TASKS), quitter=st.sampled_from(TASKS))
    def end_while_the_next_gives_up(self, key: str, ender: TaskId, quitter: TaskId) -> None:
        """The turn and the cancellation come together, in the same pass of the loop."""
        asked = self.asking.get((key, quitter))
        self.holds.release(ender)
        self.forget(ender)
        if asked is not None and not asked.done() and quitter in self.queues[key]:
            asked.cancel()
            self.queues[key].remove(quitter)
        self.settle()

    @rule(task=st.sampled_from(TASKS))
    def end(self, task: TaskId) -> None:
        self.holds.release(task)
        self.forget(task)
        self.settle()

    def forget(self, task: TaskId) -> None:
        """What it holds is let go; where it only waits, it goes on waiting. It is expected nowhere."""
        for expected in self.expected.values():
            if task in expected:
                expected.remove(task)
        for queue in self.queues.values():
            if queue and queue[0] == task:
                queue.pop(0)

    @invariant()
    def the_first_who_asked_holds_and_nobody_else(self) -> None:
        for key, queue in self.queues.items():
            got = [task for task in queue if self.asking[key, task].done()]
            assert got == queue[:1]
            assert self.holds.in_the_way(key, TaskId("another")) == (queue[0] if queue else None)

    def teardown(self) -> None:
        for asked in self.asking.values():
            asked.cancel()
        self.settle()
        self.loop.close()


TestHolds = HoldsMachine.TestCase
TestHolds.settings = settings(max_examples=200, stateful_step_count=30, deadline=None)


async def test_a_task_that_holds_already_need_not_wait() -> None:
    holds = Holds()
    await holds.acquire("a", TASKS[0])
    await holds.acquire("a", TASKS[0])
    assert holds.in_the_way("a", TASKS[0]) is None
