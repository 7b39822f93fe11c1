"""Answers to polls that are given again as they were, without a handler, while what they tell of is the same.

A client that waits for a task asks the same question again and again, and most of its answers are the same
to the byte. The handler of a task or a monitor makes the answer once, by all the rules, and keeps it with
the record that it was made from. Who asks is found out anew each time, and so is whether that record still is
what there is to tell, and his to see. Whatever is not plain goes to the handler as if nothing were kept.
"""

import time
from asyncio import Future
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http.client import responses
from typing import Final, cast

from tornado.http1connection import HTTP1Connection
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerRequest,
    RequestStartLine,
    ResponseStartLine,
    format_timestamp,
)

from actors import Task, Viewer, may
from config.request_ids import REQUEST_ID, request_id_for
from web.received import log_answer, plain_path
from web.route import Route
from web.services import Services
from web.slow_readers import have_taken

ROOM: Final = 4 * 1024 * 1024
"""Bytes of all bodies that are kept, the last that were made."""
LARGEST: Final = 64 * 1024
"""Bytes of a body that is kept."""
LONGEST: Final = 2048
"""Characters of a question whose answer is kept: path and headers."""
MOST: Final = 1000
"""So many answers are kept, the last that were made."""
NO_MATTER: Final = frozenset({"User-Agent", "X-Auth-Token", "X-Request-Id"})
"""Headers that no answer is made from; the token says who asks, which is seen to by itself. The others do
matter, Host too: a request without it, or with a strange one, is to be refused (RFC 9112, 3.2)."""
MOST_OF_NO_MATTER: Final = 1024
"""Characters of all such headers: with more the whole head may be larger than it may be."""
NOT_PLAIN: Final = frozenset({"Authorization", "Content-Length", "Expect", "Prefer", "Transfer-Encoding"})
"""A request with one of these is the handler's: it brings a password or a body, or has wishes."""

EACH_ITS_OWN: Final = frozenset({"Date", "X-Request-Id"})
"""Headers of an answer that are not the same when it is given again."""

AtHand = Callable[[str, Viewer], Task | None]
"""The record of the task with this id, if the viewer may see it and nothing need be waited for."""
Question = tuple[str, ...]
"""A path, and the names and values of all the headers that matter."""


@dataclass(slots=True)
class Kept:
    """An answer, and when it is true: for who may use the route, while `at_hand` has this very record of the
    task.
    """

    task: Task
    at_hand: AtHand
    route: Route
    status: int
    headers: HTTPHeaders
    body: bytes
    _lines: bytes = field(default=b"", init=False)

    @property
    def lines(self) -> bytes:
        """The status line and the headers as they go over the wire, but for those of EACH_ITS_OWN, and
        without the empty line. From the first time that they are wanted on they are the same.
        """
        if not self._lines:  # by then Tornado has completed the headers
            lines = [f"HTTP/1.1 {self.status} {responses[self.status]}"]
            lines += [
                f"{name}: {value}" for name, value in self.headers.get_all() if name not in EACH_ITS_OWN
            ]
            self._lines = "".join([f"{line}\r\n" for line in lines]).encode("latin-1")
        return self._lines


