"""What a reset is to bring about, and whether what is seen of a server shows that it has.

- `On`, `ForceOn`, `Resume`: the server is On. `ForceOff`, `GracefulShutdown`, `Suspend`: it is Off.
  `Pause`: it is Paused; `Sleep`: Sleeping; `Hibernate`: Hibernating.
- Restarts and cycles: it is On after having been seen otherwise, or with a later `LastResetTime`.
  A server that goes through its restart faster than it is looked at, and keeps no such time, has
  `settle` seconds from the acceptance; being On then counts, and is told as not observed. A graceful
  restart, and an action whose acceptance is not known, has `expected_outage` seconds.
- `Nmi`, `PushPowerButton`: that the server accepted them is all that can be known (`ACCEPTED_ONLY`);
  there is nothing to observe.
"""

from datetime import datetime
from enum import Enum

from actors.inventory.records import PowerState, ResetType
from actors.tasks.ports import SeenSystem

GOALS = {
    ResetType.ON: PowerState.ON,
    ResetType.FORCE_ON: PowerState.ON,
    ResetType.RESUME: PowerState.ON,
    ResetType.FORCE_OFF: PowerState.OFF,
    ResetType.GRACEFUL_SHUTDOWN: PowerState.OFF,
    ResetType.SUSPEND: PowerState.OFF,
    ResetType.PAUSE: PowerState.PAUSED,
    ResetType.SLEEP: PowerState.SLEEPING,
    ResetType.HIBERNATE: PowerState.HIBERNATING,
}
RESTARTS = frozenset(
    {
        ResetType.GRACEFUL_RESTART,
        ResetType.FORCE_RESTART,
        ResetType.POWER_CYCLE,
        ResetType.FULL_POWER_CYCLE,
    }
)
AT_REST = frozenset({PowerState.OFF, PowerState.PAUSED, PowerState.SLEEPING, PowerState.HIBERNATING})
"""States that a server is in until something is done to it. One that is on its way somewhere is in none."""

ACCEPTED_ONLY = frozenset({ResetType.NMI, ResetType.PUSH_POWER_BUTTON})


class Effect(Enum):
    """What the looks at a server say of its reset."""

    AWAITED = "not yet"
    REACHED = "seen"
    NOT_OBSERVED = "as it should be, but the way there was not seen"


class Observation:
    """What was seen of one server before and since its reset was accepted."""

    __slots__ = ("_before", "_seen_otherwise", "_settle", "_type")

    def __init__(self, reset_type: ResetType, before: SeenSystem, settle: float) -> None:
        self._type = reset_type
        self._before = before
        self._settle = settle
        self._seen_otherwise = before.power_state in AT_REST

    def see(self, now: SeenSystem, since_acceptance: float, *, goes_on: bool = False) -> Effect:
        """What this look says; `since_acceptance` is in seconds.

        While the server's own task for the action still `goes_on`, only a change says anything.
        """
        if self._type not in RESTARTS:
            reached = now.power_state is GOALS[self._type]
            if goes_on and self._before.power_state is GOALS[self._type]:
                reached = False
            return Effect.REACHED if reached else Effect.AWAITED
        if now.power_state is not PowerState.ON:
            # A power state that the server does not tell is no sight of a restart.
            self._seen_otherwise |= now.power_state is not None
            return Effect.AWAITED
        if self._seen_otherwise or _is_later(now.last_reset, self._before.last_reset):
            return Effect.REACHED
        settled = since_acceptance >= self._settle and not goes_on
        return Effect.NOT_OBSERVED if settled else Effect.AWAITED


def _is_later(now: str, before: str) -> bool:
    if not now or now == before:
        return False
    try:
        return datetime.fromisoformat(now) > datetime.fromisoformat(before)
    except (ValueError, TypeError):
        # No earlier time, or clocks written in two ways: that it changed is all there is to go by.
        return True
