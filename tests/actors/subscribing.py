"""The service of events over a memory store, with a scripted destination: what its tests share."""

from dataclasses import dataclass, field

from actors.events.ports import EventPost


@dataclass
class ScriptedDestinations:
    """Destinations in memory: each takes what it gets, unless the test says otherwise."""

    posts: list[EventPost] = field(default_factory=list)
    refused: str = ""
    """Why no URL may be posted to; empty if it may."""

    def why_not(self, url: str) -> str:
        return self.refused

    async def post(self, request: EventPost) -> None:
        self.posts.append(request)
