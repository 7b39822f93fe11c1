"""The documents that are made from the table of routes, each at the first question for it."""

from collections.abc import Sequence
from functools import cached_property

import orjson

from web.models import PrivilegeRegistry
from web.openapi.document import openapi_document
from web.render.privileges import privilege_registry
from web.route import Route


class RouteDocuments:
    """What the routes of an application are described by."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes

    @cached_property
    def openapi(self) -> bytes:
        """The OpenAPI document. It is written as JSON, which is YAML as well (YAML 1.2, section 1.3)."""
        return orjson.dumps(openapi_document(self._routes), option=orjson.OPT_INDENT_2)

    @cached_property
    def privilege_map(self) -> PrivilegeRegistry:
        return privilege_registry(self._routes)
