"""Whether every live record has a living actor: the store's own rows, beside the list that SIGUSR1 logs.

What the service shows of live tasks are the records that its TaskRegistry knows, so one that was forgotten
would not show. What is live is therefore read from the database file, and who lives is what the log lists. A
record that is live before the list is made and live after it was live all the while, for no task comes back
from its end; if the list does not name it, it had no actor at that moment. A moment is allowed: between the
commit of a task and the start of its actor, and between the death of an actor and the next. An orphan is
what has none in two lists, one after the other, and what has not ended when all clocks have rung.
"""

import asyncio
import re
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from bench.soak.asking import Asker, CutOffError
from bench.soak.ledger import NO_ACTOR, Ledger
from bench.soak.life import Lives
from store.folder import DataFolder

LISTED_WITHIN: Final = 30.0
PAUSE: Final = 0.2
_ACTOR: Final = re.compile(r"TaskActor \(urn:uuid:[^)]*\): task (\S+) ")
_LAST_BUT_TASKS: Final = "TaskRegistry (urn:"
"""The line of the list behind which those of the tasks stand; all are written in one turn of the loop."""


def live_rows(database: Path) -> set[str]:
    """The ids of the tasks and subtasks that are live by what is committed."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as db:
        return {task_id for (task_id,) in db.execute("SELECT id FROM tasks WHERE live = 1")}


class ActorCheck:
    """Looks when it is told to."""

    def __init__(self, lives: Lives, asker: Asker, ledger: Ledger) -> None:
        self._lives = lives
        self._asker = asker
        self._ledger = ledger
        self._database = DataFolder(lives.service.data).database
        self._suspects: set[str] = set()
        self._life = 0
        self.most = 0
        """The most live records that there were at a look."""
        self.looks = 0

    async def look(self) -> None:
        """Hold the live records against the actors, once. If the service is ended meanwhile nothing is said.

        Raises:
            TimeoutError: the service has not logged its actors.
        """
        lives = self._lives
        if not lives.is_up:
            return
        life = lives.number
        before = await asyncio.to_thread(live_rows, self._database)
        try:
            listed = await self._listed()
        except CutOffError:
            return
        after = await asyncio.to_thread(live_rows, self._database)
        if not lives.is_up or lives.number != life:
            return
        without = (before & after) - listed
        if life == self._life:
            for task_id in sorted(without & self._suspects):
                self._ledger.breaks(NO_ACTOR, f"{task_id} in life {life}")
        self._suspects, self._life = without, life
        self.most = max(self.most, len(before))
        self.looks += 1

    async def _listed(self) -> set[str]:
        service = self._lives.service
        place = service.log_file.stat().st_size
        service.send(signal.SIGUSR1)
        async with asyncio.timeout(LISTED_WITHIN):
            while _LAST_BUT_TASKS not in self._logged(place):
                await asyncio.sleep(PAUSE)
                if not self._lives.is_up:
                    raise CutOffError("the list of actors")
            # The list was begun; when this is answered its turn of the loop has ended.
            await self._asker.ask("GET lists", "GET", "/healthz")
        return set(_ACTOR.findall(self._logged(place)))

    def _logged(self, place: int) -> str:
        with self._lives.service.log_file.open("rb") as log:
            log.seek(place)
            return log.read().decode()
