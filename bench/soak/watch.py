"""What is looked at all the while: the servers' log, the listener, the actors, and what the process takes."""

import asyncio
import re
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.memory import megabytes
from bench.soak.actors import ActorCheck
from bench.soak.asking import Asker, CutOffError
from bench.soak.followers import Posted, take_what_came
from bench.soak.ledger import Ledger
from bench.soak.life import Lives
from bench.soak.request_log import RequestLog
from tests.listener import Listener

SAMPLED_EVERY: Final = 1.0
READ_EVERY: Final = 5.0
ACTORS_EVERY: Final = 20.0
_ERRORS: Final = re.compile(r'^taskmon_server_errors_total\{kind="(\w+)"\} (\S+)$', re.MULTILINE)
_LONGEST: Final = {
    "longest turn of an actor": re.compile(r"^taskmon_actor_turn_max_seconds (\S+)$", re.MULTILINE),
    "most that the loop was late": re.compile(r"^taskmon_loop_lag_max_seconds (\S+)$", re.MULTILINE),
}


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process took at a moment, in seconds since the soak began."""

    at: float
    life: int
    memory: float
    """MiB."""
    files: int


class Watch:
    """All watchers together; each runs until it is cancelled."""

    def __init__(
        self, asker: Asker, log: RequestLog, listener: Listener, posted: list[Posted], parents: dict[str, str]
    ) -> None:
        self.samples: list[Sample] = []
        self.longest: dict[str, float] = dict.fromkeys(_LONGEST, 0.0)
        """Seconds, over all lives."""
        self._asker = asker
        self._lives: Lives = asker.lives
        self._ledger: Ledger = asker.ledger
        self._log = log
        self._listener = listener
        self._posted = posted
        self._parents = parents
        self.actors = ActorCheck(self._lives, asker, self._ledger)
        self._errors: dict[int, dict[str, float]] = {}
        self._began = time.monotonic()

    @property
    def server_errors(self) -> Counter[str]:
        """The calls of servers that failed, by kind: what each life has counted last."""
        return sum((Counter(counted) for counted in self._errors.values()), Counter())

    async def sample(self) -> None:
        """Note memory and open files."""
        while True:
            if self._lives.is_up:
                self.samples.append(self._sampled())
            await asyncio.sleep(SAMPLED_EVERY)

    def _sampled(self) -> Sample:
        pid = self._lives.service.pid
        files = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
        return Sample(time.monotonic() - self._began, self._lives.number, megabytes(pid), files)

    async def read_logs(self) -> None:
        """Read what servers and the listener heard, and hold it against what was promised."""
        while True:
            await asyncio.sleep(READ_EVERY)
            self.read_on()
            await self._read_metrics()

    def read_on(self) -> None:
        """The same once, without the metrics."""
        self._log.read_on()
        take_what_came(self._listener, self._posted)
        self._ledger.check_requests(self._log.latest, self._parents)

    async def _read_metrics(self) -> None:
        life = self._lives.number
        try:
            text = (await self._asker.ask("GET lists", "GET", "/metrics")).body.decode()
        except CutOffError:
            return
        if self._lives.number == life:
            self._errors[life] = {kind: float(count) for kind, count in _ERRORS.findall(text)}
        for name, pattern in _LONGEST.items():
            if found := pattern.search(text):
                self.longest[name] = max(self.longest[name], float(found[1]))

    async def look_for_orphans(self) -> None:
        """Hold live records against actors."""
        while True:
            await asyncio.sleep(ACTORS_EVERY)
            await self.actors.look()
