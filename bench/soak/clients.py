"""The clients of a soak: each step of the plan is carried out by one of them, beside all the others."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final

from bench.soak.asking import Answer, Asker, CutOffError
from bench.soak.following import Following
from bench.soak.ledger import Ledger
from bench.soak.plan import Follow, Move, Reset, Touch
from bench.soak.wrong import WRONG_REQUESTS
from tests.interop.plain import REDFISH_METHOD, SERVICE_RESET, SOURCES, TASKS

MOST_LIVE: Final = 40
"""Tasks under way at once; a reset that would be one more is left out, and so is a second sweep at once."""
MOST_CLIENTS: Final = 150
READS: Final = (
    TASKS,
    f"{TASKS}?$filter=TaskState eq 'Running'",
    f"{TASKS}?$filter=TaskState eq 'Exception'&$top=20",
    f"{TASKS}?$top=5&$expand=.",
    "/redfish/v1/Systems?$top=50",
    "/redfish/v1/TaskService",
    "/redfish/v1/EventService/Subscriptions",
    "/metrics",
    "/healthz",
)


class Clients:
    """They know the servers by their place in the inventory, as the plan does."""

    def __init__(
        self, asker: Asker, inventory: Sequence[dict[str, str]], systems: Sequence[str | None]
    ) -> None:
        self._asker = asker
        self._ledger: Ledger = asker.ledger
        self._inventory = inventory
        self._systems = list(systems)
        self._sources: dict[int, str] = {}
        self._moving: set[int] = set()
        self._sweeping = False
        self._following = Following(asker)
        self._under_way: set[asyncio.Task[None]] = set()
        self._numbers = 0

    # --- steps

    def begin(self, step: Reset | Touch | Move) -> None:
        """Carry it out beside the others, or leave it out where too much is going on already."""
        if len(self._under_way) >= MOST_CLIENTS:
            self._ledger.done["left out: too many clients"] += 1
            return
        match step:
            case Reset():
                work = self._reset(step)
            case Move():
                work = self._move(step.server)
            case Touch():
                work = self._touch(step)
        task = asyncio.create_task(self._carried_out(work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def finish(self) -> None:
        """Return when every step that was begun has been carried out; raises what went wrong in one."""
        while self._under_way:
            await asyncio.gather(*self._under_way)

    async def _carried_out(self, work: Coroutine[Any, Any, None]) -> None:
        with suppress(CutOffError):  # a client gives up; what it was promised is looked at later
            await work

    # --- resets

    async def _reset(self, step: Reset) -> None:
        sweep = len(step.targets) == len(self._inventory)
        if len(self._ledger.live()) >= MOST_LIVE or (sweep and self._sweeping):
            self._ledger.done["left out: too many live tasks"] += 1
            return
        targets = [system for place in step.targets if (system := self._systems[place]) is not None]
        if not targets:
            self._ledger.done["left out: no such servers just now"] += 1
            return
        body: dict[str, object] = {
            "TargetURIs": [{"@odata.id": system} for system in targets],
            "ResetType": step.reset_type,
            "BatchSize": step.batch,
            "DelayBetweenBatchesInSeconds": step.delay,
        }
        if step.max_failures:
            body["Oem"] = {"Taskmon": {"MaxFailures": step.max_failures}}
        self._sweeping = self._sweeping or sweep
        try:
            accepted = await self._ask_to_reset(step, body)
            if accepted is not None:
                monitor = accepted.headers["Location"]
                self._ledger.acknowledged(monitor, len(targets))
                await self._follow(monitor, step)
        finally:
            self._sweeping = self._sweeping and not sweep

    async def _ask_to_reset(self, step: Reset, body: object) -> Answer | None:
        kind = "POST reset in batches" if step.batch else "POST reset"
        self._numbers += 1
        headers = {"Idempotency_Key": f"soak-{self._numbers}"} if step.repeated else {}
        try:
            accepted = await self._asker.ask(kind, "POST", SERVICE_RESET, body, **headers)
        except CutOffError:
            if not step.repeated:
                raise
            accepted = await self._asker.ask("POST reset again", "POST", SERVICE_RESET, body, **headers)
        if accepted.status == 202 and step.repeated:
            again = await self._asker.ask("POST reset again", "POST", SERVICE_RESET, body, **headers)
            if not again.later and again.headers.get("Location") != accepted.headers["Location"]:
                self._asker.unexpected("a reset that was repeated was not the same", again)
        # A server that was removed a moment ago, or is being removed, is no target any more.
        if accepted.status not in (202, 400, 404, 409, 503):
            self._asker.unexpected("a reset", accepted)
        return accepted if accepted.status == 202 else None

    async def _follow(self, monitor: str, step: Reset) -> None:
        match step.follow:
            case Follow.POLL:
                await self._following.poll(monitor)
            case Follow.WAIT:
                await self._following.wait(monitor)
            case Follow.WATCH:
                await self._following.watch(monitor)
            case Follow.DELETE:
                await asyncio.sleep(step.after)
                await self._following.delete(monitor)
            case Follow.CANCEL:
                await asyncio.sleep(step.after)
                await self._following.cancel(monitor)
                await self._following.poll(monitor)
            case Follow.LEAVE:
                self._ledger.done["tasks left to themselves"] += 1

    # --- servers

    async def _move(self, place: int) -> None:
        if place in self._moving:
            self._ledger.done["left out: the server is moving"] += 1
            return
        self._moving.add(place)
        try:
            if place in self._sources:
                await self._remove(place)
            else:
                await self._add(place)
        finally:
            self._moving.discard(place)

    async def _add(self, place: int) -> None:
        body = {**self._inventory[place], "Links": {"ConnectionMethod": {"@odata.id": REDFISH_METHOD}}}
        accepted = await self._asker.ask("POST server", "POST", SOURCES, body)
        if accepted.status != 202:
            # A client that was cut off does not know whether the server was added.
            if accepted.status not in (400, 409, 503):
                self._asker.unexpected("a server was to be added", accepted)
            return
        monitor = accepted.headers["Location"]
        self._ledger.acknowledged(monitor, 0)
        final = await self._following.poll(monitor)
        if final is not None and final.status == 201:
            self._sources[place] = final.headers["Location"]
            (system,) = final.json["Links"]["ResourcesAccessed"]
            self._systems[place] = system["@odata.id"]

    async def _remove(self, place: int) -> None:
        self._systems[place] = None
        accepted = await self._asker.ask("DELETE server", "DELETE", self._sources[place])
        if accepted.status != 202:
            if accepted.status not in (404, 409, 503):
                self._asker.unexpected("a server was to be removed", accepted)
            if accepted.status in (404, 409):
                del self._sources[place]
            return
        monitor = accepted.headers["Location"]
        self._ledger.acknowledged(monitor, 0)
        final = await self._following.poll(monitor)
        if final is not None and final.status < 400:
            del self._sources[place]

    # --- short requests

    async def _touch(self, step: Touch) -> None:
        match step.what:
            case "read":
                await self._read(step.pick)
            case "wrong":
                await self._ask_wrongly(step.pick)
            case "retry":
                await self._retry(step.pick)
            case "recheck":
                ended = self._ledger.ended()
                if ended:
                    await self._following.look_again(ended[int(step.pick * len(ended))])

    async def _read(self, pick: float) -> None:
        live = self._ledger.live()
        place = int(pick * 2 * len(READS))
        if place < len(READS) or not live:
            path = READS[place % len(READS)]
            answer = await self._asker.ask("GET lists", "GET", path)
        else:
            monitor = live[int(pick * 7919) % len(live)]
            path = f"{TASKS}/{self._ledger.tasks[monitor].id}"
            answer = await self._asker.ask("GET task", "GET", path)
            if answer.status == 404:
                self._following.missed(monitor)
                return
        if answer.status != 200:
            self._asker.unexpected(f"GET {path}", answer)

    async def _ask_wrongly(self, pick: float) -> None:
        wrong = WRONG_REQUESTS[int(pick * len(WRONG_REQUESTS))]
        answer = await self._asker.ask("wrong input", wrong.method, wrong.path, wrong.body)
        if answer.status not in wrong.statuses and not answer.later:
            self._asker.unexpected(f"{wrong.method} {wrong.path} with {wrong.body}", answer)

    async def _retry(self, pick: float) -> None:
        failed = [one for one in self._ledger.ended() if (self._ledger.tasks[one].final or (0,))[0] >= 400]
        if not failed or len(self._ledger.live()) >= MOST_LIVE:
            self._ledger.done["left out: nothing to retry"] += 1
            return
        seen = self._ledger.tasks[failed[int(pick * len(failed))]]
        path = f"{TASKS}/{seen.id}/Actions/Oem/Taskmon.Retry"
        accepted = await self._asker.ask("POST retry", "POST", path, {})
        if accepted.status == 202:
            monitor = accepted.headers["Location"]
            self._ledger.acknowledged(monitor, 0)
            await self._following.wait(monitor)
        elif accepted.status not in (400, 404, 409, 503):
            self._asker.unexpected("a retry", accepted)
