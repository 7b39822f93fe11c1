"""TaskRegistry and all below it, driven at random: after every step the promises of the design hold."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from actors import (
    ConflictError,
    MaxFailures,
    NoRoomError,
    NotFoundError,
    OverwritePolicy,
    PowerState,
    ResetType,
    StoreUnavailableError,
    SystemId,
    Task,
    TaskId,
    TaskState,
)
from actors.tasks import beginnings, registry
from actors.tasks.errors import (
    ServerError,
    ServerHungUpError,
    ServerRefusedError,
    ServerTaskFailedError,
    ServerTooSlowError,
    ServerUnreachableError,
)
from actors.tasks.ports import Change
from tests.actors.failing_store import once
from tests.actors.house import ADMIN, order
from tests.actors.registry_life import KEPT_MINUTES, CrashedError, Life

pytestmark = pytest.mark.timeout(480)  # of its own time; beside other work it takes minutes

ADDRESSES = ("a:443", "b:443", "c:443", "d:443")
LONGEST_LIFE = 900.0
"""Seconds in which every task ends that nobody holds up any more."""

ERRORS: dict[str, Callable[[], ServerError]] = {
    "refuses": lambda: ServerRefusedError("https://server/x", "It said no.", 500),
    "hangs up": lambda: ServerHungUpError("https://server/x", "It hung up."),
    "is too slow": lambda: ServerTooSlowError("https://server/x", "It did not answer."),
    "is not there": lambda: ServerUnreachableError("https://server/x", "Nobody is there."),
}
TASK_FAILED = ServerTaskFailedError("https://server/monitor", "Its task failed.")
SERVERS = st.sampled_from(ADDRESSES)
ASKED = st.sampled_from(["system", "reset", "task_ended", "cancel_task"])
TYPES = st.sampled_from(
    [ResetType.ON, ResetType.FORCE_OFF, ResetType.FORCE_RESTART, ResetType.GRACEFUL_SHUTDOWN, ResetType.NMI]
)
PICKS = st.integers(0, 40)
ANY_COMMIT: Callable[[tuple[Change, ...]], bool] = bool


class RegistryMachine(RuleBasedStateMachine):
    """Clients, servers, clocks, the disk and the process itself do what they like."""

    @initialize(
        policy=st.sampled_from(OverwritePolicy),
        max_retained=st.integers(len(ADDRESSES), 7),
        at_once=st.integers(1, len(ADDRESSES)),
        in_a_turn=st.integers(1, 1 + len(ADDRESSES)),
    )
    def begin(self, policy: OverwritePolicy, max_retained: int, at_once: int, in_a_turn: int) -> None:
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(beginnings, "AT_ONCE", at_once)
        self.patch.setattr(registry, "ENTERED_IN_A_TURN", in_a_turn)
        self.seen: dict[TaskId, Task] = {}
        self.life = Life(policy, max_retained)
        added = self.life.ask(lambda: self.life.house.add(*ADDRESSES))
        assert isinstance(added, list)
        self.systems: list[SystemId] = added
        self.delete_all_ended()

    # --- small things

    @property
    def records(self) -> dict[TaskId, Task]:
        return self.life.store.tasks_now

    def picked(self, pick: int, *, top_level: bool = False) -> Task | None:
        tasks = [task for task in self.records.values() if not top_level or task.parent is None]
        live = [task for task in tasks if task.is_live]
        if live and pick % 2:
            tasks = live
        return tasks[pick // 2 % len(tasks)] if tasks else None

    def is_due(self, task: Task) -> bool:
        kept = self.life.clock.now() - self.life.rules.kept
        return task.parent is None and task.ended is not None and task.ended <= kept

    def ids_below(self, task: Task) -> set[TaskId]:
        return {one.id for one in self.life.store.below(task.id)}

    # --- clients

    @rule(
        places=st.lists(st.integers(0, len(ADDRESSES) - 1), min_size=1, unique=True),
        reset_type=TYPES,
        batch_size=st.integers(0, 2),
        delay=st.sampled_from([0, 5]),
        max_failures=st.sampled_from([None, MaxFailures(1), MaxFailures(50, percent=True)]),
        stuck=st.sampled_from(["", "system", "reset"]),
    )
    def reset(
        self,
        places: list[int],
        reset_type: ResetType,
        batch_size: int,
        delay: int,
        max_failures: MaxFailures | None,
        stuck: str,
    ) -> None:
        if stuck:  # so that there is live work, for the other rules to meet
            self.a_server_does_not_answer(ADDRESSES[places[0]], stuck)
        systems = [self.systems[place] for place in places]
        self.submit(
            lambda: self.life.house.actors.operations.reset(
                order(), systems, reset_type, batch_size=batch_size, delay=delay, max_failures=max_failures
            ),
            len(systems),
        )

    @rule(place=st.integers(0, len(ADDRESSES) - 1), reset_type=TYPES)
    def reset_one(self, place: int, reset_type: ResetType) -> None:
        system = self.systems[place]
        self.submit(lambda: self.life.house.actors.operations.reset_system(order(), system, reset_type), 0)

    def submit(self, request: Callable[[], Coroutine[Any, Any, Task]], subtasks: int) -> None:
        """It is refused exactly when there is no room and none can be made; else it is there, durably."""
        there = [task for task in self.records.values() if task.parent is None]
        may_go = [
            task
            for task in there
            if self.is_due(task) or (self.life.rules.policy is OverwritePolicy.OLDEST and not task.is_live)
        ]
        with suppress(CrashedError):
            answer = self.life.ask(request)
            if len(there) >= self.life.rules.max_retained and not may_go:
                assert isinstance(answer, NoRoomError), answer
            else:
                assert isinstance(answer, Task), answer
                assert answer.id in self.records
                assert len(self.life.store.below(answer.id)) == subtasks

    @rule(pick=PICKS)
    def delete(self, pick: int) -> None:
        """Of a live task it is an abort, after whose answer its tasks send nothing: they have ended."""
        task = self.picked(pick)
        if task is None:
            return
        if task.parent is None:
            self.life.rules.asked.add(task.id)
        with suppress(CrashedError):
            answer = self.life.ask(lambda: self.life.house.actors.tasks.delete(task.id, ADMIN))
            if task.parent is None:
                assert answer is None or (self.life.asked_again and isinstance(answer, NotFoundError))
                assert self.records.keys().isdisjoint({task.id, *self.ids_below(task)})
            elif task.is_live:
                assert answer is None or (self.life.asked_again and isinstance(answer, ConflictError))
                assert not self.records[task.id].is_live
            else:
                assert isinstance(answer, ConflictError)

    @rule(pick=PICKS, others=st.integers(1, 3))
    def delete_several_times_at_once(self, pick: int, others: int) -> None:
        task = self.picked(pick, top_level=True)
        if task is None:
            return
        self.life.rules.asked.add(task.id)
        delete = self.life.house.actors.tasks.delete

        async def all_at_once() -> list[BaseException | None]:
            deletions = (delete(task.id, ADMIN) for _ in range(1 + others))
            return await asyncio.gather(*deletions, return_exceptions=True)

        with suppress(CrashedError):
            answers = self.life.ask(all_at_once)
            assert isinstance(answers, list)
            if not any(isinstance(answer, StoreUnavailableError) for answer in answers):
                assert answers[0] is None
                assert {type(answer) for answer in answers} <= {type(None), NotFoundError}
                assert task.id not in self.records

    @rule(pick=PICKS)
    def cancel(self, pick: int) -> None:
        """The records stay, with who and why, unless the task came to an end of its own."""
        task = self.picked(pick)
        if task is None:
            return
        with suppress(CrashedError):
            answer = self.life.ask(
                lambda: self.life.house.actors.tasks.cancel(task.id, ADMIN, "It must stop.")
            )
            found = self.records[task.id]
            assert not found.is_live
            if answer is None:
                assert found.state is TaskState.CANCELLED
                assert found.abort is not None
            else:
                assert isinstance(answer, ConflictError)
                assert (
                    not task.is_live
                    or found.abort is None
                    or found.state is not TaskState.CANCELLED
                    or self.life.asked_again
                )

    @rule()
    def delete_all_ended(self) -> None:
        """What ends meanwhile may go as well."""
        top = {task.id: task for task in self.records.values() if task.parent is None}
        self.life.rules.asked |= top.keys()
        with suppress(CrashedError):
            assert self.life.ask(lambda: self.life.house.actors.tasks.delete_ended(ADMIN)) is None
            assert self.records.keys().isdisjoint(
                task_id for task_id, task in top.items() if not task.is_live
            )
        self.life.rules.asked -= self.records.keys()

    # --- servers

    @rule(address=SERVERS, what=ASKED)
    def a_server_does_not_answer(self, address: str, what: str) -> None:
        self.life.servers.servers[address].gates.setdefault(what, asyncio.Event())

    @rule(address=SERVERS, what=ASKED, how=st.sampled_from(sorted(ERRORS)))
    def a_server_fails(self, address: str, what: str, how: str) -> None:
        self.life.servers.servers[address].fails[what] = ERRORS[how]

    @rule(address=SERVERS)
    def a_server_answers_again(self, address: str) -> None:
        server = self.life.servers.servers[address]
        for gate in server.gates.values():
            gate.set()
        server.gates.clear()
        server.fails.clear()
        self.life.end_step()

    @rule(address=SERVERS, goes=st.sampled_from([False, True, TASK_FAILED]))
    def a_server_runs_tasks_of_its_own(self, address: str, goes: bool | ServerError) -> None:
        """They go on (False), have ended (True), or have failed."""
        self.life.servers.servers[address].monitor = [goes]

    @rule(address=SERVERS, power=st.sampled_from([PowerState.ON, PowerState.OFF]))
    def somebody_switches_a_server(self, address: str, power: PowerState) -> None:
        self.life.servers.servers[address].power = power

    # --- time, the disk, the process

    @rule(seconds=st.sampled_from([0.3, 6.0, 45.0]))
    def time_passes(self, seconds: float) -> None:
        self.life.pass_time(seconds)

    @rule(minutes=st.sampled_from([-90, -1, 10, KEPT_MINUTES]))
    def the_clock_is_moved(self, minutes: int) -> None:
        """What is due by it goes, and nothing else does."""
        self.life.clock.move(minutes * 60)
        due = {task.id for task in self.records.values() if self.is_due(task)}
        with suppress(CrashedError):
            assert self.life.ask(self.life.house.actors.retention.sweep) is None
            assert self.records.keys().isdisjoint(due)

    @rule(kept=st.booleans())
    def the_disk_fails_once(self, kept: bool) -> None:
        """At the next commit; whether it was stored is not known."""
        fails = once(ANY_COMMIT)
        if kept:
            self.life.store.stores_and_refuses = fails
        else:
            self.life.store.refuses = fails

    @rule()
    def the_service_crashes(self) -> None:
        self.life.crash.soon(0)
        self.life.end_step()

    @rule(steps=st.integers(1, 12))
    def the_service_will_crash(self, steps: int) -> None:
        self.life.crash.soon(steps)

    @rule(grace=st.sampled_from([0.0, 2.0]))
    def the_service_is_restarted(self, grace: float) -> None:
        with suppress(CrashedError):
            self.life.stop(grace)

    @rule()
    def everything_comes_to_its_end(self) -> None:
        """Nothing runs for ever."""
        for address in ADDRESSES:
            self.life.servers.servers[address].monitor[:] = (
                [True] if self.life.servers.servers[address].monitor else []
            )
            self.a_server_answers_again(address)
        self.life.pass_time(LONGEST_LIFE)
        assert [task for task in self.records.values() if task.is_live] == []

    # --- what holds after every step

    @invariant()
    def no_promise_was_broken_on_the_way(self) -> None:
        complaints = self.life.store.complaints
        assert complaints == []

    @invariant()
    def what_a_client_has_seen_as_ended_is_still_so(self) -> None:
        records = self.records
        for task_id, seen in self.seen.items():
            assert records.get(task_id, seen) == seen
        self.seen = {task_id: task for task_id, task in records.items() if not task.is_live}

    @invariant()
    def every_live_record_has_one_actor_and_every_actor_a_live_record(self) -> None:
        owned = sorted((actor._task for actor in self.life.actors()), key=lambda task: task.id)
        live = sorted((task for task in self.records.values() if task.is_live), key=lambda task: task.id)
        assert owned == live

    @invariant()
    def the_store_is_what_the_registry_says(self) -> None:
        tasks, records = self.life.house.actors.tasks, self.records

        async def found() -> dict[TaskId, Task]:
            return {task_id: await tasks.find(task_id, ADMIN) for task_id in records}

        shown = {task_id: task.seen_by(ADMIN) for task_id, task in records.items()}
        assert self.life.loop.complete(found()) == shown
        top = {task.id for task in records.values() if task.parent is None}
        assert set(self.life.loop.complete(tasks.list(ADMIN))) == top
        assert len(top) <= self.life.rules.max_retained

    @invariant()
    def a_parent_ends_with_the_last_of_its_subtasks(self) -> None:
        for parent in self.records.values():
            below = self.life.store.below(parent.id)
            assert len(below) == parent.subtasks
            if below:
                assert parent.is_live == any(task.is_live for task in below)

    @invariant()
    def a_live_parent_is_as_far_as_its_subtasks(self) -> None:
        """After a restart it may be behind, until they go on."""
        for parent in self.records.values():
            below = self.life.store.below(parent.id)
            if parent.is_live and below:
                percent = min(99, sum(task.percent for task in below) // len(below))
                assert parent.percent <= percent
                assert parent.percent == percent or parent.id in self.life.adopted

    @invariant()
    def servers_are_held_and_waited_for_by_live_tasks_alone(self) -> None:
        holds = self.life.holds
        if holds is None:
            return
        for system in self.systems:
            holder = holds.in_the_way(system, TaskId("nobody"))
            assert holder is None or self.records[holder].is_live
            for waiting in holds._queues.get(system, ()):
                assert self.records[waiting].is_live

    def teardown(self) -> None:
        if hasattr(self, "life"):
            self.life.close()
            self.patch.undo()


TestRegistry = RegistryMachine.TestCase
TestRegistry.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, derandomize=True, print_blob=False
)
