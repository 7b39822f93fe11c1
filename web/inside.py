"""Resources as their own handlers find them, for another answer of the service and its viewer."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from actors import NotAllowedError, NotFoundError, Viewer, may
from web.errors import Refusal

if TYPE_CHECKING:
    from web.app import RedfishApplication
    from web.route import Route
    from web.shaping import Found


def readable_at(application: "RedfishApplication", path: str) -> "tuple[re.Match[str], Route] | None":
    """The route by which this path can be read, and what it makes of the path; None where there is none."""
    for pattern, route in application.readable:
        if (match := pattern.fullmatch(path)) is not None:
            return match, route
    return None


class _NoConnection:
    """In place of a connection: nothing is sent, so nothing can close."""

    context = None

    def set_close_callback(self, callback: Callable[[], None] | None) -> None:
        """Nothing to remember."""


class Inside:
    """Reads resources for somebody, under the privileges of their routes.

    `viewer` is asked only where a resource needs one; `headers` are those that the resources are read with.
    """

    def __init__(
        self, application: "RedfishApplication", headers: HTTPHeaders, viewer: Callable[[], Viewer]
    ) -> None:
        self._application = application
        self._headers = headers
        self._viewer = viewer

    async def read(self, uri: str) -> "Found | None":
        """The resource at this URI; None where there is none, or none that the viewer may see.

        Raises:
            StoreUnavailableError: it cannot be known.
        """
        found = readable_at(self._application, uri)
        if found is None:
            return None
        match, route = found
        needed = route.privileges["GET"]
        if needed is not None and not may(self._viewer(), needed):
            return None
        request = HTTPServerRequest(
            start_line=RequestStartLine("GET", uri, "HTTP/1.1"),
            headers=self._headers,
            connection=_NoConnection(),  # type: ignore[arg-type]
        )
        inner = route.handler(self._application, request, route=route, **self._application.shared)
        inner.read_for(self._viewer())
        try:
            return await inner.find(*match.groups())
        except (NotFoundError, NotAllowedError):
            return None  # it has gone meanwhile, or is another's
        except Refusal as refusal:
            if refusal.failure.status in (403, 404):
                return None
            raise
