"""Resets of many servers: batches, failures, what the parent says, holds, and what a server is asked."""

import asyncio

import pytest

from actors import Health, InvalidRequestError, PowerState, ResetType, TaskState
from actors.tasks.errors import (
    ServerHungUpError,
    ServerRefusedError,
    ServerTaskFailedError,
    ServerTooSlowError,
    ServerUnreachableError,
)
from tests.actors.house import ADMIN, House, LoopTime, a_house, order


async def test_all_well_is_completed_and_ok() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443", "c:443")
        task = await house.actors.operations.reset(order(), systems, ResetType.FORCE_OFF)
        assert (task.state, task.subtasks, task.percent) == (TaskState.NEW, 3, 0)
        ended = await house.ended(task)
        assert (ended.state, ended.status, ended.percent) == (TaskState.COMPLETED, Health.OK, 100)
        assert ended.result is not None
        assert ended.result.http_status == 200
        assert {server.power for server in house.servers.servers.values()} == {PowerState.OFF}
        for subtask in await house.subtasks(task):
            assert (subtask.state, subtask.parent, subtask.percent) == (TaskState.COMPLETED, task.id, 100)
        assert ended.messages[0].key == "TaskStarted"
        assert ended.messages[-1].key == "TaskCompletedOK"


async def test_every_request_carries_the_id_of_its_subtask() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443")
        house.servers.heard.clear()
        task = await house.actors.operations.reset(order(), systems, ResetType.ON)
        await house.ended(task)
        subtasks = [subtask.id for subtask in await house.subtasks(task)]
        for address, subtask in zip(("a:443", "b:443"), subtasks, strict=True):
            assert {h.task for h in house.servers.heard if h.address == address} == {subtask}


async def test_one_failure_makes_the_parent_fail_and_say_which() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443", "c:443")
        house.servers.servers["b:443"].fails["reset"] = lambda: ServerRefusedError(
            "https://b:443/x", "b:443 said no.", 500
        )
        ended = await house.ended(await house.actors.operations.reset(order(), systems, ResetType.FORCE_OFF))
        assert (ended.state, ended.status, ended.percent) == (TaskState.EXCEPTION, Health.CRITICAL, 100)
        assert ended.result is not None
        assert ended.result.http_status == 400
        assert ended.result.messages[0].detail.startswith("one or more of the reset actions failed")
        assert any("1 of 3 servers failed" in message.detail for message in ended.messages)
        subtasks = await house.subtasks(ended)
        assert [s.state for s in subtasks] == [TaskState.COMPLETED, TaskState.EXCEPTION, TaskState.COMPLETED]
        assert subtasks[1].result is not None
        assert subtasks[1].result.http_status == 400
        assert "said no" in subtasks[1].messages[-2].text
        assert house.servers.servers["a:443"].power is PowerState.OFF


async def test_a_batch_begins_when_the_one_before_has_ended() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443", "c:443")
        for server in house.servers.servers.values():
            server.gates["reset"] = asyncio.Event()
        first = asyncio.create_task(house.servers.hears("reset", "a:443"))
        second = asyncio.create_task(house.servers.hears("reset", "b:443"))
        task = await house.actors.operations.reset(order(), systems, ResetType.ON, batch_size=2)
        waiting = (await house.subtasks(task))[2]
        assert waiting.state is TaskState.PENDING
        await asyncio.gather(first, second)
        assert {heard.address for heard in house.servers.resets()} == {"a:443", "b:443"}
        third = asyncio.create_task(house.servers.hears("reset", "c:443"))
        house.servers.servers["a:443"].gates["reset"].set()
        assert [heard.address for heard in house.servers.resets()].count("c:443") == 0
        house.servers.servers["b:443"].gates["reset"].set()
        await third
        house.servers.servers["c:443"].gates["reset"].set()
        ended = await house.ended(task)
        assert ended.state is TaskState.COMPLETED
        assert any("Batch 2 of 2" in message.detail for message in ended.messages)


async def test_a_delay_is_not_waited_for_when_nobody_is_left_to_wait_for_it() -> None:
    """Each subtask of the later batches is aborted by itself: the parent ends with the last of them."""
    async with a_house() as house:
        systems = await house.add("a:443", "b:443", "c:443")
        task = await house.actors.operations.reset(order(), systems, ResetType.ON, batch_size=1, delay=3600)
        await house.until(task, lambda found: any("before batch 2" in m.detail for m in found.messages))
        _, second, third = await house.actors.tasks.subtasks(task.id, ADMIN)
        await house.actors.tasks.cancel(second, ADMIN)
        await house.until(task, lambda found: any("before batch 3" in m.detail for m in found.messages))
        await house.actors.tasks.cancel(third, ADMIN)
        ended = await house.ended(task)
        assert ended.state is TaskState.EXCEPTION
        assert any("2 of 3 servers failed" in message.detail for message in ended.messages)
        begun = [message.detail for message in ended.messages if "begins" in message.detail]
        assert begun == ["Batch 1 of 3 begins: 1 server."]


