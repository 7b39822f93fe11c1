"""What a query makes of a resource: Redfish's order is $filter, $skip, $top, then $expand, then $select.

Of collections, Tasks and SubTasks come filtered and paged from the store; for all others that is done here,
on their members as they are sent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, cast

import orjson
from orjson import Fragment

from web.errors import answer_too_large, query_not_for
from web.models import SCHEMAS
from web.query.evaluate import matches
from web.query.parse import Expand, Query
from web.query.select import Names, selected, selected_collection
from web.query.unquoted import be_quoted

MOST_EXPANDED: Final = 5000
"""So many resources are put into one answer."""
READ_AT_ONCE: Final = 32
"""So many are read before other requests have their turn."""

Body = dict[str, Any]
Render = Callable[[], Mapping[str, Any]]
Finish = Callable[[Body], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Found:
    """A resource before the query is applied.

    `known` is None, or makes the bodies of members by their URIs: then they are filtered and paged already.
    """

    body: Body
    schema: str
    known: Mapping[str, Render] | None = None


class Reader(Protocol):
    """Whoever can read other resources of the service."""

    async def read(self, uri: str) -> Found | None:
        """The resource at this URI, or None where there is none to be seen."""


class Shaping:
    """Applies one query to one resource."""

    def __init__(self, query: Query, reader: Reader) -> None:
        self._query = query
        self._reader = reader
        self._known: dict[str, Render] = {}
        self._expanded = 0

    async def of(self, found: Found, path: str) -> Found:
        """What is to be sent in place of the resource that was found at this path.

        Raises:
            Refusal: the query is none for this resource, or the answer would be too large.
        """
        query = self._query
        is_collection = "Members" in found.body
        if not is_collection and (query.only or query.asks_of_members):
            raise query_not_for("only, $filter, $top and $skip are for collections, and this is none.")
        if query.filter is not None:
            be_quoted(query.filter, SCHEMAS[found.schema.removesuffix("Collection")].__annotations__)
        self._known = dict(found.known or {})
        if query.only and len(found.body["Members"]) == found.body["Members@odata.count"] == 1:
            found = await self._reader.read(found.body["Members"][0]["@odata.id"]) or found
            is_collection = "Members" in found.body
        body = found.body
        if is_collection and found.known is None and query.asks_of_members:
            body = await self._paged(body, path)
        names = query.select
        if query.expand is None:
            return replace(found, body=selected(body, names) if names else body)
        of_members = is_collection and query.expand.which != "~"
        if names and not of_members:
            body = await self._deeper(body, query.expand, _as_it_is)
            return replace(found, body=selected(body, names))
        body = await self._deeper(body, query.expand, _written(names))
        return replace(found, body=selected_collection(body, names) if names else body)

    # --- $filter, $skip, $top

    async def _paged(self, body: Body, path: str) -> Body:
        query = self._query
        members: Sequence[Any] = body["Members"]
        if query.filter is not None:
            found = await self._read([member["@odata.id"] for member in members])
            members = [
                member
                for member, resource in zip(members, found, strict=True)
                if resource is not None and matches(query.filter, resource)
            ]
            if query.expand is not None:  # it has been read for the filter
                for resource in found:
                    if resource is not None:
                        self._known[resource["@odata.id"]] = _returning(resource)
        end = len(members) if query.top is None else query.skip + query.top
        shown = list(members[query.skip : end])
        paged = {**body, "Members": shown, "Members@odata.count": len(members)}
        if shown and end < len(members):
            paged["Members@odata.nextLink"] = query.next_link(path.rstrip("/"), {"$skip": str(end)})
        return paged

    async def _read(self, uris: Sequence[str], then: Finish | None = None) -> list[Any]:
        """The resources at these URIs (None: there is none), a few at a time, each as `then` makes it."""
        found: list[Any] = []
        for start in range(0, len(uris), READ_AT_ONCE):
            found += await asyncio.gather(
                *(self._one(uri, then) for uri in uris[start : start + READ_AT_ONCE])
            )
            await asyncio.sleep(0)
        return found

    async def _one(self, uri: str, then: Finish | None) -> Any:
        body: Body | None
        if (render := self._known.get(uri)) is not None:
            body = dict(render())
        else:
            found = await self._reader.read(uri)
            body = None if found is None else found.body
        return body if body is None or then is None else await then(body)

    # --- $expand

    async def _deeper(self, body: Body, expand: Expand, made: Callable[[Body], Any]) -> Body:
        """The body with the resources that it refers to, as `made` makes them, in place of the references."""
        places = list(dict.fromkeys(_references(body, expand.which, inside_links=False)))
        self._expanded += len(places)
        if self._expanded > MOST_EXPANDED:
            raise answer_too_large(MOST_EXPANDED)

        async def finish(resource: Body) -> Any:
            if expand.levels > 1:
                inner = replace(expand, levels=expand.levels - 1)
                resource = await self._deeper(resource, inner, _as_it_is)
            return made(resource)

        found = await self._read(places, finish)
        there = {uri: one for uri, one in zip(places, found, strict=True) if one is not None}
        return cast(Body, _filled(body, expand.which, there, inside_links=False))


def _as_it_is(resource: Body) -> Any:
    return resource


def _written(names: Names) -> Callable[[Body], Any]:
    """A maker of resources that are cut down and written as JSON at once.

    Thousands that lie there as objects until all of them are written keep the collector busy, and the
    loop with it.
    """
    return lambda resource: Fragment(orjson.dumps(selected(resource, names) if names else resource))


def _returning(resource: Body) -> Render:
    return lambda: resource


def _is_reference(value: object) -> bool:
    return isinstance(value, Mapping) and len(value) == 1 and isinstance(value.get("@odata.id"), str)


def _is_wanted(which: str, *, inside_links: bool) -> bool:
    return which == "*" or inside_links == (which == "~")


def _references(value: Any, which: str, *, inside_links: bool) -> list[str]:
    """The URIs of the references that this form of `$expand` goes to, in their order."""
    if _is_reference(value):
        return [value["@odata.id"]] if _is_wanted(which, inside_links=inside_links) else []
    found: list[str] = []
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, Mapping | list):
                found += _references(inner, which, inside_links=inside_links or key == "Links")
    elif isinstance(value, list):
        for inner in value:
            found += _references(inner, which, inside_links=inside_links)
    return found


def _filled(value: Any, which: str, there: Mapping[str, Any], *, inside_links: bool) -> Any:
    if _is_reference(value):
        wanted = _is_wanted(which, inside_links=inside_links)
        return there.get(value["@odata.id"], value) if wanted else value
    if isinstance(value, Mapping):
        return {
            key: _filled(inner, which, there, inside_links=inside_links or key == "Links")
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_filled(inner, which, there, inside_links=inside_links) for inner in value]
    return value
