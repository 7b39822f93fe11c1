"""How the services ask an actor: with a limit, and never for ever."""

import asyncio
from typing import Any

import pykka

from actors.tasks.errors import StoreUnavailableError, TaskmonError

LONGEST_ASK = 30.0
"""Seconds. No handler of the service actors takes long; past this something is stuck."""


async def ask(ref: pykka.ActorRef[Any], message: Any) -> Any:
    """The actor's answer, or what it raised.

    An answer that is one of our errors is raised here: an actor returns a client's mistake, for what it
    raises is logged with a traceback, as a fault.

    Raises:
        StoreUnavailableError: no answer in time, or the actor is gone because the service is stopping.
    """
    try:
        async with asyncio.timeout(LONGEST_ASK):
            answer = await ref.ask(message, block=False)
    except TimeoutError:
        raise StoreUnavailableError(
            f"No answer to a {type(message).__name__} within {LONGEST_ASK:.0f} s."
        ) from None
    except pykka.ActorDeadError:
        raise StoreUnavailableError("The service is stopping.") from None
    if isinstance(answer, TaskmonError):
        raise answer
    return answer
