"""Describes actors for whoever looks into a running service: what waits, and what they wait for."""

from collections.abc import Iterable, Iterator
from typing import Any

from pykka import ActorRef

from actors.runtime.handler_run import name_of
from actors.runtime.loop_actor import LoopActor


def describe_actors(refs: Iterable[ActorRef[Any]]) -> str:
    """A text for SIGUSR1: a line for each actor, in the order given, with what it is the actor of, where it
    says so, and how many messages wait.

    Below it the stacks of the coroutine handler that it waits for and of its child work, if any. To
    be called on the loop's thread, so that nothing moves meanwhile.
    """
    return "\n".join(line for ref in refs for line in _describe(ref))


def _describe(ref: ActorRef[Any]) -> Iterator[str]:
    actor = ref._actor_weakref()
    if actor is None or not ref.is_alive():
        yield f"{ref}: dead"
    elif isinstance(actor, LoopActor):
        about = f"{told}, " if (told := actor.about()) else ""
        yield f"{ref}: {about}{len(actor.actor_inbox)} waiting"
        if (run := actor._handler_run) is not None:
            yield f"  handles {name_of(run.message)}"
            yield from _stack(run.coroutine)
        for child in actor.child_work():
            yield f"  child {child.get_name()}"
            yield from _stack(child.get_coro())
    else:
        yield f"{ref}: on a thread of its own"


def _stack(awaited: Any) -> Iterator[str]:
    """Where a suspended coroutine stands: its own line, then that of what it awaits, down to the last."""
    while awaited is not None:
        frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
        if frame is None:
            yield f"    awaits {awaited!r}"
            return
        yield f"    {frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_qualname}"
        awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
