"""Tasks that want the same servers in different orders: nobody waits for ever, and nobody is overtaken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors import ConflictError, OverwritePolicy, ResetType, SystemId, Task, TaskId
from actors.tasks.holds import Holds
from tests.actors.house import ADMIN, order
from tests.actors.registry_life import Life

ADDRESSES = ("a:443", "b:443", "c:443", "d:443")
LONGEST = 900.0
"""Seconds in which all of them end: nothing hinders them but the others."""


@dataclass(frozen=True)
class Wish:
    """A reset of an aggregate of these servers, in this order, so many seconds after the one before it."""

    places: tuple[int, ...]
    batch_size: int
    delay: int
    pause: float
    aborted_after: float | None
    """Seconds after the last one was asked for; None: it is left to itself."""


WISHES = st.lists(
    st.builds(
        Wish,
        places=st.lists(st.integers(0, len(ADDRESSES) - 1), min_size=1, unique=True).map(tuple),
        batch_size=st.integers(0, 2),
        delay=st.sampled_from([0, 3]),
        pause=st.sampled_from([0.0, 0.1, 1.0]),
        aborted_after=st.sampled_from([None, None, 0.0, 0.5, 5.0]),
    ),
    min_size=2,
    max_size=5,
)
LONG_AND_SHORT = st.lists(st.sampled_from([1, 3, 6]), min_size=len(ADDRESSES), max_size=len(ADDRESSES))


@pytest.fixture(scope="module")
def asked() -> Iterator[list[tuple[str, TaskId]]]:
    """Which task asked to hold which system, in the order of asking."""
    asked: list[tuple[str, TaskId]] = []
    acquire = Holds.acquire

    async def noted(holds: Holds, key: str, task_id: TaskId) -> None:
        asked.append((key, task_id))
        await acquire(holds, key, task_id)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Holds, "acquire", noted)
        yield asked


@settings(max_examples=60, deadline=None, derandomize=True)
@given(wishes=WISHES, looks=LONG_AND_SHORT)
def test_all_end_and_each_server_is_had_in_the_order_in_which_it_was_asked_for(
    asked: list[tuple[str, TaskId]], wishes: Sequence[Wish], looks: Sequence[int]
) -> None:
    """`looks` is how often each server's own task is asked about before it has ended, in the first reset."""
    asked.clear()
    life = Life(OverwritePolicy.OLDEST, max_retained=100)
    try:
        systems = life.ask(lambda: life.house.add(*ADDRESSES))
        assert isinstance(systems, list)
        for address, number in zip(ADDRESSES, looks, strict=True):
            server = life.servers.servers[address]
            server.monitor, server.restarts_seen = [*[False] * number, True], False
        tasks = [ordered(life, systems, wish) for wish in wishes]
        abort_some(life, wishes, tasks)
        life.pass_time(LONGEST)
        assert [task for task in life.store.tasks_now.values() if task.is_live] == []
        assert life.store.complaints == []
        recorded = life.store.tasks_now.keys()
        for address, system in zip(ADDRESSES, systems, strict=True):
            heard = (one.task for one in life.servers.heard if one.address == address)
            served = list(dict.fromkeys(task for task in heard if task in {who for _, who in asked}))
            assert served == [who for key, who in asked if key == system and who in served]
            assert set(served) <= recorded
    finally:
        life.close()


def ordered(life: Life, systems: Sequence[SystemId], wish: Wish) -> Task:
    life.pass_time(wish.pause)
    wanted = [systems[place] for place in wish.places]
    task = life.ask(
        lambda: life.house.actors.operations.reset(
            order(), wanted, ResetType.FORCE_RESTART, batch_size=wish.batch_size, delay=wish.delay
        )
    )
    assert isinstance(task, Task), task
    return task


def abort_some(life: Life, wishes: Sequence[Wish], tasks: Sequence[Task]) -> None:
    """Each at its time; one that has ended by then cannot be aborted any more."""
    passed = 0.0
    aborts = [(wish.aborted_after, task) for wish, task in zip(wishes, tasks, strict=True)]
    for after, task in sorted(
        (pair for pair in aborts if pair[0] is not None), key=lambda pair: pair[0] or 0
    ):
        life.pass_time((after or 0) - passed)
        passed = after or 0
        answer = life.ask(partial(life.house.actors.tasks.cancel, task.id, ADMIN))
        assert answer is None or isinstance(answer, ConflictError)
