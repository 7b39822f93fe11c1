"""Pykka's actors on the event loop: one thread, handlers that may await, abort by cancellation."""

from actors.runtime.collecting import Collecting
from actors.runtime.errors import ActorNotStartedError, HandlerCancelledError, WouldBlockError
from actors.runtime.listing import describe_actors
from actors.runtime.loop_actor import MESSAGES_PER_TURN, LoopActor
from actors.runtime.loop_future import LoopFuture
from actors.runtime.mailbox import Mailbox
from actors.runtime.proxies import proxy_coroutine
from actors.runtime.stopping import stop_all_listed, stop_and_wait
from actors.runtime.watchdog import Watchdog

__all__ = [
    "MESSAGES_PER_TURN",
    "ActorNotStartedError",
    "Collecting",
    "HandlerCancelledError",
    "LoopActor",
    "LoopFuture",
    "Mailbox",
    "Watchdog",
    "WouldBlockError",
    "describe_actors",
    "proxy_coroutine",
    "stop_all_listed",
    "stop_and_wait",
]
