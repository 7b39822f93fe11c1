"""What the actor runtime itself may raise, apart from Pykka's own errors."""


class WouldBlockError(RuntimeError):
    """Something that blocks was called on a thread that runs an event loop; the loop would stand still.

    Raised by `get()` of a future (but not with `timeout=0`, which is a poll), and so by a blocking
    `ask()` or `stop()`, by setting an attribute through a proxy and by `ActorRegistry.stop_all()`. Pykka
    sends first and waits afterwards, so the message (of `stop_all()`: the first) is on its way all the same.
    """


class ActorNotStartedError(RuntimeError):
    """An actor could not be started for lack of a loop. It is dead, and not in Pykka's ActorRegistry."""


class HandlerCancelledError(Exception):
    """A handler ended in `asyncio.CancelledError`: it, or something it waited for, was cancelled.

    The asker gets this instead, for a `CancelledError` would look like the asker's own cancellation.
    """
