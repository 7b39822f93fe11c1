"""Which request something is done for: an id that goes along through coroutines, and with messages to actors.

A coroutine and whatever it starts have it by themselves; an actor has, with each message, that of
whoever sent it.
"""

import re
import secrets
from contextvars import ContextVar
from typing import Final

REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="")
"""Of the request that caused what is being done; empty where none did."""

_SANE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]{0,127}")


def request_id_for(given: str | None) -> str:
    """The id that the client gave, if it can stand in a line of the log as it is; else a new one."""
    if given is not None and _SANE.fullmatch(given):
        return given
    return secrets.token_hex(8)
