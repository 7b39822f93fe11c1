"""Adding and removing servers, and the aggregates that hold their systems."""

import asyncio

import pytest

from actors import (
    ChangedError,
    ConflictError,
    InvalidRequestError,
    NotFoundError,
    PowerState,
    ResetType,
    SystemId,
    TaskState,
    Timeouts,
)
from actors.tasks.errors import ServerRefusedError, ServerTooSlowError
from actors.tasks.task import SEALED
from tests.actors.house import ADMIN, House, a_house, order


async def add(house: House, host: str) -> object:
    return await house.actors.operations.add_server(
        order(), host=host, user_name="root", password="a secret word"
    )


async def test_an_added_server_is_the_tasks_own_answer() -> None:
    async with a_house() as house:
        (system,) = await house.add("bmc7:443")
        (source_id,) = house.actors.fleet.sources()
        source = house.actors.fleet.source(source_id)
        assert (source.host, source.address, source.user_name) == ("bmc7:443", "bmc7:443", "root")
        assert source.systems == (system,)
        assert system == f"{source_id}.1"
        assert (await house.actors.fleet.system(system)).power_state is PowerState.ON


async def test_the_password_is_sealed_and_gone_from_the_ended_task() -> None:
    async with a_house() as house:
        house.servers.add("bmc7:443")
        task = await house.actors.operations.add_server(
            order(), host="bmc7", user_name="root", password="the secret word"
        )
        assert "the secret word" not in str(task)
        ended = await house.ended(task)
        assert SEALED not in ended.input


async def test_a_server_whose_systems_have_one_id_is_not_added(monkeypatch: pytest.MonkeyPatch) -> None:
    async def twice(self: object) -> list[str]:
        return ["/redfish/v1/Systems/1", "/redfish/v1/Systems/1/"]

    monkeypatch.setattr("tests.actors.scripted._OnErrand.system_paths", twice)
    async with a_house() as house:
        house.servers.add("bmc7:443")
        ended = await house.ended(
            await house.actors.operations.add_server(
                order(), host="bmc7", user_name="u", password="a secret word"
            )
        )
        assert ended.state is TaskState.EXCEPTION
        assert "the same Id" in ended.messages[-2].text
        assert house.actors.fleet.systems() == []


async def test_a_server_that_takes_too_long_to_read_is_not_added() -> None:
    async with a_house(add_server=Timeouts(run=0.02)) as house:
        house.servers.add("bmc7:443").gates["system"] = asyncio.Event()
        ended = await house.ended(
            await house.actors.operations.add_server(
                order(), host="bmc7", user_name="u", password="a secret word"
            )
        )
        assert ended.state is TaskState.EXCEPTION
        assert "rang after 0.02 s; bmc7: none of its systems had been read" in ended.messages[-2].text


async def test_a_reset_that_meets_a_removal_is_a_conflict_at_every_moment() -> None:
    async with a_house() as house:
        systems = await house.add(*(f"s{number}:443" for number in range(3)))
        for source, system in zip(list(house.actors.fleet.sources()), systems, strict=True):
            removal = await house.actors.operations.remove_server(order(), source)
            outcomes: set[type[BaseException]] = set()
            while (await house.actors.tasks.find(removal.id, ADMIN)).is_live:
                try:
                    await house.actors.operations.reset(order(), [system], ResetType.ON)
                except (ConflictError, InvalidRequestError) as error:
                    outcomes.add(type(error))
                await asyncio.sleep(0)  # neither a refusal nor a read need wait for anything
            assert outcomes <= {ConflictError, InvalidRequestError}


@pytest.mark.parametrize("same", ["bmc7.", "bmc7", "BMC7:443", "https://bmc7/", " bmc7 "])
async def test_a_host_that_is_there_or_being_added_is_a_conflict(same: str) -> None:
    async with a_house() as house:
        server = house.servers.add("bmc7:443")
        server.gates["system_paths"] = asyncio.Event()
        task = await house.actors.operations.add_server(
            order(), host="bmc7", user_name="root", password="the secret word"
        )
        with pytest.raises(ConflictError, match="being added"):
            await add(house, same)
        server.gates["system_paths"].set()
        await house.ended(task)
        with pytest.raises(ConflictError, match="It is the source"):
            await add(house, same)


