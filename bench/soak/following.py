"""How clients follow tasks: polls, waits, aborts and second looks, each held against what was seen before."""

import asyncio
from typing import Final

from bench.soak.asking import Answer, Asker, CutOffError
from bench.soak.ledger import WRONG, Seen
from tests.interop.plain import ENDED, TASKS

PAUSE: Final = 0.5
WAIT: Final = "wait=5"


class Following:
    """One for all clients."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._ledger = asker.ledger

    def missed(self, monitor: str) -> None:
        """It was not there. Unless somebody has asked for that, it is judged at the end."""
        seen = self._ledger.tasks[monitor]
        if not seen.gone:
            self._ledger.missing.add(monitor)
            seen.gone = True

    async def poll(self, monitor: str) -> Answer | None:
        """Ask now and then until it has ended; its last answer, None where it is not there."""
        return await self._until_ended(monitor, "GET monitor", PAUSE)

    async def wait(self, monitor: str) -> Answer | None:
        """The same with `Prefer: wait`."""
        return await self._until_ended(monitor, "GET monitor, waiting", 0.0, Prefer=WAIT)

    async def _until_ended(self, monitor: str, kind: str, pause: float, **headers: str) -> Answer | None:
        while True:
            try:
                answer = await self._asker.ask(kind, "GET", monitor, **headers)
            except CutOffError:
                await self._asker.lives.until_up()
                continue
            if answer.status == 404:
                self.missed(monitor)
                return None
            if not answer.later and self._ledger.heard(monitor, answer.status, answer.body):
                return answer
            # While the service stops a wait is answered at once.
            await asyncio.sleep(pause if self._asker.lives.is_up else PAUSE)

    async def watch(self, monitor: str) -> None:
        """Wait for each change of the Task until it has ended."""
        seen = self._ledger.tasks[monitor]
        tag, percent = "", -1
        while True:
            headers = {"If_None_Match": tag, "Prefer": WAIT} if tag else {}
            try:
                answer = await self._asker.ask(
                    "GET task, waiting" if tag else "GET task", "GET", f"{TASKS}/{seen.id}", **headers
                )
            except CutOffError:
                await self._asker.lives.until_up()
                continue
            if answer.status == 404:
                self.missed(monitor)
                return
            if answer.status == 200:
                tag, task = answer.headers["ETag"], answer.json
                if task["PercentComplete"] < percent:
                    self._ledger.breaks(WRONG, f"{seen.id} fell from {percent} % to {answer.body[:300]!r}")
                percent = task["PercentComplete"]
                if task["TaskState"] in ENDED:
                    await self.poll(monitor)
                    return
            elif answer.status != 304:
                self._asker.unexpected(f"GET of task {seen.id}", answer)
                return
            if not self._asker.lives.is_up:
                await asyncio.sleep(PAUSE)

    async def delete(self, monitor: str) -> None:
        """Abort it and have it removed; alternately by its monitor and by its task."""
        seen = self._ledger.tasks[monitor]
        seen.gone = True
        by_task = len(self._ledger.aborted) % 2
        answer = await self._asker.ask("DELETE task", "DELETE", f"{TASKS}/{seen.id}" if by_task else monitor)
        if answer.status == 204:
            self._note_abort(seen, answer)
        elif answer.status == 404:
            self._ledger.missing.add(monitor)
        elif not answer.later:  # a stop met it: it may have been aborted, and removed, or not
            self._asker.unexpected(f"DELETE of {seen.id}", answer)

    async def cancel(self, monitor: str) -> None:
        """Abort it, and have it stay."""
        seen = self._ledger.tasks[monitor]
        answer = await self._asker.ask(
            "Taskmon.Cancel",
            "POST",
            f"{TASKS}/{seen.id}/Actions/Oem/Taskmon.Cancel",
            {"Reason": "the soak"},
        )
        if answer.status == 204:
            self._note_abort(seen, answer)
        elif answer.status == 404:
            self.missed(monitor)
        elif answer.status not in (409, 503):
            self._asker.unexpected(f"the cancelling of {seen.id}", answer)

    def _note_abort(self, seen: Seen, answer: Answer) -> None:
        self._ledger.aborted[seen.id] = answer.at

    async def look_again(self, monitor: str) -> None:
        """Read a task that was seen ended, and its monitor, once more."""
        seen = self._ledger.tasks[monitor]
        answer = await self._asker.ask("GET monitor again", "GET", monitor)
        if answer.status == 404:
            self.missed(monitor)
            return
        self._ledger.heard(monitor, answer.status, answer.body)
        answer = await self._asker.ask("GET task again", "GET", f"{TASKS}/{seen.id}")
        if answer.status == 404:
            self.missed(monitor)
        elif answer.status == 200:
            self._ledger.read(monitor, answer.json)
        else:
            self._asker.unexpected(f"GET of task {seen.id}", answer)
