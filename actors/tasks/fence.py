"""The fence between a task and the servers: once it is up, no request of the task leaves any more."""

from actors.tasks.errors import FencedError


class Fence:
    """Up for good once raised. A subtask's is up as soon as its parent's is: an abort of ten thousand
    subtasks takes effect at once, before each of them has heard of it."""

    __slots__ = ("_parent", "_up")

    def __init__(self, parent: "Fence | None" = None) -> None:
        self._parent = parent
        self._up = False

    @property
    def is_up(self) -> bool:
        return self._up or (self._parent is not None and self._parent.is_up)

    def put_up(self) -> None:
        """Hold everything back from now on."""
        self._up = True

    def permit(self) -> None:
        """Raises FencedError once the fence is up; to be called immediately before a request leaves."""
        if self.is_up:
            raise FencedError("The task has been stopped: no more requests go out for it.")
