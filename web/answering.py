"""What every handler answers with: a body as JSON with its headers and its tag, another text, or an error."""

import logging
from collections.abc import Mapping
from functools import cached_property
from types import TracebackType
from typing import Any, Final, cast

import orjson
from tornado.web import RequestHandler

from actors import StoreUnavailableError
from config.request_ids import request_id_for
from web.accept import accepts
from web.auth import CHALLENGE
from web.compression import collection_tag
from web.errors import failure_of, not_acceptable, told
from web.etags import digest_tag, is_had
from web.models import Collection
from web.query.parse import NO_QUERY, Query
from web.received import summary
from web.render.messages import error_object
from web.services import Services
from web.shaping import Body, Found, Render
from web.uris import SCHEMA_STORE

log = logging.getLogger("taskmon.web")

JSON: Final = "application/json; charset=utf-8"
XML: Final = "application/xml; charset=utf-8"
YAML: Final = "application/yaml; charset=utf-8"


class Answering(RequestHandler):
    """The half of the Redfish base handler that answers; `web.handler` lets requests in."""

    services: Services
    allow: str
    """What this very resource allows; a handler may narrow it."""
    query: Query = NO_QUERY
    """What the request asks of the resource, where it is a read."""
    found: Found | None = None
    """What a handler that only finds has found."""
    _finds = False
    _written = b""
    _prepared = False
    is_answered_early = False
    """Whether an error has been sent while the body was still coming."""

    @cached_property
    def request_id(self) -> str:
        """What the request is called in its answer, the log and the audit: the client's word, if any."""
        return request_id_for(self.request.headers.get("X-Request-Id"))

    @property
    def is_within_another(self) -> bool:
        """Whether what is found here goes into another answer, so that this handler sends none."""
        return self._finds

    def is_known(self, etag: str) -> bool:
        """Whether the client has what it asks for, by If-None-Match; then it is answered 304.

        Only to spare the making of a body: `send` compares as well.
        """
        wanted = self.request.headers.get("If-None-Match")
        if self._finds or wanted is None or not is_had(wanted, etag):
            return False
        self.set_header("ETag", etag)
        self._allow()
        self.set_status(304)
        return True

    def send(
        self, body: object, schema: str = "", *, status: int = 200, location: str = "", etag: str = ""
    ) -> None:
        """Answer with this body as JSON; `schema` names the schema that describes it as a resource.

        `etag` is the tag of the resource, which goes into the body as well. The body of a GET that has a
        schema and no tag gets one of its own. Whoever has what is asked for gets 304.
        """
        if self._finds:
            if schema and status == 200 and isinstance(body, dict):
                self.found = Found({"@odata.etag": etag or digest_tag(orjson.dumps(body)), **body}, schema)
            return
        if schema and status == 200:
            self.check_accept(JSON)
        written = orjson.dumps(body)
        if not etag and schema and status == 200 and self.request.method in ("GET", "HEAD"):
            etag = digest_tag(written)
            if "Members" in cast(Body, body) or self.query.expand is not None:
                etag = collection_tag(etag, self.request.headers, written)
        if etag:
            if status == 200 and self.request.method in ("GET", "HEAD") and self.is_known(etag):
                return
            self.set_header("ETag", etag)
            written = b'{"@odata.etag":' + orjson.dumps(etag) + b"," + written[1:]
        self.set_status(status)
        if schema:
            self.set_header("Link", f"<{SCHEMA_STORE}/{schema}.json>; rel=describedby")
        if location:
            self.set_header("Location", location)
        self._allow()
        self.set_header("Content-Type", JSON)
        self._written = written
        self.write(written)

    def send_found(self, body: Collection, schema: str, known: Mapping[str, Render]) -> None:
        """Answer with a collection whose `$filter`, `$skip` and `$top` are seen to; `known` are members."""
        if self._finds:
            self.found = Found(cast(Body, body), schema, known)
        else:
            self.send(body, schema)

    def send_text(self, text: str | bytes, content_type: str) -> None:
        """Answer with something that is no resource."""
        if self._finds:
            return
        self.check_accept(content_type)
        self._allow()
        self.set_header("Content-Type", content_type)
        self.write(text)

    def send_nothing(self) -> None:
        """Answer 204."""
        self._allow()
        self.set_status(204)

    def check_accept(self, content_type: str) -> None:
        """Refuse a GET of a resource that is not to be had as the client wants it. Nothing else is refused by
        Accept: what has been done must not look as if it had not, nor an error like another one."""
        wanted = ",".join(self.request.headers.get_list("Accept"))
        if self.request.method in ("GET", "HEAD") and not accepts(wanted, content_type):
            raise not_acceptable(wanted, content_type)

    def _allow(self) -> None:
        if self.request.method in ("GET", "HEAD"):
            self.set_header("Allow", self.allow)

    # --- headers of every answer, and errors

    def set_default_headers(self) -> None:
        self.clear_header("Server")  # it would name a version
        self.set_header("OData-Version", "4.0")
        self.set_header("X-Request-Id", self.request_id)
        self.set_header("Cache-Control", "no-cache")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("X-Frame-Options", "sameorigin")
        self.set_header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'self'")
        self.set_header("Referrer-Policy", "no-referrer")

    def compute_etag(self) -> str | None:
        """None: tags are for resources alone, and made in `etags`."""
        return None

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs.get("exc_info", (None, None, None))[1]
        failure = failure_of(error)
        self.set_status(failure.status)
        for name, value in failure.headers.items():
            self.set_header(name, value)
        if failure.status == 401 and "WWW-Authenticate" not in failure.headers:
            self.set_header("WWW-Authenticate", CHALLENGE)
        if not self._prepared or self.is_answered_early:  # behind the body nothing more can follow
            self.set_header("Connection", "close")
        self.set_header("Content-Type", JSON)
        body = orjson.dumps(error_object(told(failure.messages)))
        if not self.is_answered_early:
            self.finish(body)
            return
        self.set_header("Content-Length", len(body))
        self.write(body)
        self.flush()

    def log_exception(
        self,
        typ: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        """A crash, with its traceback; what a client did wrong is in the request's own line."""
        if isinstance(value, StoreUnavailableError):
            level = logging.WARNING if self.services.readiness.stopping else logging.ERROR
            log.log(level, "%s could not be answered, because of the store: %s", summary(self.request), value)
        elif not failure_of(value).expected:
            exc_info = (typ, value, tb) if typ and value else None
            log.error("%s failed inside the service", summary(self.request), exc_info=exc_info)
