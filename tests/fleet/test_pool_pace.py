"""Requests begin a few at a time, in their order, so that the loop has time for others between them."""

import asyncio

import pytest

from fleet.pace import Pace


async def begin(pace: Pace, order: list[int], number: int) -> None:
    await pace.turn()
    order.append(number)


async def test_no_more_begin_in_one_pass_than_allowed_and_all_in_their_order() -> None:
    pace, order, after_each_pass = Pace(per_pass=3), list[int](), list[int]()
    calls = [asyncio.create_task(begin(pace, order, number)) for number in range(10)]
    while not all(call.done() for call in calls):
        await asyncio.sleep(0)
        after_each_pass.append(len(order))
    assert order == list(range(10))
    begun = [later - earlier for earlier, later in zip([0, *after_each_pass], after_each_pass, strict=False)]
    assert max(begun) == 3


async def test_it_rests_when_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    passes = 0
    next_pass = Pace._next_pass

    def counted(self: Pace) -> None:
        nonlocal passes
        passes += 1
        next_pass(self)

    monkeypatch.setattr(Pace, "_next_pass", counted)
    pace = Pace(per_pass=1)
    await asyncio.gather(*(pace.turn() for _ in range(5)))
    for _ in range(20):
        await asyncio.sleep(0)
    assert 4 <= passes <= 6  # one for each that waited, and a last one that finds nobody
    await asyncio.wait_for(pace.turn(), 1)


@pytest.mark.parametrize("who", range(4))
async def test_whoever_gives_up_holds_up_nobody(who: int) -> None:
    pace, order = Pace(per_pass=1), list[int]()
    calls = [asyncio.create_task(begin(pace, order, number)) for number in range(4)]
    await asyncio.sleep(0)
    calls[who].cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    assert [number for number in order if number != who] == [number for number in range(4) if number != who]


async def test_what_goes_on_comes_before_what_begins() -> None:
    pace, order = Pace(per_pass=1), list[str]()

    async def take(name: str, *, first: bool) -> None:
        await pace.turn(first=first)
        order.append(name)

    names = ("first of all", "begins", "begins later", "goes on", "goes on later")
    await asyncio.gather(*(take(name, first=name.startswith("goes")) for name in names))
    assert order == ["first of all", "goes on", "goes on later", "begins", "begins later"]
