"""How the services ask an actor: with a limit, and never for ever."""

import asyncio
from typing import Any

import pykka

from actors.tasks.errors import StoreUnavailableError

LONGEST_ASK = 30.0
"""Seconds. No handler of the service actors takes long; past this something is stuck."""


async def ask(ref: pykka.ActorRef[Any], message: Any) -> Any:
    """The actor's answer, or what it raised.

    Raises:
        StoreUnavailableError: no answer in time, or the actor is gone because the service is stopping.
    """
    try:
        async with asyncio.timeout(LONGEST_ASK):
            return await ref.ask(message, block=False)
    except TimeoutError:
        raise StoreUnavailableError(
            f"No answer to a {type(message).__name__} within {LONGEST_ASK:.0f} s."
        ) from None
    except pykka.ActorDeadError:
        raise StoreUnavailableError("The service is stopping.") from None
