"""The Redfish base handler: what every request goes through before its handler.

In this order: credentials, whether there is such a URI, the method, the privilege, whether the service
is stopping, OData-Version, the query, the size of the body. So nobody learns without credentials what
exists, and a method is refused whatever the body says.

A refusal is sent when the body has been received: an answer to a request that is still being sent closes the
connection under the client's hands. A body that nobody will read is thrown away as it comes, so no request
ever holds more than `max_body` bytes. Two do not wait for it, and their connection is closed afterwards:
whoever asks first (Expect: 100-continue), and whoever sends more than `max_body`; of that so much is still
taken in that the client comes to read its answer.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, cast

from tornado.http1connection import HTTP1Connection
from tornado.web import stream_request_body

from actors import (
    QueryTooSlowError,
    Viewer,
    lacking,
    password_change_required,
)
from config.request_ids import REQUEST_ID
from web.answering import Answering
from web.auth import viewer_of
from web.errors import (
    NoCredentialsError,
    Refusal,
    body_too_large,
    no_such_method,
    no_such_uri,
    odata_version_refused,
    privilege_missing,
    query_not_for,
    query_not_with,
    query_refused,
    service_stopping,
    shown,
)
from web.etags import be_new, expected_revision
from web.inside import Inside, readable_at
from web.methods import VERBS, WITH_BODY, AnyMethod, not_served
from web.query.parse import UnknownOptionError, parse_query
from web.received import asks_first, declared_length, read_json
from web.route import OPEN, Route
from web.server import LARGEST_DRAINED
from web.services import Services, WebOptions
from web.shaping import Found, Shaping
from web.slow_readers import have_taken
from web.under_way import UnderWay


@stream_request_body
class RedfishHandler(Answering):
    """A handler does `get`, `post`, `patch`, `delete` as its route says; all else is here."""

    SUPPORTED_METHODS = AnyMethod()

    begins_work: ClassVar[frozenset[str]] = WITH_BODY
    """The methods that begin something new here; they are refused while the service is stopping."""

    get: Callable[..., Awaitable[None]] = staticmethod(not_served)
    post: Callable[..., Awaitable[None]] = staticmethod(not_served)
    patch: Callable[..., Awaitable[None]] = staticmethod(not_served)
    delete: Callable[..., Awaitable[None]] = staticmethod(not_served)

    def initialize(self, route: Route, services: Services, options: WebOptions, under_way: UnderWay) -> None:
        self.route = route
        self.allow = route.allow
        self.services = services
        self.web_options = options
        self._under_way = under_way
        self._viewer: Viewer | None = None
        self._refusal: Exception | None = None
        self._patience: asyncio.Timeout | None = None  # of a search that is under way
        self._chunks: list[bytes] = []
        self._received = 0
        self.audited: dict[str, str] = {}
        """What a handler adds to the audit's line on its request."""

    async def head(self, *path_args: str) -> None:
        await self.get(*path_args)

    # --- before the handler

    async def prepare(self) -> None:
        """Whether the request is let in. If not, that is kept until its body has gone by."""
        self._under_way.began(self)
        REQUEST_ID.set(self.request_id)
        try:
            await self._admit()
        except Exception as refusal:
            if self.request.method not in VERBS or asks_first(self.request):
                self._take_any_size()
                raise
            if declared_length(self.request) > self.web_options.max_body:
                self._refuse_at_once(refusal)
            else:
                self._refuse_later(refusal)
        self._prepared = True

    async def _admit(self) -> None:
        route, method = self.route, self.request.method or ""
        if not route.is_open(method):
            self._viewer = await viewer_of(self.request.headers, self.services.gate)
            if self._viewer.password_change_required and not self.is_open_while_password_due(method):
                raise password_change_required(self._viewer.account)
        if not route.privileges:
            raise no_such_uri(self.request.path)
        try:
            needed = route.needs(method)
        except KeyError:
            raise self._no_such_method(method) from None
        if needed is not None and (missing := lacking(self.viewer, needed)):
            raise privilege_missing(missing)
        if self.services.readiness.stopping and method in self.begins_work and needed is not OPEN:
            raise service_stopping()  # what is open is the login, which an abort may need
        version = self.request.headers.get("OData-Version")
        if version is not None and version.strip() != "4.0":
            raise odata_version_refused(version)
        self._check_query()
        if method == "POST" and "GET" in route.privileges:
            be_new(self.request.headers)
        if declared_length(self.request) > self.web_options.max_body:
            raise body_too_large(self.web_options.max_body)

    def _no_such_method(self, method: str) -> Refusal:
        """405, with what is allowed. `Members` of a collection that takes no POST is no member's id."""
        collection, _, last = self.request.path.removesuffix("/").rpartition("/")
        if method == "POST" and last == "Members":
            found = readable_at(self.application, collection)  # type: ignore[arg-type]
            if found is not None:
                why = f"Nothing can be made in {shown(collection)} by {method}."
                return no_such_method(method, found[1].allow, why)
        return no_such_method(method, self.route.allow)

    def is_open_while_password_due(self, method: str) -> bool:
        """Whether a viewer whose password must be changed may do this: by default nothing."""
        return False

    def _check_query(self) -> None:
        """What it asks for. Unknown options of OData (`$…`) are refused, others are ignored (Q1, Q2)."""
        if not self.request.query:
            return
        try:
            query = parse_query(self.request.query)
        except UnknownOptionError as unknown:
            raise query_refused(unknown.option) from None
        if self.request.method in ("GET", "HEAD"):
            self.query = query
            if query.given:
                self.get = self._get_as_asked
        elif any(name.startswith("$") for name, _ in query.given):
            raise query_not_with(self.request.method or "")

    async def _get_as_asked(self, *path_args: str) -> None:
        """Have the handler's own GET find the resource, and answer with what the query makes of it."""
        try:
            async with asyncio.timeout(self.web_options.query_timeout) as self._patience:
                found = await self.find(*path_args)
                if found is None:
                    raise query_not_for("There is no resource here, but another document.")
                if self.query.expand is not None and self._viewer is None:  # of an open resource
                    self._viewer = await viewer_of(self.request.headers, self.services.gate)
                inside = Inside(self.application, self.request.headers, lambda: self.viewer)  # type: ignore[arg-type]
                shaped = await Shaping(self.query, inside).of(found, self.request.path)
        except TimeoutError:
            raise QueryTooSlowError("The query took too long.") from None
        finally:
            self._patience = None
        self._finds = False
        self.found = None  # thousands of tasks need not be there until a slow reader has its answer
        body = dict(shaped.body)
        etag = body.pop("@odata.etag", "")  # of the resource alone: what else is in the answer is not in it
        is_more = "Members" in body or self.query.expand is not None
        self.send(body, shaped.schema, etag="" if is_more else etag)

    async def find(self, *path_args: str) -> Found | None:
        """The resource that GET would answer with, if it is one; nothing is sent."""
        self._finds = True
        await type(self).get(self, *path_args)
        return self.found

    def read_for(self, viewer: Viewer | None) -> None:
        """This handler only finds what is expanded in another one's answer, for the viewer of that."""
        self._viewer = viewer

    def _refuse_later(self, refusal: Exception) -> None:
        self._refusal = refusal
        self._chunks.clear()
        setattr(self, (self.request.method or "").lower(), self._refuse)

    async def _refuse(self, *path_args: str) -> None:
        if self.is_answered_early:
            if not self._finished:
                self.finish()
            self._hang_up()
        elif self._refusal is not None:
            raise self._refusal

    def _refuse_at_once(self, refusal: Exception) -> None:
        """Answer while the body is still coming; what comes of it is thrown away, within bounds."""
        self._refuse_later(refusal)
        self._take_any_size()
        self._under_way.ended(self)
        self.is_answered_early = True
        self.log_exception(type(refusal), refusal, refusal.__traceback__)
        self.write_error(500, exc_info=(type(refusal), refusal, None))

    def _take_any_size(self) -> None:
        """Tornado is not to say anything of the size of a body that is answered already."""
        self._http.set_max_body_size(max(sys.maxsize, declared_length(self.request)))

    def _hang_up(self) -> None:
        self._http.close()

    @property
    def _http(self) -> HTTP1Connection:
        return cast(HTTP1Connection, self.request.connection)

    def data_received(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self.is_answered_early:
            if self._received > LARGEST_DRAINED:
                self._hang_up()
        elif self._received > self.web_options.max_body:
            self._refuse_at_once(self._refusal or body_too_large(self.web_options.max_body))
        elif self._refusal is None and self.request.method in WITH_BODY:
            self._chunks.append(chunk)

    def decode_argument(self, value: bytes, name: str | None = None) -> str:
        """An id from the path. One that is no UTF-8 is none that exists, which is for the handler to say."""
        return value.decode("utf-8", "replace")

    # --- for the handler

    @property
    def viewer(self) -> Viewer:
        """Who is asking.

        Raises:
            NoCredentialsError: the operation is open, and was not asked who.
        """
        if self._viewer is None:
            raise NoCredentialsError
        return self._viewer

    @property
    def has_viewer(self) -> bool:
        """Whether it is known who is asking."""
        return self._viewer is not None

    @property
    def user(self) -> str:
        """The name of who is asking, for the log."""
        return self._viewer.name if self._viewer else "-"

    def body_bytes(self) -> bytes:
        """The body as it was received, until it is read."""
        return b"".join(self._chunks)

    def json_object(self) -> dict[str, Any]:
        """The body, which must be a JSON object; an absent body counts as an empty one.

        A body that somebody declared to be something else is refused (415), whatever it holds. Where
        nobody declared anything it is read as JSON: without a Content-Type, or with the one that
        curl, urllib and others put in by themselves, if it then begins like JSON.

        Raises:
            Refusal: 415.
            InvalidRequestError: it is not JSON, or JSON and no object.
        """
        body = self.body_bytes()
        self._chunks.clear()
        return read_json(body, self.request.headers)

    def expected(self, etag: str, revision: int) -> int | None:
        """See `etags.expected_revision`. To be asked before the body is looked at."""
        return expected_revision(self.request.headers, etag, revision)

    # --- after the handler

    def on_finish(self) -> None:
        # A method of its own in place of its class's is a cycle, and so is what it has raised: either would
        # keep all of the answer until the collector comes.
        self._refusal = None
        if not self.is_answered_early:  # then it is still to come: its method must stay the one that refuses
            for name in ("get", (self.request.method or "").lower()):
                vars(self).pop(name, None)
        self._under_way.ended(self)
        have_taken(self._http.stream, self.web_options.body_timeout)

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._under_way.ended(self)
        if self._patience is not None:
            self._patience.reschedule(0.0)  # nobody waits for what is being looked for
        if self.is_answered_early and not self._finished:
            self.finish()  # the client has read its answer, which goes into the log all the same


class NothingHere(RedfishHandler):
    """Every URI that is in no row of the table: 401 without credentials, else 404."""
