"""HandlerRun: a coroutine handler under way, driven step by step so that each step is timed."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from pykka import messages


class HandlerRun:
    """The coroutine that a handler returned for this message, on its way to an answer.

    `work` is the `asyncio.Task` that runs it: held here, for the loop's own reference is weak.
    `fatal` is the exit that the coroutine asked for. asyncio would let it out of the loop at once,
    and with the loop gone no other actor could be stopped.
    """

    __slots__ = ("_note", "coroutine", "fatal", "message", "work")

    def __init__(
        self, message: Any, coroutine: Coroutine[Any, Any, Any], note: Callable[[float, Any], None]
    ) -> None:
        self.message = message
        self.coroutine = coroutine
        self.fatal: SystemExit | KeyboardInterrupt | None = None
        self.work: asyncio.Task[Any] | None = None
        self._note = note

    async def run(self) -> Any:
        """What the coroutine returns."""
        return await self

    def __await__(self) -> Generator[Any, None, Any]:
        # `yield from` by hand, with a watch around each step.
        clock = asyncio.get_running_loop().time
        thrown: BaseException | None = None
        while True:
            began = clock()
            try:
                awaited = self.coroutine.send(None) if thrown is None else self.coroutine.throw(thrown)
            except StopIteration as end:
                return end.value
            except (SystemExit, KeyboardInterrupt) as exit_:
                self.fatal = exit_
                return None
            finally:
                self._note(began, self.message)
            thrown = None
            try:
                yield awaited
            except BaseException as error:  # noqa: BLE001  (handed on to the coroutine, whatever it is)
                thrown = error


def name_of(message: Any) -> str:
    """What to call a message in a log: its type, or what is called or read through a proxy."""
    if isinstance(message, messages.ProxyCall | messages.ProxyGetAttr | messages.ProxySetAttr):
        return ".".join(message.attr_path)
    return type(message).__name__
