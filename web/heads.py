"""Heads of requests that Tornado would refuse without a word of ours, or drop: here they get their answer.

Whatever can be read as HTTP is answered as everything else is, by a Redfish handler. What is larger by far
than a head may be is not read to its end, and its connection is closed unanswered.
"""

from collections.abc import Awaitable
from typing import Any, Final, Protocol

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.web import RequestHandler

from actors import InvalidRequestError, Message
from web.errors import head_too_large
from web.handler import RedfishHandler
from web.route import Route
from web.routes import NOWHERE
from web.services import Services, WebOptions
from web.targets import origin_form
from web.under_way import UnderWay

MOST_OPTIONS: Final = 1000
"""Options of a query, known or not; with more Tornado takes no request."""


class Handlers(Protocol):
    """The application, as far as it is needed here."""

    shared: dict[str, Any]

    def get_handler_delegate(
        self,
        request: HTTPServerRequest,
        target_class: type[RequestHandler],
        target_kwargs: dict[str, Any] | None = None,
    ) -> HTTPMessageDelegate:
        """What takes this request for a handler of this class."""


class RefusedByHead(RedfishHandler):
    """Answers with what is wrong with the head, to everybody: nothing was looked up for it."""

    def initialize(
        self,
        route: Route,
        services: Services,
        options: WebOptions,
        under_way: UnderWay,
        refusal: Exception | None = None,
    ) -> None:
        super().initialize(route, services, options, under_way)
        self._by_head = refusal

    async def _admit(self) -> None:
        if self._by_head is not None:
            raise self._by_head


class HeadDelegate(HTTPMessageDelegate):
    """Takes one request: hands it on to the application, or to `RefusedByHead`."""

    def __init__(
        self,
        handlers: Handlers,
        connection: HTTPConnection,
        application: HTTPMessageDelegate,
        max_headers: int,
    ) -> None:
        self._handlers = handlers
        self._connection = connection
        self._delegate = application
        self._max_headers = max_headers

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        assert isinstance(start_line, RequestStartLine)
        start_line = start_line._replace(path=origin_form(start_line.path))
        if (refusal := self._refusal(start_line, headers)) is not None:
            path, _, _ = start_line.path.partition("?")
            start_line = start_line._replace(path=path)
            request = HTTPServerRequest(connection=self._connection, start_line=start_line, headers=headers)
            kwargs = {"route": NOWHERE, "refusal": refusal, **self._handlers.shared}
            self._delegate = self._handlers.get_handler_delegate(request, RefusedByHead, kwargs)
        return self._delegate.headers_received(start_line, headers)

    def _refusal(self, start_line: RequestStartLine, headers: HTTPHeaders) -> Exception | None:
        size = len(start_line.method) + len(start_line.path)
        size += sum(len(name) + len(value) + 4 for name, value in headers.get_all())
        if size > self._max_headers:
            return head_too_large(size, self._max_headers)
        options = start_line.path.count("&") + 1
        if options > MOST_OPTIONS and "?" in start_line.path:
            detail = f"It has {options} options, and may have {MOST_OPTIONS}."
            return InvalidRequestError(
                Message("QueryParameterValueError", ("query",), detail=detail, resolution_here="Send fewer.")
            )
        return None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._delegate.data_received(chunk)

    def finish(self) -> None:
        self._delegate.finish()

    def on_connection_close(self) -> None:
        self._delegate.on_connection_close()
