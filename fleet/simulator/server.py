"""One simulated server: who it is, its power, its sessions, its tasks, and who is connected."""

import hmac
import time

from tornado.iostream import IOStream

from fleet.simulator.identity import Identity, fraction
from fleet.simulator.power import Power, PowerState, ResetType
from fleet.simulator.server_tasks import ServerTask, ServerTasks, TaskFate
from fleet.simulator.sessions import Sessions

HOUR = 3600


class Server:
    """A server that somebody has connected to. `now` is in seconds of a clock that never goes back."""

    __slots__ = (
        "_basic",
        "_power",
        "_resets",
        "_seed",
        "_transition",
        "away_until",
        "host_name",
        "identity",
        "index",
        "sessions",
        "streams",
        "tasks",
    )

    def __init__(
        self, index: int, identity: Identity, port: int, seed: int, transition: tuple[float, float]
    ) -> None:
        self.index = index
        self.identity = identity
        self.host_name = f"{identity.address}:{port}"
        self.sessions = Sessions()
        self.tasks = ServerTasks()
        self.streams: set[IOStream] = set()
        """The open connections to it."""
        self.away_until = 0.0
        """Until when it answers nobody."""
        self._seed = seed
        self._transition = transition
        self._basic = identity.basic
        self._resets = 0
        up_for = (1 + 999 * fraction(seed, "up", index)) * HOUR
        self._power = Power(last_boot=time.time() - up_for)

    def power_state(self, now: float) -> PowerState:
        """What it shows as PowerState."""
        return self._power.state(now)

    def last_boot(self, now: float) -> float:
        """What it shows as LastResetTime, in seconds since 1970."""
        return self._power.last_boot(now)

    def transition(self) -> float:
        """How many seconds the next transition takes: seeded, another one at each call."""
        self._resets += 1
        shortest, longest = self._transition
        return shortest + (longest - shortest) * fraction(self._seed, "transition", self.index, self._resets)

    def reset(self, reset_type: ResetType, now: float, seconds: float | None = None) -> None:
        """Begin a reset, which takes so many seconds; without a number, what `transition` says."""
        self._power.reset(reset_type, now, time.time(), self.transition() if seconds is None else seconds)

    def start_task(
        self, reset_type: ResetType, fate: TaskFate, now: float, seconds: float, retry_after: int | None
    ) -> ServerTask:
        """Note down a task of its own that begins now and ends after so many seconds as `fate` says."""
        return self.tasks.start(reset_type, fate, now, seconds, time.time(), retry_after)

    def lets_in(self, headers: dict[str, str], now: float) -> bool:
        """Whether a request with these headers carries the token of a session, or the right credentials."""
        token = headers.get("x-auth-token")
        if token is not None:
            return self.sessions.use(token, now)
        scheme, _, sent = headers.get("authorization", "").partition(" ")
        return scheme.lower() == "basic" and hmac.compare_digest(sent.encode("latin-1"), self._basic)

    def knows(self, user_name: object, password: object) -> bool:
        """Whether these are its credentials."""
        return (user_name, password) == (self.identity.user_name, self.identity.password)