class Polls:
    """The answers that are kept, by what was asked."""

    def __init__(self, services: Services, patience: float) -> None:
        self.patience = patience
        """Seconds within which an answer must have been taken."""
        self._gate = services.gate
        self.requests = services.measures.requests
        self._kept: dict[Question, Kept] = {}
        self._bytes = 0
        self._date = (0, b"")

    def keep(self, request: HTTPServerRequest, kept: Kept) -> None:
        """Give this answer to everybody who asks the same, as long as it is true.

        Its headers may still be completed on the way out, and are not changed afterwards.
        """
        question = _question(request.method or "", request.uri or "", request.version, request.headers)
        if question is None or sum(map(len, question)) > LONGEST or len(kept.body) > LARGEST:
            return
        self._forget(question)
        self._kept[question] = kept
        self._bytes += len(kept.body)
        while len(self._kept) > MOST or self._bytes > ROOM:
            self._forget(next(iter(self._kept)))

    def answer(self, asked: RequestStartLine, headers: HTTPHeaders) -> tuple[Kept, Viewer] | None:
        """What was kept for this question, if it is true now and for who asks, which counts as a use of the
        session; and who asks.
        """
        question = _question(asked.method, asked.path, asked.version, headers)
        if question is None or (kept := self._kept.get(question)) is None:
            return None
        viewer = self._gate.by_token_at_hand(headers.get("X-Auth-Token", "").strip())
        if viewer is None or viewer.password_change_required:
            return None
        needed = kept.route.needs("GET")
        if needed is not None and not may(viewer, needed):
            return None
        task = kept.at_hand(kept.task.id, viewer)
        if task is not kept.task:
            if task is not None:  # it has changed; what is None may only be another's
                self._forget(question)
            return None
        return kept, viewer

    def _forget(self, question: Question) -> None:
        if (kept := self._kept.pop(question, None)) is not None:
            self._bytes -= len(kept.body)

    def whole(self, kept: Kept, request_id: str) -> bytes:
        """The answer as it goes over the wire, with the present Date, for this request."""
        now = int(time.time())
        if self._date[0] != now:
            self._date = now, f"Date: {format_timestamp(now)}\r\nX-Request-Id: ".encode("ascii")
        return b"%s%s%s\r\n\r\n%s" % (kept.lines, self._date[1], request_id.encode("ascii"), kept.body)


def _question(method: str, uri: str, version: str, headers: HTTPHeaders) -> Question | None:
    """What is asked; None where it is no plain GET."""
    if method != "GET" or version != "HTTP/1.1" or "?" in uri:
        return None
    question, no_matter = [uri], 0
    for name, value in headers.get_all():
        if name in NO_MATTER:
            no_matter += len(value)
            if no_matter > MOST_OF_NO_MATTER:
                return None
            continue
        if name in NOT_PLAIN:
            return None
        question.append(name)
        question.append(value)
    return tuple(question)


class PollDelegate(HTTPMessageDelegate):
    """Takes one request: answers it if its answer is kept, and hands it on to the application if not."""

    def __init__(self, polls: Polls, connection: HTTPConnection, application: HTTPMessageDelegate) -> None:
        self._polls = polls
        self._connection = connection
        self._application = application
        self._began = time.monotonic()
        self._asked = RequestStartLine("", "", "")
        self._given_id: str | None = None
        self._answer: tuple[Kept, Viewer] | None = None

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        assert isinstance(start_line, RequestStartLine)
        self._asked = start_line
        self._answer = self._polls.answer(start_line, headers)
        self._given_id = headers.get("X-Request-Id")
        return self._application.headers_received(start_line, headers) if self._answer is None else None

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        return self._application.data_received(chunk)

    def finish(self) -> None:
        if self._answer is None:
            self._application.finish()
            return
        kept, viewer = self._answer
        request_id = request_id_for(self._given_id)
        REQUEST_ID.set(request_id)
        self._write(self._polls.whole(kept, request_id))
        took = time.monotonic() - self._began
        log_answer(f"GET {plain_path(self._asked.path)}", viewer.name, kept.status, took)
        self._polls.requests.note(kept.route.path, "GET", kept.status, took)

    def _write(self, whole: bytes) -> None:
        """Write it past Tornado's `write_headers`, which would put it together and look at each line anew.

        The next request is read, or the connection closed, when all of this one's answer has left.
        """
        stream = cast(HTTP1Connection, self._connection).stream
        if stream.closed():
            return  # which has ended the request
        written = stream.write(whole)
        if written.done():  # as nearly always
            self._connection.finish()
        else:
            written.add_done_callback(self._written)
            have_taken(stream, self._polls.patience)

    def _written(self, written: Future[None]) -> None:
        if written.exception() is None:
            self._connection.finish()

    def on_connection_close(self) -> None:
        if self._answer is None:
            self._application.on_connection_close()
