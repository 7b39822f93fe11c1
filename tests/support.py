"""Shared by the tests: waiting for what has no event of its own, and lacking what a test needs."""

import asyncio
import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

import pytest

T = TypeVar("T")


async def eventually(check: Callable[[], T], within: float = 5.0) -> T:
    """What `check` returns once it stops failing with AssertionError; its last complaint when time is up.

    For what has no event to wait for, such as another process; `within` is in seconds.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while True:
        try:
            return check()
        except AssertionError:
            if loop.time() > deadline:
                raise
        await asyncio.sleep(0.01)


def lacking(what: str) -> NoReturn:
    """Skip the running test because `what` is not here; with CI set in the environment, fail it instead."""
    if os.environ.get("CI"):
        pytest.fail(f"CI must have it: {what}", pytrace=False)
    pytest.skip(what)


@contextmanager
def uncollected() -> Iterator[None]:
    """While this lasts Python frees only what nothing refers to: what refers to itself stays."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
