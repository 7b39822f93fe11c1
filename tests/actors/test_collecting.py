"""What lives with the tasks is set aside from the collector, and none of it is kept for good."""

import asyncio
import ctypes
import gc
import os
import weakref
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.runtime import Collecting
from actors.runtime.collecting import give_back


class Link:
    """A part of a cycle."""

    other: "Link"


class Living:
    """How many tasks live, and what time it is, as the test says."""

    number = 0
    seconds = 0.0


@pytest.fixture
def living() -> Living:
    return Living()


@pytest.fixture
async def collecting(living: Living) -> AsyncIterator[Collecting]:
    one = Collecting(lambda: living.number, long=0.0, now=lambda: living.seconds)
    one.start()
    yield one
    one.stop()
    gc.collect()


def cycle() -> tuple[Link, weakref.ref[Link]]:
    link = Link()
    link.other = link
    return link, weakref.ref(link)


async def test_what_outlives_a_long_collection_is_not_looked_at_again(collecting: Collecting) -> None:
    kept = [cycle() for _ in range(100)]
    before = gc.get_freeze_count()
    gc.collect()
    assert gc.get_freeze_count() >= before + len(kept)
    kept.clear()


@pytest.mark.parametrize("generation", [0, 1])
async def test_nor_is_what_outlives_one_of_the_youngest(collecting: Collecting, generation: int) -> None:
    kept = [cycle() for _ in range(100)]
    before = gc.get_freeze_count()
    gc.collect(generation)
    assert gc.get_freeze_count() >= before + len(kept)
    kept.clear()


@pytest.mark.parametrize(("many", "few"), [(100, 0), (100, 25), (10_000, 200)])
async def test_a_cycle_that_was_set_aside_goes_when_few_tasks_live_of_many(
    collecting: Collecting, living: Living, many: int, few: int
) -> None:
    living.number = many
    collecting.look()
    link, seen = cycle()
    gc.collect()
    collecting.look()
    del link
    gc.collect()
    assert seen() is not None  # set aside: a collection does not see that nobody reaches it
    living.seconds = 16.0
    living.number = few + 1 if few else many
    collecting.look()
    assert seen() is not None
    living.number = few
    living.seconds = 14.0
    collecting.look()
    assert seen() is not None
    living.seconds = 16.0
    collecting.look()
    assert seen() is None


async def test_where_a_few_live_all_the_time_not_all_is_looked_at_again_and_again(
    collecting: Collecting, living: Living
) -> None:
    living.number = 3
    collecting.look()
    link, seen = cycle()
    gc.collect()
    del link
    for minute in range(1, 15):
        living.seconds = 60.0 * minute
        collecting.look()
        assert seen() is not None
    living.seconds = 901.0
    collecting.look()
    assert seen() is None
    link, seen = cycle()
    gc.collect()
    del link
    living.seconds = 1000.0
    collecting.look()
    assert seen() is not None


async def test_it_goes_after_a_while_however_many_tasks_live(collecting: Collecting, living: Living) -> None:
    living.number = 100
    link, seen = cycle()
    gc.collect()
    del link
    living.seconds = 899.0
    collecting.look()
    assert seen() is not None
    living.seconds = 901.0
    collecting.look()
    assert seen() is None


async def test_the_young_are_looked_at_all_the_time_while_many_tasks_live(living: Living) -> None:
    living.number = 201
    collecting = Collecting(lambda: living.number)
    collecting.start()
    gone = asyncio.Event()
    try:
        loop = asyncio.get_running_loop()
        gc.set_threshold(0)  # Python would look at none of them for now
        for _ in range(3):
            link, _ = cycle()
            weakref.finalize(link, gone.set)
            del link
            assert not gone.is_set()
            async with asyncio.timeout_at(loop.time() + 30):
                await gone.wait()
            gone.clear()
    finally:
        collecting.stop()


async def test_and_what_outlives_them_is_set_aside_once_it_is_much(
    living: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    collecting = Collecting(lambda: living.number, long=3600.0)
    collecting.start()
    try:
        gc.set_threshold(0)
        kept = [cycle() for _ in range(100)]
        before = gc.get_freeze_count()
        monkeypatch.setattr("actors.runtime.collecting.MUCH", 3600.0)
        collecting.look_at_young()
        assert gc.get_freeze_count() == before
        monkeypatch.setattr("actors.runtime.collecting.MUCH", 0.0)
        collecting.look_at_young()
        assert gc.get_freeze_count() >= before + len(kept)
    finally:
        collecting.stop()


async def test_nothing_stays_set_aside_at_the_end(living: Living) -> None:
    thresholds = gc.get_threshold()
    collecting = Collecting(lambda: living.number)
    collecting.start()
    assert gc.get_freeze_count() > 0
    collecting.stop()
    collecting.stop()
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == thresholds


async def test_free_memory_is_given_back_when_everything_was_looked_at(
    collecting: Collecting, living: Living, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    monkeypatch.setattr("actors.runtime.collecting.give_back", lambda: given.append(living.seconds))
    gc.collect()
    collecting.look()
    assert given == []
    living.seconds = 16.0
    collecting.look()
    assert given == [16.0]


@pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "malloc_trim"),
    reason="only glibc gives back what is free between the rest",
)
def test_what_was_free_between_what_stays_is_given_back() -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    blocks = [bytearray(64 * 1024) for _ in range(2_000)]  # below what glibc maps by itself
    stays = blocks[::16]
    blocks.clear()
    before = resident()
    give_back()
    assert before - resident() > 32 * 1024 * 1024
    assert len(stays) == 125
