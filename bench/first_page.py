"""The first page of Tasks, unfiltered, however many ended tasks there are behind it.

A page has 100 members, so that the page of each store is the same work. The limit is the page of the
smallest store, which has no task beside those shown: finding the first hundred of a million should cost no
more than finding all of a hundred. The page is asked for as a client does, over one connection that stays
open, each store by a service of its own, in turn. The small stores are asked for as the large ones are, so
what is compared is only how the store finds its rows.
"""

import asyncio
import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Final

from bench.get_task import TASKS
from bench.lines import Line, Plan
from bench.seeding import ended_store
from bench.served import Client, Probed

TITLE: Final = "### First page of Tasks, by the number of ended tasks"
PAGE: Final = 100
READS: Final = 50
"""In one round of one store; their median counts."""


async def measure(plan: Plan) -> list[Line]:
    """A line for each number of ended tasks."""
    return await asyncio.to_thread(_measure, plan)


def _measure(plan: Plan) -> list[Line]:
    sizes = (100, 1_000) if plan.quick else (100, 10_000, 100_000, 1_000_000)
    lines = [
        Line(
            name=f"{size:,} ended tasks",
            unit="s",
            limit_name=f"{sizes[0]:,} ended tasks",
            target=None if size == sizes[0] else 1.3,
            operation="first page of Tasks",
            size=size,
        )
        for size in sizes
    ]
    with ExitStack() as stack:
        services = [_service(plan, size, stack) for size in sizes]
        clients = [stack.enter_context(Client(service)) for service in services]
        for number in range(plan.rounds + 1):
            took = [_page(client, 5 if plan.quick else READS) for client in clients]
            if number:
                for line, seconds in zip(lines, took, strict=True):
                    line.add(seconds, took[0])
            else:
                for service in services:
                    service.readings()  # those of the start
        for line, service in zip(lines, services, strict=True):
            line.health = service.health()
    return lines


def _service(plan: Plan, size: int, stack: ExitStack) -> Probed:
    folder: Path = ended_store(plan, size)
    service = Probed(folder, {"web.page_size": PAGE})
    stack.enter_context(service)
    return service


def _page(client: Client, reads: int) -> float:
    seconds = []
    for _ in range(reads):
        began = time.perf_counter()
        page = client.document(TASKS)
        seconds.append(time.perf_counter() - began)
        assert len(page["Members"]) == PAGE, f"the page has {len(page['Members'])} members"
    return median(seconds)
