"""What a request may say, under `Oem.Taskmon` of its body, of the task that it becomes."""

from collections.abc import Mapping
from typing import Any, Final

from actors import Timeouts
from web.kinds import Kind, Nested, Seconds, Shape

CLOCKS: Final[Shape] = {
    "WaitingTimeout": Seconds(),
    "RunTimeout": Seconds(),
    "ProgressTimeout": Seconds(),
}


def task_oem(**more: Kind) -> Nested:
    """The kind of the property `Oem`: the clocks of a task, and what else the request takes there."""
    return Nested({"Taskmon": Nested({**more, **CLOCKS})})


def said_under_oem(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was given under `Oem.Taskmon`; nothing is no mistake."""
    found: Mapping[str, Any] = given.get("Oem", {}).get("Taskmon", {})
    return found


def timeouts(given: Mapping[str, Any]) -> Timeouts:
    """When the clocks of the task are to ring, as far as the request says it."""
    said = said_under_oem(given)
    return Timeouts(
        waiting=said.get("WaitingTimeout"),
        run=said.get("RunTimeout"),
        progress=said.get("ProgressTimeout"),
    )
