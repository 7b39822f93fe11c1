"""What the tests of the actors share: Pykka's ActorRegistry is empty after each."""

from collections.abc import AsyncIterator, Iterator

import pykka
import pytest

from tests.actors.house import House, a_house


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    yield
    assert pykka.ActorRegistry.get_all() == []


@pytest.fixture
async def house_with_monitor() -> AsyncIterator[tuple[House, str]]:
    """A house with one server, which runs a task of its own for each action; the run clock is at 1 s."""
    async with a_house(run_timeout=1) as house:
        (system,) = await house.add("a:443")
        yield house, system