async def test_two_tasks_on_one_server_take_turns() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        server = house.servers.servers["a:443"]
        server.gates["reset"] = asyncio.Event()
        arrival = asyncio.create_task(house.servers.hears("reset"))
        one = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        await arrival
        two = await house.actors.operations.reset_system(order(), system, ResetType.FORCE_OFF)
        waiting = await house.until(two, lambda task: task.state is TaskState.PENDING)
        assert f"held by task {one.id}" in waiting.messages[-1].detail
        assert len(house.servers.resets()) == 1
        server.gates["reset"].set()
        assert (await house.ended(one)).state is TaskState.COMPLETED
        assert (await house.ended(two)).state is TaskState.COMPLETED
        assert server.power is PowerState.OFF


async def test_a_task_for_one_system_has_no_subtasks() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        task = await house.actors.operations.reset_system(order(), system, ResetType.PAUSE)
        assert task.subtasks == 0
        assert (await house.ended(task)).state is TaskState.COMPLETED


async def test_a_server_that_is_out_of_reach_fails_and_nothing_is_sent() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].fails["system"] = lambda: ServerUnreachableError(
            "https://a:443/", "No connection to a:443."
        )
        ended = await house.ended(await house.actors.operations.reset_system(order(), system, ResetType.ON))
        assert (ended.state, ended.status) == (TaskState.EXCEPTION, Health.CRITICAL)
        assert [m.key for m in ended.messages][-2:] == ["CouldNotEstablishConnection", "TaskAborted"]
        assert house.servers.resets() == []


async def test_a_type_that_only_some_support_fails_there() -> None:
    async with a_house() as house:
        systems = await house.add("a:443", "b:443")
        house.servers.servers["b:443"].types = (ResetType.ON,)
        ended = await house.ended(await house.actors.operations.reset(order(), systems, ResetType.NMI))
        assert ended.state is TaskState.EXCEPTION
        assert [s.state for s in await house.subtasks(ended)] == [TaskState.COMPLETED, TaskState.EXCEPTION]
        assert [heard.address for heard in house.servers.resets()] == ["a:443"]


async def test_a_type_that_none_supports_makes_no_task() -> None:
    async with a_house() as house:
        house.servers.add("a:443")
        systems = await house.add("a:443")
        house.servers.servers["a:443"].types = (ResetType.ON,)
        (system,) = systems
        # What is known is from when it was added; a look renews it.
        house.clock.move(60)
        await house.actors.fleet.system(system)
        before = await house.actors.tasks.list(ADMIN)
        with pytest.raises(InvalidRequestError) as caught:
            await house.actors.operations.reset(order(), systems, ResetType.NMI)
        assert "None of the servers supports it" in caught.value.messages[0].detail
        assert await house.actors.tasks.list(ADMIN) == before


@pytest.mark.parametrize("failure", [ServerTooSlowError, ServerHungUpError])
async def test_an_action_without_an_answer_is_not_sent_again_and_its_effect_decides(
    failure: type[ServerTooSlowError | ServerHungUpError],
) -> None:
    async with a_house(expected_outage=0.5) as house:
        seen, unseen = await house.add("seen:443", "unseen:443")
        took, lost = house.servers.servers["seen:443"], house.servers.servers["unseen:443"]

        def takes_and_breaks() -> ServerTooSlowError | ServerHungUpError:
            took.take(ResetType.FORCE_RESTART)
            return failure("https://seen:443/x", "No answer.")

        took.fails["reset"] = takes_and_breaks
        lost.fails["reset"] = lambda: failure("https://unseen:443/x", "No answer.")
        ended = await house.ended(
            await house.actors.operations.reset(order(), [seen, unseen], ResetType.FORCE_RESTART)
        )
        good, bad = await house.subtasks(ended)
        assert (good.state, good.status) == (TaskState.COMPLETED, Health.WARNING)
        assert (bad.state, bad.status) == (TaskState.EXCEPTION, Health.CRITICAL)
        assert "unknown" in bad.messages[-2].text
        assert len(house.servers.resets()) == 2


@pytest.mark.parametrize(
    ("reset_type", "limit"), [(ResetType.FORCE_RESTART, "0.05 s"), (ResetType.GRACEFUL_RESTART, "0.3 s")]
)
async def test_a_restart_that_was_not_observed_is_told(reset_type: ResetType, limit: str) -> None:
    """What shuts down gracefully is On for a while first: it has the whole outage to be seen otherwise."""
    async with a_house(settle=0.05, expected_outage=0.3) as house:
        (system,) = await house.add("a:443")
        house.servers.servers["a:443"].restarts_seen = False
        ended = await house.ended(await house.actors.operations.reset_system(order(), system, reset_type))
        assert (ended.state, ended.status) == (TaskState.COMPLETED, Health.WARNING)
        assert "not observed" in ended.messages[-1].detail
        assert limit in ended.messages[-1].detail


