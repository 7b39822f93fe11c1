"""Reading the members of a collection, in the way that the service is quickest at."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from cli.client.answer import Resource, link
from cli.client.errors import CommandError, RefusedError
from cli.client.http import with_query
from cli.client.service import Service

AT_ONCE = 8
"""So many members are asked for at the same time."""
IN_ONE_ANSWER = 200
MOST_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class Members:
    """Members that were read, and how many there are in all."""

    resources: list[Resource]
    total: int


async def uris_of(service: Service, collection: str) -> list[str]:
    """The URIs of all members, in the order of the service."""
    return [link(member) async for member, _ in _pages(service, collection) if link(member)]


async def members_of(service: Service, collection: str, limit: int = 0, **options: str) -> Members:
    """The first `limit` members (0: all) as the service shows them; those that go meanwhile are left out."""
    if service.expands:
        options = {**options, "_expand": "."}
        if service.pages:
            options["_top"] = str(min(limit or IN_ONE_ANSWER, IN_ONE_ANSWER))
    found: list[Resource] = []
    total = 0
    async for member, told in _pages(service, with_query(collection, **options)):
        found.append(member)
        total = told
        if limit and len(found) >= limit:
            break
    return Members(await _full(service, found), max(total, len(found)))


async def count_of(service: Service, collection: str, **options: str) -> int:
    """How many members there are, told by the service without sending them."""
    top = {"_top": "1"} if service.pages else {}
    body = await service.read(with_query(collection, **top, **options))
    return int(body.get("Members@odata.count") or 0)


async def resources_at(service: Service, uris: Sequence[str]) -> list[Resource]:
    """The resources at these URIs, in this order; those that are not there are left out."""
    return await _full(service, [{"@odata.id": uri} for uri in uris])


async def _pages(service: Service, collection: str) -> AsyncIterator[tuple[Resource, int]]:
    """Each member as the collection has it, and the total that its page told."""
    uri = collection
    for _ in range(MOST_PAGES):
        body = await service.read(uri)
        members = body.get("Members")
        if not isinstance(members, list):
            raise CommandError(f"{service.client.url}{uri} is no collection: it has no Members.")
        total = body.get("Members@odata.count")
        for member in members:
            if isinstance(member, dict):
                yield member, total if isinstance(total, int) else 0
        uri = str(body.get("Members@odata.nextLink") or "")
        if not uri:
            return


async def _full(service: Service, found: Sequence[Resource]) -> list[Resource]:
    gate = asyncio.Semaphore(AT_ONCE)

    async def whole(member: Resource) -> Resource | None:
        if "Id" in member or not link(member):
            return member
        async with gate:
            try:
                return await service.read(link(member))
            except RefusedError as error:
                if error.http_status in (403, 404, 410):
                    return None
                raise

    return [member for member in await asyncio.gather(*map(whole, found)) if member is not None]
