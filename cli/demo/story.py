"""The story of the demo, told to a show: servers are added, one fails its reset, a reset is aborted."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median

from cli.demo.errors import DemoError
from cli.demo.expectations import complaint_of, end_of, expect_failed_answer, expect_one_failure
from cli.demo.picture import Picture, Stage, aborted
from cli.demo.redfish import POLL_EVERY, Answer, Redfish
from cli.demo.request_log import heard
from cli.demo.reset_watch import ResetWatch
from cli.demo.scene import Scene
from cli.demo.show import Show, Update

SOURCES = "/redfish/v1/AggregationService/AggregationSources"
AGGREGATES = "/redfish/v1/AggregationService/Aggregates"
METHODS = "/redfish/v1/AggregationService/ConnectionMethods"
TASKS = "/redfish/v1/TaskService/Tasks"

BROKEN = 13
"""The number of the server that refuses its reset: in the second of three batches."""
FIRST_BATCH, SECOND_BATCH = 8, 4
DELAY = 1
ENDS_WITHIN = 60.0
SILENCE = 2.0
"""Seconds for which the servers are listened to after the abort."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the story leaves behind: the aggregate's URI, and a line for each thing that was measured."""

    aggregate: str
    figures: Sequence[tuple[str, str]]


class Story:
    """Each chapter goes on from the one before. Whatever is not as it should be ends it as DemoError."""

    def __init__(self, scene: Scene, redfish: Redfish, show: Show) -> None:
        self._scene = scene
        self._redfish = redfish
        self._show = show
        self._numbers: dict[str, int] = {}
        self._figures: list[tuple[str, str]] = []

    async def tell(self) -> Told:
        """All of it."""
        await self._add_servers()
        aggregate = await self._group_servers()
        await self._reset_with_a_failure(aggregate)
        await self._abort_half_way(aggregate)
        return Told(aggregate=aggregate, figures=self._figures)

    # --- adding

    async def _add_servers(self) -> None:
        inventory = self._scene.inventory
        total = len(inventory)
        self._show.chapter("Add", f"{total} servers as aggregation sources; each POST becomes a task")
        method = (await self._redfish.get(METHODS)).expect(200).body["Members"][0]
        began = time.monotonic()
        ended = 0

        def picture() -> Picture:
            return Picture(
                state="Completed" if ended == total else "Running",
                percent=100 * ended // total,
                ended=ended,
                total=total,
                seconds=time.monotonic() - began,
            )

        async def follow(number: int, monitor: str) -> None:
            nonlocal ended
            source = (await self._redfish.follow(monitor, ENDS_WITHIN)).expect(201)
            host = inventory[number - 1]["HostName"]
            if source.body["HostName"] != host or not source.location.startswith(SOURCES):
                raise DemoError(f"{monitor} should have ended with {host} as a new AggregationSource.")
            for system in source.body["Links"]["ResourcesAccessed"]:
                self._numbers[system["@odata.id"]] = number
            ended += 1
            update(picture())

        took = []
        with self._show.live() as update:
            update(picture())
            async with _together() as group:
                # One after the other, as a script would: what is measured is the service, not the crowd.
                for number, server in enumerate(inventory, start=1):
                    order = {**server, "Links": {"ConnectionMethod": method}}
                    accepted = (await self._redfish.post(SOURCES, order)).expect(202)
                    took.append(accepted.seconds)
                    group.create_task(follow(number, accepted.location))
        text = f"{total} times 202, {_ms(median(took))} in the median, {_ms(max(took))} at the most"
        self._show.row("accepted", text)
        self._show.row("ended", f"{total} times 201, and Location is the new AggregationSource")
        self._figures.append(("add", f"{total} tasks at once, 202 after {_ms(median(took))} in the median"))

    async def _group_servers(self) -> str:
        in_order = sorted(self._numbers, key=lambda uri: self._numbers[uri])
        elements = [{"@odata.id": uri} for uri in in_order]
        created = (await self._redfish.post(AGGREGATES, {"Elements": elements})).expect(201)
        if created.body["ElementsCount"] != len(elements):
            raise DemoError(f"{created.location} should have {len(elements)} elements.")
        self._show.row("aggregate", f"of all {len(elements)}: 201 after {_ms(created.seconds)}")
        return created.location

    # --- resetting

    async def _reset(self, aggregate: str, batch_size: int, delay: int) -> tuple[Answer, ResetWatch]:
        order = {
            "ResetType": "ForceRestart",
            "BatchSize": batch_size,
            "DelayBetweenBatchesInSeconds": delay,
        }
        accepted = (await self._redfish.post(f"{aggregate}/Actions/Aggregate.Reset", order)).expect(202)
        task = accepted.location.removeprefix("/taskmon/")
        self._show.row("accepted", f"202 after {_ms(accepted.seconds)}, and Location is the task monitor:")
        self._show.row("", accepted.location)
        return accepted, ResetWatch(self._redfish, f"{TASKS}/{task}", self._numbers, batch_size)

    async def _reset_with_a_failure(self, aggregate: str) -> None:
        await self._scene.break_server(BROKEN)
        total = len(self._numbers)
        self._show.chapter(
            "Reset", f"all of them, ForceRestart, BatchSize {FIRST_BATCH}; server {BROKEN} will refuse"
        )
        accepted, watch = await self._reset(aggregate, FIRST_BATCH, 0)
        (await self._redfish.get(accepted.location)).expect(202)
        with self._show.live() as update:
            await _until_it_ends(watch, update)
        took = watch.seconds
        failed = expect_one_failure(watch, BROKEN)
        final = await self._redfish.get(accepted.location)
        expect_failed_answer(final)
        self._show.failure(f"server {BROKEN}", f"failed, and its subtask is {end_of(failed)}:")
        self._show.row("", f'"{complaint_of(failed)}"')
        self._show.row("task", f"{end_of(watch.task)}; the other {total - 1} servers were reset")
        self._show.row("monitor", f'{final.status}, "{final.error}"')
        self._figures += [
            ("reset", f"{total} servers in {took:.1f} s, {FIRST_BATCH} at a time"),
            (
                "failure",
                f"server {BROKEN}: subtask and task are {failed['TaskState']}, the monitor {final.status}",
            ),
        ]

    # --- aborting

    async def _abort_half_way(self, aggregate: str) -> None:
        await self._scene.mend_servers()
        self._show.chapter(
            "Abort", f"server {BROKEN} is mended; a reset with BatchSize {SECOND_BATCH}, deleted half way"
        )
        accepted, watch = await self._reset(aggregate, SECOND_BATCH, DELAY)
        with self._show.live() as update:
            half_way = await _until_half_way(watch, update)
            deleted = (await self._redfish.delete(watch.uri)).expect(204)
            silent_from = time.monotonic()
            before = heard(self._scene.request_log, watch.ids)
            await self._check_gone(watch.uri, accepted.location, *watch.subtasks)
            end = aborted(half_way)
            update(end)
        stopped, spared = end.count(Stage.STOPPED), end.count(Stage.SPARED)
        took = _ms(deleted.seconds)
        self._show.row("DELETE", f"204 after {took}: {stopped} resets stopped, {spared} servers spared")
        self._show.row("gone", "404 for the task, its monitor and each of its subtasks")
        with self._show.waiting("servers", f"listening to their request log for {SILENCE:g} s"):
            await asyncio.sleep(SILENCE - (time.monotonic() - silent_from))
        after = heard(self._scene.request_log, watch.ids) - before
        self._show.row(
            "servers", f"{before} requests for this task before the 204, {after} in {SILENCE:g} s after"
        )
        if after:
            raise DemoError(f"After the 204 the servers still heard {after} requests for the aborted task.")
        if not before:
            raise DemoError(
                "The servers' log has no request for the aborted task: nothing can be told by it."
            )
        self._figures += [
            ("abort", f"at {half_way.percent} %, 204 after {took}"),
            ("silence", f"{before} requests to servers before the 204, {after} in {SILENCE:g} s after it"),
        ]

    async def _check_gone(self, *paths: str) -> None:
        for path in paths:
            (await self._redfish.get(path)).expect(404)


async def _until_it_ends(watch: ResetWatch, update: Update) -> None:
    while True:
        update(await watch.look())
        if watch.has_ended:
            return
        if watch.seconds > ENDS_WITHIN:
            raise DemoError(f"{watch.uri} has not ended within {ENDS_WITHIN:g} s.")
        await asyncio.sleep(POLL_EVERY)


async def _until_half_way(watch: ResetWatch, update: Update) -> Picture:
    """Half of the servers are through, and others are being reset: there is something to stop."""
    while True:
        picture = await watch.look()
        update(picture)
        if 2 * picture.ended >= picture.total and picture.count(Stage.AT_WORK):
            return picture
        if watch.has_ended or watch.seconds > ENDS_WITHIN:
            raise DemoError(f"{watch.uri} is {picture.state} and was not seen half way, to be aborted there.")
        await asyncio.sleep(POLL_EVERY)


@asynccontextmanager
async def _together() -> AsyncIterator[asyncio.TaskGroup]:
    """A group of asyncio.Tasks; the first error ends the others, and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