async def test_a_server_that_never_answered_is_held_for_the_whole_outage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may still take the action on: what waits for the server must not meet it."""
    async with a_house(settle=0.05, expected_outage=60, run_timeout=600) as house:
        (system,) = await house.add("a:443")
        server = house.servers.servers["a:443"]
        server.fails["reset"] = lambda: ServerHungUpError("https://a:443/x", "No answer.")
        time = LoopTime(monkeypatch)
        first = await house.actors.operations.reset_system(order(), system, ResetType.FORCE_RESTART)
        await house.until(first, lambda found: "power state will tell" in str(found.messages))
        second = await house.actors.operations.reset_system(order(), system, ResetType.FORCE_OFF)
        await house.until(second, lambda found: found.state is TaskState.PENDING)
        for _ in range(5):
            looks = asyncio.create_task(house.servers.hears("system"))
            time.move(10)
            await looks
        assert (await house.actors.tasks.find(second.id, ADMIN)).state is TaskState.PENDING
        server.fails.clear()
        time.move(20)
        assert (await house.ended(first)).state is TaskState.EXCEPTION
        assert (await house.ended(second)).state is TaskState.COMPLETED


async def test_the_servers_own_task_is_followed(house_with_monitor: tuple[House, str]) -> None:
    house, system = house_with_monitor
    house.servers.servers["a:443"].monitor = [False, True]
    ended = await house.ended(await house.actors.operations.reset_system(order(), system, ResetType.ON))
    assert ended.state is TaskState.COMPLETED
    assert [heard.what for heard in house.servers.heard].count("task_seen") == 2


async def test_the_servers_own_task_that_fails_fails_ours(house_with_monitor: tuple[House, str]) -> None:
    house, system = house_with_monitor
    house.servers.servers["a:443"].monitor = [
        False,
        ServerTaskFailedError("https://a:443/m", "It is broken."),
    ]
    ended = await house.ended(await house.actors.operations.reset_system(order(), system, ResetType.ON))
    assert ended.state is TaskState.EXCEPTION
    assert "It is broken." in ended.messages[-2].text


async def test_the_servers_own_task_that_vanishes_leaves_it_to_the_power_state(
    house_with_monitor: tuple[House, str],
) -> None:
    house, system = house_with_monitor
    house.servers.servers["a:443"].monitor = [ServerRefusedError("https://a:443/m", "Not there.", 404)]
    ended = await house.ended(await house.actors.operations.reset_system(order(), system, ResetType.ON))
    assert ended.state is TaskState.COMPLETED
    assert any("is gone" in message.detail for message in ended.messages)


async def test_a_monitor_that_says_nothing_for_a_while_is_no_failure(
    house_with_monitor: tuple[House, str],
) -> None:
    house, system = house_with_monitor
    house.servers.servers["a:443"].monitor = [ServerRefusedError("https://a:443/m", "Busy.", 503), True]
    ended = await house.ended(await house.actors.operations.reset_system(order(), system, ResetType.ON))
    assert ended.state is TaskState.COMPLETED


async def test_the_effect_ends_a_reset_whose_own_task_at_the_server_never_does(
    house_with_monitor: tuple[House, str],
) -> None:
    house, system = house_with_monitor
    house.servers.servers["a:443"].monitor = [False]
    task = await house.actors.operations.reset_system(order(), system, ResetType.FORCE_OFF)
    assert (await house.ended(task)).state is TaskState.COMPLETED


async def test_the_run_clock_rings(house_with_monitor: tuple[House, str]) -> None:
    house, system = house_with_monitor
    house.servers.servers["a:443"].monitor = [False]
    ended = await house.ended(await house.actors.operations.reset_system(order(), system, ResetType.ON))
    assert ended.state is TaskState.EXCEPTION
    assert "The run clock rang after 1 s" in ended.messages[-2].text


async def test_the_percentage_of_the_parent_is_that_of_its_subtasks_and_never_falls() -> None:
    async with a_house() as house:
        systems = await house.add(*(f"s{number}:443" for number in range(10)))
        task = await house.actors.operations.reset(order(), systems, ResetType.ON, batch_size=3)
        seen = [0]
        while (now := await house.actors.tasks.find(task.id, ADMIN)).is_live:
            seen.append(now.percent)
            await asyncio.sleep(0)
        assert seen == sorted(seen)
        assert max(seen) < 100
        assert now.percent == 100
        assert len(set(seen)) > 3


async def test_many_failures_keep_the_counts_right_and_the_messages_few() -> None:
    async with a_house() as house:
        systems = await house.add(*(f"s{number}:443" for number in range(200)))
        for server in house.servers.servers.values():
            server.fails["system"] = lambda: ServerUnreachableError("https://s/", "Nobody is there.")
        ended = await house.ended(
            await house.actors.operations.reset(order(), systems, ResetType.ON, batch_size=1)
        )
        assert len(ended.messages) == 100
        assert ended.messages_dropped > 0
        assert any("200 of 200 servers failed" in message.detail for message in ended.messages)
