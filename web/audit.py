"""What of the requests goes into the audit: every change that was asked for, and whoever was refused."""

from typing import Final

from tornado.web import RequestHandler

from actors import audit
from config.request_ids import REQUEST_ID
from web.auth import Basic, credentials
from web.handler import RedfishHandler
from web.received import log_answer, plain_path, summary

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
REFUSED: Final = frozenset({401, 403})


def log_and_audit(handler: RequestHandler) -> None:
    """Called once for each request that was answered."""
    if isinstance(handler, RedfishHandler):
        REQUEST_ID.set(handler.request_id)  # also where it ended before it was let in
    _log(handler)
    if not isinstance(handler, RedfishHandler):
        return
    request, status = handler.request, handler.get_status()
    if request.method in READS and status not in REFUSED:
        return
    facts = handler.audited
    if not handler.has_viewer:
        tried = credentials(request.headers)
        if request.method in READS and tried is None:
            return  # who comes without credentials is told how to log in, which is no event
        if isinstance(tried, Basic):
            facts = {"user": tried.name, **facts}
    else:
        facts = {"user": handler.user, **facts}
    facts |= {
        "address": request.remote_ip or "",
        "method": request.method or "",
        "path": plain_path(request.path),
    }
    audit("request", status=status, **facts)


def _log(handler: RequestHandler) -> None:
    """One line for each request that was answered, and its count."""
    user = handler.user if isinstance(handler, RedfishHandler) else "-"
    took = handler.request.request_time()
    log_answer(summary(handler.request), user, handler.get_status(), took)
    if isinstance(handler, RedfishHandler):
        requests = handler.services.measures.requests
        requests.note(handler.route.path, handler.request.method or "", handler.get_status(), took)
