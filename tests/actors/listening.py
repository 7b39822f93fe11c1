"""Listeners of events in memory, which do what the test says, and a plain way to write events."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from actors.access.records import Viewer
from actors.events.ports import EventPost
from actors.events.records import OutboxEntry
from actors.tasks.errors import NotDeliveredError


async def render_plainly(
    entries: Sequence[OutboxEntry], context: str, including_for: Viewer | None = None
) -> bytes:
    """The numbers and MessageIds of events, in JSON."""
    told = [{"EventId": str(entry.number), **_told(entry, including_for)} for entry in entries]
    return json.dumps({"Context": context, "Events": told}).encode()


def _told(entry: OutboxEntry, including_for: Viewer | None) -> dict[str, Any]:
    event = entry.event
    included = {} if including_for is None else {"Included": including_for.name}
    return {
        "MessageId": event.message.message_id,
        "MessageArgs": list(event.message.args),
        "OriginOfCondition": event.origin,
        **included,
    }


async def _takes_it(_: EventPost) -> None:
    return


@dataclass
class ScriptedDestinations:
    """Destinations in memory. Each takes what it gets, unless the test has it do something else."""

    why: str = ""
    """Why no URL may be posted to; empty if it may."""
    does: Callable[[EventPost], Awaitable[None]] = _takes_it
    """What a destination does with a request, before it has taken it; it may raise, or never return."""
    tried: dict[str, list[EventPost]] = field(default_factory=lambda: defaultdict(list))
    """The requests that each URL has heard."""
    taken: dict[str, list[EventPost]] = field(default_factory=lambda: defaultdict(list))
    """Those that it has answered with 2xx."""
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    def why_not(self, url: str) -> str:
        return self.why

    async def post(self, request: EventPost) -> None:
        self.tried[request.url].append(request)
        self._ring()
        await self.does(request)
        self.taken[request.url].append(request)
        self._ring()

    def _ring(self) -> None:
        self._heard.set()
        self._heard = asyncio.Event()

    def numbers(self, url: str) -> list[int]:
        """The EventIds that the URL has taken, in the order of their coming, repeats included."""
        return [int(event["EventId"]) for event in self.events(url)]

    def events(self, url: str) -> list[dict[str, Any]]:
        """The events that the URL has taken."""
        return [event for post in self.taken[url] for event in json.loads(post.body)["Events"]]

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Return when it is so, which is asked again after everything that a destination hears and takes."""
        async with asyncio.timeout(20):
            while not is_so():
                await self._heard.wait()


async def refuses(_: EventPost) -> None:
    """As a destination that answers 500."""
    raise NotDeliveredError("The destination answered with HTTP status 500.", "Refused")


async def never_answers(_: EventPost) -> None:
    """As a destination that hangs."""
    await asyncio.get_running_loop().create_future()
