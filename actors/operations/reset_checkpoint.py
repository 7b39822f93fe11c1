"""What a reset of one server has noted of itself, so that it can be decided after a crash how it goes on."""

import json
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from actors.inventory.records import PowerState
from actors.tasks.ports import SeenSystem

_POWER_STATES = {power.value: power for power in PowerState}


class Step(StrEnum):
    """How far it has come; each is saved before what follows it happens."""

    UNSENT = ""
    """No action has left."""
    SENDING = "sending"
    """The action leaves, or has left, and no answer to it is known: it is never sent again."""
    ACCEPTED = "accepted"
    """The server has taken the action on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetCheckpoint:
    """A step, with what is needed to go on from it.

    `power` and `last_reset` are how the server was before the action; `monitor` is the URI there of its own
    task for it, or empty; `since` is when the step was taken (ISO 8601, or empty where it is not known).
    """

    step: Step = Step.UNSENT
    power: str = ""
    last_reset: str = ""
    monitor: str = ""
    since: str = ""

    @classmethod
    def of(cls, step: Step, before: SeenSystem, since: datetime, *, monitor: str = "") -> "ResetCheckpoint":
        """The checkpoint of a step that is taken now."""
        return cls(
            step=step,
            power=before.power_state or "",
            last_reset=before.last_reset,
            monitor=monitor,
            since=since.isoformat(),
        )

    @classmethod
    def read(cls, text: str) -> "ResetCheckpoint":
        """The checkpoint that this text is: JSON, or a step alone, which an earlier version wrote.

        What cannot be read counts as `SENDING`: it is never wrong to send nothing.
        """
        try:
            if not text.startswith("{"):
                return cls(step=Step(text))
            read: dict[str, Any] = json.loads(text)
            return cls(**{**read, "step": Step(read["step"])})
        except (ValueError, TypeError, KeyError):
            return cls(step=Step.SENDING)

    @property
    def text(self) -> str:
        """As it is saved."""
        return json.dumps({name: getattr(self, name) for name in _NAMES}, separators=(",", ":"))

    def before(self, path: str) -> SeenSystem:
        """The system at this path as it was before the action."""
        power = _POWER_STATES.get(self.power)
        return SeenSystem(id_there="", path=path, name="", power_state=power, last_reset=self.last_reset)

    def seconds_since(self, now: datetime) -> float:
        """How long ago the step was taken; 0 where that is not known, or the clock went back."""
        if not self.since:
            return 0.0
        return max(0.0, (now - datetime.fromisoformat(self.since)).total_seconds())


_NAMES = tuple(field.name for field in fields(ResetCheckpoint))
