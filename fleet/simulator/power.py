"""The power of one simulated server: what each kind of reset does, and when it shows.

Nothing runs while a server changes state. A reset writes down when which state will show, and whoever asks
says what time it is, so that 10,000 servers in transition cost no timers.
"""

from enum import Enum, StrEnum, auto


class PowerState(StrEnum):
    """Redfish's PowerState."""

    ON = "On"
    OFF = "Off"
    POWERING_ON = "PoweringOn"
    POWERING_OFF = "PoweringOff"
    PAUSED = "Paused"
    SLEEPING = "Sleeping"
    HIBERNATING = "Hibernating"


class ResetType(StrEnum):
    """Redfish's ResetType, all of it (Resource v1.24)."""

    ON = "On"
    FORCE_OFF = "ForceOff"
    GRACEFUL_SHUTDOWN = "GracefulShutdown"
    GRACEFUL_RESTART = "GracefulRestart"
    FORCE_RESTART = "ForceRestart"
    NMI = "Nmi"
    FORCE_ON = "ForceOn"
    PUSH_POWER_BUTTON = "PushPowerButton"
    POWER_CYCLE = "PowerCycle"
    SUSPEND = "Suspend"
    PAUSE = "Pause"
    RESUME = "Resume"
    FULL_POWER_CYCLE = "FullPowerCycle"
    SLEEP = "Sleep"
    HIBERNATE = "Hibernate"


class Effect(Enum):
    """What a reset does to the power of a server."""

    POWER_ON = auto()
    POWER_OFF = auto()
    RESTART = auto()
    TOGGLE = auto()
    PAUSE = auto()
    SLEEP = auto()
    HIBERNATE = auto()
    NOTHING = auto()


EFFECTS: dict[ResetType, Effect] = {
    ResetType.ON: Effect.POWER_ON,
    ResetType.FORCE_ON: Effect.POWER_ON,
    ResetType.RESUME: Effect.POWER_ON,
    ResetType.FORCE_OFF: Effect.POWER_OFF,
    ResetType.GRACEFUL_SHUTDOWN: Effect.POWER_OFF,
    ResetType.SUSPEND: Effect.POWER_OFF,
    ResetType.GRACEFUL_RESTART: Effect.RESTART,
    ResetType.FORCE_RESTART: Effect.RESTART,
    ResetType.POWER_CYCLE: Effect.RESTART,
    ResetType.FULL_POWER_CYCLE: Effect.RESTART,
    ResetType.PUSH_POWER_BUTTON: Effect.TOGGLE,
    ResetType.PAUSE: Effect.PAUSE,
    ResetType.SLEEP: Effect.SLEEP,
    ResetType.HIBERNATE: Effect.HIBERNATE,
    ResetType.NMI: Effect.NOTHING,
}

_DOZES = {
    Effect.PAUSE: PowerState.PAUSED,
    Effect.SLEEP: PowerState.SLEEPING,
    Effect.HIBERNATE: PowerState.HIBERNATING,
}
_ON_ITS_WAY_DOWN = (PowerState.OFF, PowerState.POWERING_OFF)


def steps_of(effect: Effect, before: PowerState, duration: float) -> list[tuple[float, PowerState]]:
    """The states that an effect brings, each with the seconds after which it shows; the last one stays.

    Empty when the server stays as it is. A restart passes through Off, from On as from Off, a third of the
    time in each of its three steps. Waking a paused server does not pass through PoweringOn.
    """
    if effect is Effect.TOGGLE:
        effect = Effect.POWER_ON if before in _ON_ITS_WAY_DOWN else Effect.POWER_OFF
    match effect:
        case Effect.NOTHING:
            return []
        case Effect.POWER_ON if before is PowerState.ON:
            return []
        case Effect.POWER_ON if before is PowerState.PAUSED:
            return [(duration, PowerState.ON)]
        case Effect.POWER_ON:
            return [(0, PowerState.POWERING_ON), (duration, PowerState.ON)]
        case Effect.POWER_OFF if before is PowerState.OFF:
            return []
        case Effect.POWER_OFF:
            return [(0, PowerState.POWERING_OFF), (duration, PowerState.OFF)]
        case Effect.RESTART:
            down = PowerState.OFF if before is PowerState.OFF else PowerState.POWERING_OFF
            return [
                (0, down),
                (duration / 3, PowerState.OFF),
                (duration * 2 / 3, PowerState.POWERING_ON),
                (duration, PowerState.ON),
            ]
        case _:
            after = _DOZES[effect]
            return [] if before is after else [(duration, after)]


class Power:
    """The power state of one server, and when it last came out of a reset. It begins On.

    Times are what the caller's clocks say: `now` in seconds of one that never goes back, `wall` in seconds
    since 1970.
    """

    __slots__ = ("_before", "_boot", "_last_boot", "_steps")

    def __init__(self, last_boot: float) -> None:
        self._before = PowerState.ON
        self._steps: list[tuple[float, PowerState]] = []
        self._last_boot = last_boot
        self._boot: float | None = None

    def state(self, now: float) -> PowerState:
        """What shows at this time."""
        if not self._steps:
            return self._before
        if now >= self._steps[-1][0]:
            self._settle()
            return self._before
        shown = self._before
        for at, state in self._steps:
            if at > now:
                break
            shown = state
        return shown

    def last_boot(self, now: float) -> float:
        """When the server last came On through PoweringOn, in seconds since 1970: Redfish's LastResetTime."""
        self.state(now)
        return self._last_boot

    def reset(self, reset_type: ResetType, now: float, wall: float, duration: float) -> None:
        """Begin what this reset does; it shows fully after `duration` seconds.

        It takes the place of one still in transition, and begins from the state which that one has reached.
        Nmi changes nothing, and leaves alone what is in transition.
        """
        effect = EFFECTS[reset_type]
        if effect is Effect.NOTHING:
            return
        self._before = self.state(now)
        steps = steps_of(effect, self._before, duration)
        self._steps = [(now + after, state) for after, state in steps]
        boots = any(state is PowerState.POWERING_ON for _, state in steps)
        self._boot = wall + duration if boots else None

    def _settle(self) -> None:
        self._before = self._steps[-1][1]
        self._steps = []
        if self._boot is not None:
            self._last_boot, self._boot = self._boot, None
