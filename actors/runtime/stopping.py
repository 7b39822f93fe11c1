"""Stopping actors from a coroutine: one, or all that are listed, the newest first."""

import asyncio
import logging
from typing import Any

from pykka import ActorDeadError, ActorRef, ActorRegistry
from pykka.messages import _ActorStop

from actors.runtime.loop_future import LoopFuture

log = logging.getLogger("taskmon.runtime")


async def stop_and_wait(ref: ActorRef[Any]) -> bool:
    """Ask an actor to stop, and wait until it has; False if it was dead already.

    What was sent before is handled first. Set a limit with `asyncio.timeout()`; giving up does not
    take the request back. Does what `await ref.stop(block=False)` does, without its thread.
    """
    try:
        await LoopFuture.of(ref.ask(_ActorStop(), block=False))
    except ActorDeadError:
        return False
    return True


async def stop_all_listed(limit: float) -> list[ActorRef[Any]]:
    """Stop the actors in Pykka's ActorRegistry one after the other, the newest first.

    Each gets `limit` seconds. Returns those that had not stopped by then, and logs each as an error;
    their requests to stop stand. `ActorRegistry.stop_all()` promises this order only when it blocks.
    """
    left_over = []
    for ref in reversed(ActorRegistry.get_all()):
        try:
            async with asyncio.timeout(limit):
                await stop_and_wait(ref)
        except TimeoutError:
            left_over.append(ref)
            log.error(
                "%s did not stop within %s s; the others are stopped without waiting for it", ref, limit
            )
    return left_over
