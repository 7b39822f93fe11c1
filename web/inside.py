"""Resources as their own handlers find them, for another answer of the service and its viewer."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tornado.httputil import HTTPServerRequest, RequestStartLine

from actors import NotAllowedError, NotFoundError, may
from web.errors import Refusal

if TYPE_CHECKING:
    from web.handler import RedfishHandler
    from web.shaping import Found


class _NoConnection:
    """In place of a connection: nothing is sent, so nothing can close."""

    context = None

    def set_close_callback(self, callback: Callable[[], None] | None) -> None:
        """Nothing to remember."""


class Inside:
    """Reads resources for the one who asked the handler, under the privileges of their routes."""

    def __init__(self, handler: "RedfishHandler") -> None:
        self._handler = handler

    async def read(self, uri: str) -> "Found | None":
        """The resource at this URI; None where there is none, or none that the viewer may see.

        Raises:
            StoreUnavailableError: it cannot be known.
        """
        outer = self._handler
        for pattern, route in outer.application.readable:  # type: ignore[attr-defined]
            match = pattern.fullmatch(uri)
            if match is None:
                continue
            needed = route.privileges["GET"]
            if needed is not None and not may(outer.viewer, needed):
                return None
            shared: dict[str, Any] = {
                "services": outer.services,
                "options": outer.web_options,
                "under_way": outer.application.under_way,  # type: ignore[attr-defined]
            }
            request = HTTPServerRequest(
                start_line=RequestStartLine("GET", uri, "HTTP/1.1"),
                headers=outer.request.headers,
                connection=_NoConnection(),  # type: ignore[arg-type]
            )
            inner: RedfishHandler = route.handler(outer.application, request, route=route, **shared)
            inner.read_for(outer.viewer)
            try:
                return await inner.find(*match.groups())
            except (NotFoundError, NotAllowedError):
                return None  # it has gone meanwhile, or is another's
            except Refusal as refusal:
                if refusal.failure.status in (403, 404):
                    return None
                raise
        return None
