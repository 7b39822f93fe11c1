"""Systems, aggregates and sources: finding those that somebody means."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cli.client.answer import Resource, last, link
from cli.client.errors import CommandError, usage
from cli.client.members import members_of, uris_of
from cli.client.service import Service

MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Targets:
    """Systems by their URIs, in the order in which they were named, each once.

    `aggregate` is the URI of the one aggregate that they are, where nothing else was named.
    """

    systems: list[str]
    aggregate: str = ""


class Fleet:
    """What a service manages, each collection read once."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._system_uris: list[str] | None = None
        self._systems: list[Resource] | None = None
        self._sources: list[Resource] | None = None
        self._aggregates: list[str] | None = None

    # --- what there is

    async def system_uris(self) -> list[str]:
        if self._system_uris is None:
            self._system_uris = await uris_of(self._service, await self._service.systems())
        return self._system_uris

    async def systems(self) -> list[Resource]:
        if self._systems is None:
            self._systems = (await members_of(self._service, await self._service.systems())).resources
        return self._systems

    async def sources(self) -> list[Resource]:
        """The servers that were added; none where the service has no such thing."""
        if self._sources is None:
            has = self._service.has_aggregation and link(
                await self._service.aggregation(), "AggregationSources"
            )
            self._sources = (
                (await members_of(self._service, await self._service.sources())).resources if has else []
            )
        return self._sources

    async def host_of(self, system: str) -> str:
        """What a person knows the system at this URI by: its host, else its name, else its id."""
        uri = system.rstrip("/")
        for source in await self.sources():
            accessed = source.get("Links", {}).get("ResourcesAccessed") or []
            if source.get("HostName") and uri in map(link, accessed):
                return str(source["HostName"])
        answer = await self._service.client.get(uri)
        return str(answer.body.get("Name") or last(uri)) if answer.status == 200 else last(uri)

    async def aggregate_uris(self) -> list[str]:
        """The aggregates; none where the service has no such thing."""
        if self._aggregates is None:
            has = self._service.has_aggregation and link(await self._service.aggregation(), "Aggregates")
            self._aggregates = await uris_of(self._service, await self._service.aggregates()) if has else []
        return self._aggregates

    # --- what is meant

    async def targets(self, names: Sequence[str], *, everything: bool = False) -> Targets:
        """The systems that are meant: each name is an id, the beginning of one, a name, a host or a URI, of a
        system, a server or an aggregate.

        Raises:
            CommandError: one of them is not there, or may be several.
        """
        if everything:
            if names:
                raise usage("Name systems, or say --all; not both.")
            return Targets(await self.system_uris())
        if not names:
            raise usage("Say which systems: their names, ids or URIs, an aggregate, or --all.")
        if not all(map(str.strip, names)):
            raise usage("A name of a system is empty: say which systems.")
        found: dict[str, None] = {}
        aggregate = ""
        for name in names:
            if uri := await self._aggregate(name):
                aggregate = uri
                elements = (await self._service.read(uri)).get("Elements") or []
                found |= dict.fromkeys(link(one) for one in elements if link(one))
            else:
                found |= dict.fromkeys(await self._system(name))
        return Targets(list(found), aggregate if len(names) == 1 else "")

    async def aggregate(self, name: str) -> str:
        """The URI of the aggregate that is meant.

        Raises:
            CommandError: there is none.
        """
        uri = await self._aggregate(name) if name.strip() else ""
        if not uri:
            raise self._nothing("aggregate", name)
        return uri

    async def source(self, name: str) -> Resource:
        """The source that is meant: by host, id, the beginning of it, or URI.

        Raises:
            CommandError: there is none, or there are several.
        """
        sources = await self.sources() if name.strip() else []
        path = self._path(name)
        found = [
            one for one in sources if name in (one.get("HostName"), one.get("Id")) or path == link(one)
        ] or [one for one in sources if _host(one) == name or str(one.get("Id", "")).startswith(name)]
        if not found:
            raise self._nothing("server", name)
        if len(found) > 1:
            raise self._several(name, (str(one.get("HostName")) for one in found))
        return found[0]

    async def _system(self, name: str) -> list[str]:
        uris = await self.system_uris()
        if path := self._path(name):
            return [path]
        if exact := [uri for uri in uris if last(uri) == name]:
            return exact[:1]
        begun = [uri for uri in uris if last(uri).startswith(name)]
        if len(begun) == 1:
            return begun
        # A host may have several systems, and all of them are meant.
        hosts = [one for one in await self.sources() if name in (one.get("HostName"), _host(one))]
        if len(hosts) == 1:
            accessed = hosts[0].get("Links", {}).get("ResourcesAccessed") or []
            return [link(one) for one in accessed if link(one)]
        named = [
            one
            for one in await self.systems()
            if name in (one.get("Name"), one.get("HostName"), one.get("UUID"))
        ]
        found = [link(one) for one in named] or begun or [str(one.get("HostName")) for one in hosts]
        if not found:
            raise self._nothing("system, server or aggregate", name)
        if len(found) > 1:
            raise self._several(name, map(last, found))
        return found

    async def _aggregate(self, name: str) -> str:
        if not self._service.has_aggregation:
            return ""
        uris = await self.aggregate_uris()
        if path := self._path(name):
            return path if path in uris else ""
        if name in map(last, uris):
            return next(uri for uri in uris if last(uri) == name)
        begun = [uri for uri in uris if last(uri).startswith(name)]
        if len(begun) == 1:
            return begun[0]
        if begun:
            raise self._several(name, map(last, begun))
        return ""

    def _path(self, name: str) -> str:
        if not name.startswith(("/", "http://", "https://")):
            return ""
        return self._service.client.path_of(name).rstrip("/")

    def _nothing(self, kind: str, name: str) -> CommandError:
        return CommandError(f"{self._service.client.url} has no {kind} {name}.")

    def _several(self, name: str, found: Iterable[str]) -> CommandError:
        listed = list(found)
        more = ", …" if len(listed) > MOST_NAMED else ""
        return CommandError(f"{name} may be any of {', '.join(listed[:MOST_NAMED])}{more}: say which.")


def _host(source: Resource) -> str:
    """The host of a source without its port."""
    return str(source.get("HostName", "")).rpartition(":")[0]
