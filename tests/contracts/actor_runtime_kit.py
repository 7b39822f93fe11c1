"""What the tests of the actor runtime share: an actor that does as it is told, and a clean end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from pykka import ActorRegistry

from actors.runtime import LoopActor, LoopFuture, stop_all_listed

PATIENCE = 10.0
"""Seconds; what takes longer hangs."""


class Doer(LoopActor):
    """Each message is a function of the actor, and its return value the answer."""

    def on_receive(self, message: Callable[["Doer"], Any]) -> Any:
        return message(self)


def kind_of_doer(**members: Any) -> type[Doer]:
    """A class of Doers with these members besides."""
    return type("Kind", (Doer,), members)


def nothing(_: Doer) -> None:
    """A message that asks for nothing."""


async def passes(count: int) -> None:
    """So many passes of the loop. Who blocks it meanwhile is found out: this never returns."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.fixture(autouse=True)
async def leaves_nothing_behind() -> AsyncIterator[None]:
    """After each test the actors stop, Pykka's ActorRegistry is empty and nothing is pending."""
    yield
    assert await stop_all_listed(PATIENCE) == []
    assert ActorRegistry.get_all() == []
    assert asyncio.all_tasks() == {asyncio.current_task()}


@contextlib.contextmanager
def a_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop of one's own, that runs only when it is made to."""
    loop = asyncio.new_event_loop()
    try:
        yield loop
    finally:
        loop.close()


def one_pass(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_until_complete(asyncio.sleep(0))


async def value_of(future: LoopFuture[Any]) -> Any:
    return await future
