"""A Redfish service by its root: what it has, and what it lacks."""

from typing import Any

from cli.client.answer import Resource, inside, link
from cli.client.errors import CommandError, LackingError
from cli.client.http import Client

ROOT = "/redfish/v1/"
WORDS = {"Tasks": "task service", "AggregationService": "aggregation service"}


class Service:
    """The service behind a client, once its root was read."""

    def __init__(self, client: Client, root: Resource) -> None:
        self.client = client
        self.root = root
        self._read: dict[str, Resource] = {}

    @property
    def is_taskmon(self) -> bool:
        """Whether it is one of ours, which keeps promises that Redfish does not ask for."""
        return self.root.get("Product") == "taskmon"

    @property
    def filters(self) -> bool:
        """Whether collections can be filtered there."""
        return inside(self.root, "ProtocolFeaturesSupported").get("FilterQuery") is True

    @property
    def expands(self) -> bool:
        """Whether the members of a collection come with it."""
        return inside(self.root, "ProtocolFeaturesSupported", "ExpandQuery").get("NoLinks") is True

    @property
    def pages(self) -> bool:
        """Whether a part of a collection can be asked for."""
        return inside(self.root, "ProtocolFeaturesSupported").get("TopSkipQuery") is True

    async def read(self, uri: str) -> Resource:
        """The resource at this URI.

        Raises:
            RefusedError: the service does not give it, and says why.
        """
        return (await self.client.get(uri)).expect(200).body

    # --- what it has; each raises LackingError with a sentence where it has it not

    async def tasks(self) -> str:
        """The collection of tasks."""
        return await self._below("task service", "Tasks", "Tasks")

    async def systems(self) -> str:
        """The collection of systems."""
        return self._linked("collection of systems", "Systems")

    async def aggregation(self) -> Resource:
        """The aggregation service."""
        return await self._once(self._linked("aggregation service", "AggregationService"))

    async def aggregates(self) -> str:
        """The collection of aggregates."""
        return await self._below("collection of aggregates", "AggregationService", "Aggregates")

    async def sources(self) -> str:
        """The collection of aggregation sources."""
        return await self._below(
            "collection of aggregation sources", "AggregationService", "AggregationSources"
        )

    async def events(self) -> Resource:
        """The event service."""
        return await self._once(self._linked("event service", "EventService"))

    @property
    def has_aggregation(self) -> bool:
        return bool(link(self.root, "AggregationService"))

    def lacks(self, what: str) -> LackingError:
        return LackingError(f"{self.client.url} has no {what}.")

    def _linked(self, what: str, name: str) -> str:
        uri = link(self.root, name)
        if not uri:
            raise self.lacks(what)
        return uri

    async def _below(self, what: str, name: str, collection: str) -> str:
        uri = link(await self._once(self._linked(WORDS[name], name)), collection)
        if not uri:
            raise self.lacks(what)
        return uri

    async def _once(self, uri: str) -> Resource:
        if uri not in self._read:
            self._read[uri] = await self.read(uri)
        return self._read[uri]


async def at_root(client: Client) -> Service:
    """The service, by its root.

    Raises:
        CommandError: what answers there is no Redfish service.
    """
    answer = await client.get(ROOT)
    if answer.status == 200 and answer.is_json and _is_root(answer.body):
        return Service(client, answer.body)
    why = f"answered {answer.status}" if answer.status != 200 else "is no service root"
    if answer.status in (429, 503):
        raise CommandError(f"{client.url} does not serve just now ({answer.status}): {answer.words}")
    raise CommandError(f"{client.url} is no Redfish service: {ROOT} {why}.")


def _is_root(body: dict[str, Any]) -> bool:
    return "RedfishVersion" in body or "ServiceRoot" in str(body.get("@odata.type", ""))
