"""Crashes and planned stops: nothing is lost, nothing is sent twice, what was seen stays true."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from actors import Abort, Health, ResetType, SystemId, Task, TaskState
from actors.operations.reset_checkpoint import ResetCheckpoint, Step
from actors.tasks.ports import Change, Remove, Save
from actors.tasks.states import LIVE, TaskEvent
from store.memory import MemoryStore
from tests.actors.crashing import Crash
from tests.actors.house import ADMIN, House, a_house, order
from tests.actors.scripted import ScriptedServers
from tests.stepping import SteppedServers, SteppedStore

NEVER = -1
SERVERS = ("a:443", "b:443", "c:443")


async def the_story(house: House, seen: dict[str, Task], systems: list[SystemId]) -> None:
    """Two resets after each other, the first in batches, then one that is aborted; all that a client saw."""
    operations = house.actors.operations
    for reset_type, size in ((ResetType.FORCE_RESTART, 2), (ResetType.FORCE_OFF, 0)):
        task = await operations.reset(order(), systems, reset_type, batch_size=size)
        seen[task.id] = task
        seen[task.id] = await house.ended(task)
        for subtask in await house.subtasks(task):
            seen[subtask.id] = subtask
    aborted = await operations.reset(order(), systems, ResetType.ON, batch_size=1, delay=3600)
    seen[aborted.id] = aborted
    await house.until(aborted, lambda found: any("Waiting 3600 s" in m.detail for m in found.messages))
    del seen[aborted.id]  # from here on it may be there or not
    await house.actors.tasks.delete(aborted.id, ADMIN)


async def crashed_at(step: int) -> tuple[MemoryStore, ScriptedServers, dict[str, Task], Crash]:
    """What is left of a service that stopped dead at this step of its story."""
    store, servers, seen = MemoryStore(), ScriptedServers(), dict[str, Task]()
    async with a_house(store, servers) as house:
        systems = await house.add(*SERVERS)
    crash = Crash(step)

    async def life() -> None:
        async with a_house(
            SteppedStore(store, crash.step), SteppedServers(servers, crash.step), settle=0
        ) as house:
            await the_story(house, seen, systems)

    living, died = asyncio.create_task(life()), asyncio.create_task(crash.happened.wait())
    await asyncio.wait({living, died}, return_when=asyncio.FIRST_COMPLETED)
    if step == NEVER:
        await living
    crash.buried.set()
    for one in (living, died):
        one.cancel()
    await asyncio.gather(living, died, return_exceptions=True)
    return store, servers, seen, crash


async def test_a_crash_at_every_step_loses_nothing_and_sends_no_action_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actors.start.LONGEST_STOP", 1)  # a dead service does not stop in order
    _, _, _, unharmed = await crashed_at(NEVER)
    steps = unharmed.steps
    assert steps > 60
    decided: Counter[str] = Counter()
    for step in range(1, steps + 1):
        store, servers, seen, _ = await crashed_at(step)
        async with a_house(store, servers, settle=0, expected_outage=0) as house:
            decided.update(house.actors.counters)
            for task_id, last_seen in seen.items():
                found = await house.actors.tasks.find(task_id, ADMIN)
                if not last_seen.is_live:
                    assert found == last_seen, f"step {step}: a task that was seen as ended has changed"
            for task_id in await house.actors.tasks.list(ADMIN):
                task = await house.actors.tasks.find(task_id, ADMIN)
                if task.input.get("delay") and task.is_live:
                    await house.actors.tasks.delete(task.id, ADMIN)
                    continue
                ended = await house.ended(task)
                subtasks = await house.subtasks(task) if task.subtasks else []
                assert len(subtasks) == task.subtasks, f"step {step}: a subtask is lost"
                assert not [one for one in subtasks if one.is_live], f"step {step}: a parent ended first"
                assert ended.result is not None
            assert await store.live_tasks() == [], f"step {step}: a live record without an actor"
        sent = Counter(heard.task for heard in servers.resets())
        assert set(sent.values()) <= {1}, f"step {step}: an action was sent twice"
    assert {"recovered_going_on", "recovered_asking", "recovered_cancelled"} <= set(decided)


async def interrupted(
    checkpoint: ResetCheckpoint, state: TaskState = TaskState.RUNNING, reset_type: ResetType = ResetType.ON
) -> tuple[MemoryStore, ScriptedServers, Task]:
    """A store with one reset of one server that a crash cut off at this checkpoint."""
    store, servers = MemoryStore(), ScriptedServers()
    async with a_house(store, servers) as house:
        (system,) = await house.add("a:443")
        servers.servers["a:443"].gates["system"] = asyncio.Event()
        arrival = asyncio.create_task(servers.hears("system"))
        task = await house.actors.operations.reset_system(order(), system, reset_type)
        await arrival
        cut = await house.actors.tasks.find(task.id, ADMIN)
        clock = house.clock
    stopped = await store.task(task.id)
    assert stopped is not None
    assert stopped.state is TaskState.INTERRUPTED
    cut = stopped.after(TaskEvent.STARTED, at=clock.now())
    await store.commit(Save(cut))
    if state is TaskState.RUNNING:
        cut = cut.after(TaskEvent.RUN, at=clock.now(), checkpoint=checkpoint.text)
        await store.commit(Save(cut))
    servers.heard.clear()
    del servers.servers["a:443"].gates["system"]
    return store, servers, cut


def told(task: Task) -> str:
    return " ".join(message.text for message in task.messages)


async def test_a_reset_that_had_sent_nothing_goes_on_and_is_sent_once() -> None:
    store, servers, cut = await interrupted(ResetCheckpoint(), TaskState.STARTING)
    async with a_house(store, servers) as house:
        ended = await house.ended(cut)
        assert (ended.state, ended.status) == (TaskState.COMPLETED, Health.OK)
        keys = [message.key for message in ended.messages]
        assert keys.index("TaskResumed") == keys.index("TaskPaused", len(cut.messages)) + 1
        assert "Nothing had been sent" in told(ended)
        assert len(servers.resets()) == 1
        assert house.actors.counters == {"recovered_going_on": 1}


def a_checkpoint(step: Step, servers: ScriptedServers | None = None, monitor: str = "") -> ResetCheckpoint:
    return ResetCheckpoint(
        step=step,
        power="On",
        last_reset="2026-01-01T00:00:00+00:00",
        monitor=monitor,
        since="2026-01-02T03:04:05+00:00",
    )


async def test_an_accepted_reset_is_followed_to_its_effect_with_the_servers_own_task() -> None:
    accepted = a_checkpoint(Step.ACCEPTED, monitor="/monitor")
    store, servers, cut = await interrupted(accepted, reset_type=ResetType.FORCE_RESTART)
    servers.servers["a:443"].monitor = [False, True]
    servers.servers["a:443"].resets = 1  # it restarted meanwhile
    async with a_house(store, servers) as house:
        ended = await house.ended(cut)
        assert (ended.state, ended.status) == (TaskState.COMPLETED, Health.OK)
        assert servers.resets() == []
        assert [heard.what for heard in servers.heard][:1] == ["task_seen"]


@pytest.mark.parametrize("restarted", [True, False])
async def test_an_unanswered_reset_is_never_sent_again_and_ends_by_what_the_server_says(
    restarted: bool,
) -> None:
    sending = a_checkpoint(Step.SENDING)
    store, servers, cut = await interrupted(sending, reset_type=ResetType.FORCE_RESTART)
    servers.servers["a:443"].resets = int(restarted)
    async with a_house(store, servers, expected_outage=0.3) as house:
        assert house.actors.counters == {"recovered_asking": 1}
        ended = await house.ended(cut)
        assert servers.resets() == []
        assert "not sent again" in told(ended)
        if restarted:
            assert (ended.state, ended.status) == (TaskState.COMPLETED, Health.WARNING)
        else:
            assert ended.state is TaskState.EXCEPTION
            assert "unknown" in told(ended)


async def test_what_cannot_be_compared_is_unknown_however_the_server_is() -> None:
    """The checkpoint of an earlier version says that it was sending, and not how the server was before."""
    store, servers, cut = await interrupted(ResetCheckpoint(), reset_type=ResetType.POWER_CYCLE)
    old = cut.after(TaskEvent.NOTED, at=cut.started, checkpoint="sending")
    await store.commit(Save(old))
    async with a_house(store, servers) as house:
        ended = await house.ended(cut)
        assert ended.state is TaskState.EXCEPTION
        assert "unknown" in told(ended)
        assert servers.resets() == []


async def test_a_server_is_held_again_before_another_task_can_have_it() -> None:
    store, servers, cut = await interrupted(a_checkpoint(Step.ACCEPTED))
    servers.servers["a:443"].gates["system"] = asyncio.Event()
    async with a_house(store, servers) as house:
        (system,) = house.actors.fleet.systems()
        next_one = await house.actors.operations.reset_system(order(), system, ResetType.FORCE_OFF)
        waiting = await house.until(next_one, lambda found: found.state is TaskState.PENDING)
        assert cut.id in told(waiting)
        servers.servers["a:443"].gates["system"].set()
        assert (await house.ended(cut)).state is TaskState.COMPLETED
        assert (await house.ended(next_one)).state is TaskState.COMPLETED


@pytest.mark.parametrize("text", ["", "sending", "accepted", "{", '{"step": 3}', "[]", '{"step":"accepted"}'])
def test_a_checkpoint_is_read_whatever_it_is_and_what_is_strange_sends_nothing(text: str) -> None:
    step = ResetCheckpoint.read(text).step
    assert (step is Step.UNSENT) == (text == "")


def test_a_clock_that_went_back_makes_no_time_negative() -> None:
    checkpoint = a_checkpoint(Step.ACCEPTED)
    assert ResetCheckpoint.read(checkpoint.text) == checkpoint
    before = datetime.fromisoformat(checkpoint.since) - timedelta(hours=1)
    assert checkpoint.seconds_since(before) == 0
    assert checkpoint.seconds_since(before + timedelta(hours=2)) == 3600


async def test_an_interrupted_task_can_be_aborted_while_its_server_is_asked() -> None:
    store, servers, cut = await interrupted(a_checkpoint(Step.SENDING))
    servers.servers["a:443"].gates["system"] = asyncio.Event()
    async with a_house(store, servers) as house:
        await house.actors.tasks.delete(cut.id, ADMIN)
        assert await store.live_tasks() == []


def test_every_live_state_has_its_decision() -> None:
    """New states must be thought of here."""
    assert {state.value for state in LIVE} == {
        "New", "Pending", "Starting", "Running", "Interrupted", "Cancelling"
    }  # fmt: skip


async def test_an_abort_that_a_crash_cut_off_says_that_the_servers_own_task_may_go_on() -> None:
    store, servers, cut = await interrupted(a_checkpoint(Step.ACCEPTED, monitor="/monitor"))
    abort = Abort(by="admin", at=cut.started)
    await store.commit(Save(cut.after(TaskEvent.ABORT_BEGUN, at=cut.started, abort=abort)))
    async with a_house(store, servers) as house:
        ended = await house.actors.tasks.find(cut.id, ADMIN)
        assert ended.state is TaskState.CANCELLED
        assert "may still take effect" in told(ended)
        assert house.actors.counters == {"recovered_cancelled": 1}


@pytest.mark.parametrize("state", [TaskState.NEW, TaskState.RUNNING])
async def test_an_operation_that_this_version_does_not_know_ends_the_task_and_not_the_start(
    state: TaskState,
) -> None:
    store, _, cut = await interrupted(ResetCheckpoint())
    await store.commit(Remove(Task, cut.id))
    await store.commit(Save(replace(cut, revision=1, operation="transmute", state=state)))
    async with a_house(store) as house:
        ended = await house.actors.tasks.find(cut.id, ADMIN)
        assert ended.state is TaskState.EXCEPTION
        assert "does not know how to transmute" in told(ended)


async def test_an_abort_while_the_acceptance_is_being_saved_ends_the_servers_own_task() -> None:
    store, servers = MemoryStore(), ScriptedServers()
    async with a_house(store, servers) as house:
        (system,) = await house.add("a:443")
        servers.servers["a:443"].monitor = [False]
        accepted = '"step":"accepted"'
        saving, go = asyncio.Event(), asyncio.Event()
        commit = store.commit

        async def slow_commit(*changes: Change) -> None:
            if any(accepted in getattr(getattr(one, "record", None), "checkpoint", "") for one in changes):
                saving.set()
                await go.wait()
            await commit(*changes)

        store.commit = slow_commit  # type: ignore[method-assign]
        task = await house.actors.operations.reset_system(order(), system, ResetType.FORCE_RESTART)
        await saving.wait()
        removal = asyncio.create_task(house.actors.tasks.delete(task.id, ADMIN))
        for _ in range(20):
            await asyncio.sleep(0)
        go.set()
        await removal
        assert servers.heard[-1].what == "cancel_task"
