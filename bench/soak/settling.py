"""The end of a soak: everything is waited for, and then all that was promised is looked at once more."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, Final

from bench.soak.actors import live_rows
from bench.soak.asking import Asker
from bench.soak.following import Following
from bench.soak.history import History
from bench.soak.ledger import EVENTS, NO_ACTOR, WRONG, Ledger
from bench.soak.request_log import RequestLog
from store.folder import DataFolder
from tests.interop.plain import TASKS
from tests.system.told import SUBMIT_TEST, check_history

ALL_ENDED_WITHIN: Final = 600.0
"""Seconds: every clock of every batch has rung by then."""
ALL_TOLD_WITHIN: Final = 300.0
"""Seconds: the path that refuses every third request takes about 140 events a second."""
ALL_READ_WITHIN: Final = 120.0
PAUSE: Final = 0.5
AT_ONCE: Final = 8


class Settling:
    """`histories` are those of all followers, a stream's first; `read_on` reads what the listener heard."""

    def __init__(
        self, asker: Asker, histories: list[History], log: RequestLog, read_on: Callable[[], None]
    ) -> None:
        self._asker = asker
        self._log = log
        self._ledger: Ledger = asker.ledger
        self._histories = histories
        self._read_on = read_on
        self._following = Following(asker)
        self.there: dict[str, dict[str, Any]] = {}
        """By id: the tasks that are there at the end."""

    async def settle(self) -> None:
        """Wait for all ends and all events, then check everything."""
        database = DataFolder(self._asker.lives.service.data).database
        try:
            async with asyncio.timeout(ALL_ENDED_WITHIN):
                while await asyncio.to_thread(live_rows, database):  # noqa: ASYNC110 - of another process
                    await asyncio.sleep(PAUSE)
        except TimeoutError:
            for task_id in sorted(await asyncio.to_thread(live_rows, database)):
                self._ledger.breaks(NO_ACTOR, f"{task_id} has not ended long after every clock has rung")
        await self._await_events()
        await self._each(self._ledger.ended(), self._following.look_again)
        await self._each(self._ledger.live(), self._following.poll)
        await self._read_all()
        self._read_on()
        self._ledger.check_lost(self.there, self._histories[0].was_removed)
        self._check_told()

    async def _each(self, monitors: Iterable[str], look: Callable[[str], Awaitable[object]]) -> None:
        places = asyncio.Semaphore(AT_ONCE)

        async def one(monitor: str) -> None:
            async with places:
                await look(monitor)

        async with asyncio.timeout(ALL_READ_WITHIN):
            await asyncio.gather(*map(one, list(monitors)))

    async def _await_events(self) -> None:
        """Return when all that has happened until now has come to everybody."""
        mark = str(uuid.uuid4())
        body = {"MessageId": "Taskmon.1.0.TestEvent", "Message": mark}
        answer = await self._asker.ask("POST test event", "POST", SUBMIT_TEST, body)
        if answer.status not in (200, 204):
            self._asker.unexpected("a test event", answer)
        with suppress(TimeoutError):
            async with asyncio.timeout(ALL_TOLD_WITHIN):
                while any(mark not in history.marks for history in self._histories):
                    await asyncio.sleep(PAUSE)
                    self._read_on()
        for history in self._histories:
            if mark not in history.marks:
                late = f"{history.name} has come to {history.last} only, {ALL_TOLD_WITHIN:g} s after the end"
                self._ledger.breaks(EVENTS, late)

    async def _read_all(self) -> None:
        page: str | None = TASKS
        while page is not None:
            found = (await self._asker.ask("GET lists", "GET", page)).json
            uris = [member["@odata.id"] for member in found["Members"]]
            page = found.get("Members@odata.nextLink")
            await self._each(uris, self._read)

    async def _read(self, uri: str) -> None:
        answer = await self._asker.ask("GET task", "GET", uri)
        if answer.status == 200:
            self.there[answer.json["Id"]] = answer.json
        elif answer.status != 404:
            self._asker.unexpected(f"GET {uri}", answer)

    def _check_told(self) -> None:
        for history in self._histories:
            for task in self.there.values():
                try:
                    check_history(task, history.tasks.get(task["Id"], []))
                except AssertionError as wrong:
                    self._ledger.breaks(EVENTS, f"{history.name}: {wrong}")
            history.check_ended([seen.id for seen in self._ledger.tasks.values() if not seen.gone])
        for task_id in self._log.latest.keys() - self._histories[0].tasks.keys():
            self._ledger.breaks(EVENTS, f"servers were asked for {task_id}, of which nothing was told")
        counts = {history.name: len(history.tasks) for history in self._histories}
        if len(set(counts.values())) != 1:
            self._ledger.breaks(WRONG, f"the followers were told of unlike numbers of tasks: {counts}")