async def test_a_server_that_refuses_is_not_added_and_may_be_tried_again() -> None:
    async with a_house() as house:
        server = house.servers.add("bmc7:443")
        server.fails["system_paths"] = lambda: ServerRefusedError("https://bmc7:443/", "No.", 401)
        task = await house.actors.operations.add_server(
            order(), host="bmc7", user_name="root", password="the wrong word"
        )
        ended = await house.ended(task)
        assert ended.state is TaskState.EXCEPTION
        assert ended.result is not None
        assert ended.result.http_status == 400, "neither 401 nor 403: clients would log in anew"
        assert ended.messages[-2].key == "ResourceAtUriUnauthorized"
        assert house.actors.fleet.sources() == []
        assert house.servers.forgotten == ["bmc7:443"]
        server.fails.clear()
        assert len(await house.add("bmc7:443")) == 1


NO_HOSTS = [
    "bm\nc7", "bm\tc7", "[fe80::1%a\x01b]",
    "", "http://bmc7", "bmc7:0", "bmc7:99999", "a b", "bmc7/redfish", "u@bmc7", "1.2.3", "256.1.1.1",
    "[::1", "-bmc", "bmc..x", "b" * 300, "\u00fcn\u00ef",
]  # fmt: skip


@pytest.mark.parametrize("host", NO_HOSTS)
async def test_a_host_that_cannot_be_one_makes_no_task(host: str) -> None:
    async with a_house() as house:
        with pytest.raises(InvalidRequestError) as caught:
            await add(house, host)
        assert caught.value.messages[0].properties == ("HostName",)
        assert await house.actors.tasks.list(ADMIN) == []


async def test_an_address_where_no_server_may_be_makes_no_task() -> None:
    async with a_house() as house:
        with pytest.raises(InvalidRequestError, match="No server may be at this address") as caught:
            await add(house, "169.254.169.254")
        (message,) = caught.value.messages
        assert message.properties == ("HostName",)
        assert message.args == ("169.254.169.254", "HostName")
        assert "fleet.networks" in message.resolution
        assert await house.actors.tasks.list(ADMIN) == []


async def test_removing_a_source_takes_its_systems_out_of_aggregates() -> None:
    async with a_house() as house:
        a, b = await house.add("a:443", "b:443")
        aggregate = await house.actors.fleet.create_aggregate([a, b])
        source = house.actors.fleet.sources()[0]
        ended = await house.ended(await house.actors.operations.remove_server(order(), source))
        assert ended.state is TaskState.COMPLETED
        assert ended.result is not None
        assert ended.result.http_status == 204
        assert house.actors.fleet.systems() == [b]
        assert house.actors.fleet.aggregate(aggregate.id).elements == (b,)
        assert [record.elements for record in await house.store.aggregates()] == [(b,)]
        with pytest.raises(NotFoundError):
            house.actors.fleet.source(source)
        assert len(await house.add("a:443")) == 1


async def test_removing_waits_while_a_task_holds_one_of_its_systems() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        (source,) = house.actors.fleet.sources()
        server = house.servers.servers["a:443"]
        server.gates["reset"] = asyncio.Event()
        arrival = asyncio.create_task(house.servers.hears("reset"))
        reset = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        await arrival
        removal = await house.actors.operations.remove_server(order(), source)
        waiting = await house.until(removal, lambda task: task.state is TaskState.PENDING)
        assert reset.id in waiting.messages[-1].detail
        with pytest.raises(ConflictError):
            await house.actors.operations.remove_server(order(), source)
        with pytest.raises(ConflictError):
            await house.actors.operations.reset_system(order(), system, ResetType.ON)
        server.gates["reset"].set()
        assert (await house.ended(reset)).state is TaskState.COMPLETED
        assert (await house.ended(removal)).state is TaskState.COMPLETED


async def test_a_removal_that_was_aborted_leaves_everything() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        (source,) = house.actors.fleet.sources()
        server = house.servers.servers["a:443"]
        server.gates["reset"] = asyncio.Event()
        arrival = asyncio.create_task(house.servers.hears("reset"))
        reset = await house.actors.operations.reset_system(order(), system, ResetType.ON)
        await arrival
        removal = await house.actors.operations.remove_server(order(), source)
        await house.until(removal, lambda task: task.state is TaskState.PENDING)
        await house.actors.tasks.delete(removal.id, ADMIN)
        server.gates["reset"].set()
        await house.ended(reset)
        assert house.actors.fleet.sources() == [source]
        await house.ended(await house.actors.operations.reset_system(order(), system, ResetType.ON))


# --- aggregates


