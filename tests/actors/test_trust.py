"""A source's own trust: it goes with every request to its server, and can be changed."""

import pytest

from actors import AS_SET, ChangedError, NotFoundError, ResetType, Source, SourceChange, Trust
from actors.tasks.ports import Errand, Login
from tests.actors.house import a_house, order
from tests.actors.scripted import ScriptedServers, _OnErrand

PIN = "ab" * 32


class Doors(ScriptedServers):
    """Writes down how each request was to get in."""

    def __init__(self) -> None:
        super().__init__()
        self.logins: list[Login] = []

    def at(self, login: Login, errand: Errand) -> _OnErrand:
        self.logins.append(login)
        return super().at(login, errand)


async def test_it_goes_with_every_request_and_is_kept_with_the_source() -> None:
    doors = Doors()
    async with a_house(servers=doors) as house:
        doors.add("a:443")
        trust = Trust(verify=False, pin=PIN)
        task = await house.ended(
            await house.actors.operations.add_server(
                order(), host="a:443", user_name="root", password="secret", trust=trust
            )
        )
        assert task.result is not None
        assert isinstance(task.result.source, Source)
        assert task.result.source.trust == trust
        (system,) = task.result.source.systems
        await house.ended(await house.actors.operations.reset_system(order(), system, ResetType.ON))
        house.clock.move(60)
        await house.actors.fleet.system(system)
        assert {login.trust for login in doors.logins} == {trust}


async def test_a_change_counts_from_the_next_request_on() -> None:
    doors = Doors()
    async with a_house(servers=doors) as house:
        (system,) = await house.add("a:443")
        (source_id,) = house.actors.fleet.sources()
        assert house.actors.fleet.source(source_id).trust == AS_SET
        change = SourceChange(user_name="root2", password="new secret", verify=True, pin=PIN)
        changed = await house.actors.fleet.change_source(source_id, change, revision=1)
        assert (changed.revision, changed.user_name, changed.trust) == (
            2,
            "root2",
            Trust(verify=True, pin=PIN),
        )
        house.clock.move(60)
        await house.actors.fleet.system(system)
        last = doors.logins[-1]
        assert (last.user_name, last.password, last.trust) == ("root2", "new secret", changed.trust)
        with pytest.raises(ChangedError):
            await house.actors.fleet.change_source(source_id, SourceChange(pin=""), revision=1)
        without = await house.actors.fleet.change_source(source_id, SourceChange(pin=""))
        assert without.trust == Trust(verify=True)
        as_set = await house.actors.fleet.change_source(source_id, SourceChange(verify_as_set=True))
        assert as_set.trust == AS_SET
        with pytest.raises(NotFoundError):
            await house.actors.fleet.change_source("none", SourceChange(pin=""))
        assert (await house.store.sources()) == [as_set]
