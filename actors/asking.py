"""How the services ask an actor, and how it is stopped: with a limit, and never for ever."""

import asyncio
import logging
from collections.abc import Awaitable, Coroutine
from typing import Any

import pykka

from actors.runtime import stop_and_wait
from actors.tasks.errors import StoreUnavailableError, TaskmonError

LONGEST_ASK = 30.0
"""Seconds. No handler of the service actors takes long; past this something is stuck."""
LONGEST_STOP = 10.0
"""Seconds for each step of stopping."""

log = logging.getLogger("taskmon.start")


async def ask(ref: pykka.ActorRef[Any], message: Any) -> Any:
    """The actor's answer, or what it raised.

    An answer that is one of our errors is raised here: an actor returns a client's mistake, for what it
    raises is logged with a traceback, as a fault.

    Raises:
        StoreUnavailableError: no answer in time, or the actor is gone because the service is stopping.
    """
    return await sent(ref, message)


def sent(ref: pykka.ActorRef[Any], message: Any) -> Coroutine[Any, Any, Any]:
    """What `ask` does; the message is in the mailbox before this is awaited."""
    return _answer(ref.ask(message, block=False), type(message).__name__)


async def _answer(future: Awaitable[Any], what: str) -> Any:
    try:
        async with asyncio.timeout(LONGEST_ASK):
            answer = await future
    except TimeoutError:
        raise StoreUnavailableError(f"No answer to a {what} within {LONGEST_ASK:.0f} s.") from None
    except pykka.ActorDeadError:
        raise StoreUnavailableError("The service is stopping.") from None
    if isinstance(answer, TaskmonError):
        raise answer
    return answer


async def stop_in_time(ref: pykka.ActorRef[Any]) -> None:
    """Stop the actor; returns when it has stopped, or when that takes too long, which is logged."""
    try:
        async with asyncio.timeout(LONGEST_STOP):
            await stop_and_wait(ref)
    except TimeoutError:
        log.error("%s did not stop within %s s", ref.actor_class.__name__, LONGEST_STOP)