async def test_elements_come_and_go_in_their_order() -> None:
    async with a_house() as house:
        a, b, c = await house.add("a:443", "b:443", "c:443")
        aggregate = await house.actors.fleet.create_aggregate([b])
        aggregate = await house.actors.fleet.add_elements(aggregate.id, [a, b, c])
        assert aggregate.elements == (b, a, c)
        aggregate = await house.actors.fleet.remove_elements(aggregate.id, [a])
        assert aggregate.elements == (b, c)
        with pytest.raises(InvalidRequestError, match="not an element"):
            await house.actors.fleet.remove_elements(aggregate.id, [c, a])
        with pytest.raises(InvalidRequestError, match="named twice"):
            await house.actors.fleet.remove_elements(aggregate.id, [c, c])
        assert house.actors.fleet.aggregate(aggregate.id).elements == (b, c)
        await house.actors.fleet.delete_aggregate(aggregate.id)
        with pytest.raises(NotFoundError):
            await house.actors.fleet.delete_aggregate(aggregate.id)


async def test_all_mistakes_in_a_list_of_elements_are_told() -> None:
    async with a_house() as house:
        (a,) = await house.add("a:443")
        with pytest.raises(InvalidRequestError) as caught:
            await house.actors.fleet.create_aggregate([a, SystemId("nowhere"), a])
        assert [message.properties for message in caught.value.messages] == [("Elements/1",), ("Elements/2",)]
        assert house.actors.fleet.aggregates() == []


async def test_changes_to_one_aggregate_at_the_same_time_are_all_made() -> None:
    async with a_house() as house:
        systems = await house.add(*(f"s{number}:443" for number in range(12)))
        aggregate = await house.actors.fleet.create_aggregate([])
        await asyncio.gather(*(house.actors.fleet.add_elements(aggregate.id, [s]) for s in systems))
        assert set(house.actors.fleet.aggregate(aggregate.id).elements) == set(systems)


async def test_of_four_changes_by_one_revision_of_an_aggregate_one_is_made() -> None:
    async with a_house() as house:
        systems = await house.add(*(f"s{number}:443" for number in range(4)))
        fleet = house.actors.fleet
        aggregate = await fleet.create_aggregate([])
        outcomes = await asyncio.gather(
            *(fleet.add_elements(aggregate.id, [s], aggregate.revision) for s in systems),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in outcomes) == ["Aggregate", *["ChangedError"] * 3]
        for change in (
            fleet.delete_aggregate(aggregate.id, aggregate.revision),
            fleet.remove_elements(aggregate.id, systems, aggregate.revision),
        ):
            with pytest.raises(ChangedError):
                await change
        assert len(fleet.aggregate(aggregate.id).elements) == 1
        assert house.lost == []


async def test_an_aggregate_without_elements_cannot_be_reset() -> None:
    async with a_house() as house:
        aggregate = await house.actors.fleet.create_aggregate([])
        with pytest.raises(InvalidRequestError, match="no elements"):
            await house.actors.operations.reset_aggregate(order(), aggregate.id, ResetType.ON)


@pytest.mark.parametrize("targets", [[], [SystemId("nowhere")], "twice"])
async def test_targets_that_cannot_be_reset_make_no_task(targets: list[SystemId] | str) -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        named = [system, system] if isinstance(targets, str) else targets
        before = await house.actors.tasks.list(ADMIN)
        with pytest.raises(InvalidRequestError):
            await house.actors.operations.reset(order(), named, ResetType.ON)
        assert await house.actors.tasks.list(ADMIN) == before


# --- looking at a system


async def test_a_system_is_looked_at_only_when_what_is_known_is_old() -> None:
    async with a_house() as house:
        (system,) = await house.add("a:443")
        heard = len(house.servers.heard)
        house.servers.servers["a:443"].power = PowerState.OFF
        assert (await house.actors.fleet.system(system)).power_state is PowerState.ON
        assert len(house.servers.heard) == heard
        house.clock.move(10)
        looks = await asyncio.gather(*(house.actors.fleet.system(system) for _ in range(5)))
        assert {look.power_state for look in looks} == {PowerState.OFF}
        assert len(house.servers.heard) == heard + 1
        assert house.servers.heard[-1].task is None


async def test_a_server_that_does_not_answer_leaves_what_was_last_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("actors.inventory.fleet.LONGEST_LOOK", 0.05)
    async with a_house() as house:
        a, b = await house.add("a:443", "b:443")
        house.servers.servers["a:443"].gates["system"] = asyncio.Event()
        house.servers.servers["b:443"].fails["system"] = lambda: ServerTooSlowError("https://b:443/", "No.")
        house.clock.move(3600)
        for system in (a, b):
            assert (await house.actors.fleet.system(system)).power_state is PowerState.ON
