"""How a request is refused whose servers are busy, where the settings say that nobody waits for a server."""

from actors.access.records import Viewer
from actors.inventory.records import SystemId
from actors.tasks.errors import BusyError
from actors.tasks.holds import HeldError
from actors.tasks.messages import ANOTHER_TASK
from actors.tasks.task import Task
from actors.uris import system_uri


def busy(held: HeldError, task: Task | None, viewer: Viewer) -> BusyError:
    """The refusal for this viewer. `task` is the one in the way, or None where it is not known (any more)."""
    name = ANOTHER_TASK if task is None else task.mention.named_for(viewer)
    others = held.count - 1
    more = f", and {others} more of the systems {'is' if others == 1 else 'are'} busy too" if others else ""
    return BusyError(
        f"{system_uri(SystemId(held.key))} is busy with {name}{more}; nothing was begun.",
        "Wait until what is in the way has ended, or abort it, then send the request again.",
    )
