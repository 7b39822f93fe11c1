"""One call's dealings with a server that lets us in: reads that are repeated, an action that is not."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from types import TracebackType
from typing import Self

from actors.tasks.errors import (
    ServerError,
    ServerHungUpError,
    ServerNotUnderstoodError,
    ServerTooSlowError,
)
from actors.tasks.ports import Login
from fleet.call import Call
from fleet.documents import Document
from fleet.http import Answer
from fleet.logins import ROOT, UNAUTHORIZED, Headers, Known, LogIn
from fleet.troubles import hung_up, kind_of, not_redfish, not_sent, not_understood

NOT_FOUND = 404


class Visit:
    """Every answer that it returns has an HTTP status below 400, or one that the caller called fine; the
    others are ServerRefusedErrors.

    A context manager: at its end the call ends.
    """

    def __init__(
        self,
        call: Call,
        known: Known,
        login: Login,
        key: bytes,
        remember: Callable[[], None],
        errors: Counter[str],
    ) -> None:
        """See `LogIn`. A ServerError that ends it is counted among `errors`, by its kind."""
        self._call = call
        self._known = known
        self._errors = errors
        self._log_in = LogIn(call, known, login, key, remember)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call.end()
        if isinstance(error, ServerError):
            self._errors[kind_of(error)] += 1

    async def root(self) -> Answer:
        """The service root, for which no login should be needed.

        Raises:
            ServerNotUnderstoodError: there is none.
        """
        answer = await self._call.repeated(self._root)
        if self._known.sessions is None:  # spares the login from reading the root once more
            root = answer.document()
            self._known.sessions = await self._call.repeated(lambda: self._log_in.sessions_in(root))
        return answer

    async def get(self, path: str) -> Answer:
        """The answer to a GET."""

        async def send(headers: Headers) -> Answer:
            return await self._call.get(path, headers)

        return await self._call.repeated(lambda: self._logged_in(self._log_in.headers, send))

    async def document(self, path: str) -> Document:
        """The JSON object at this path."""
        return (await self.get(path)).document()

    async def act(
        self,
        method: str,
        path: str,
        body: Mapping[str, str] | None = None,
        *,
        fine: Collection[int] = (),
    ) -> Answer:
        """The answer to what changes something there. It is sent once, or once more after a 401.

        An answer to it with a status in `fine` is no refusal; the login's is judged as ever.

        Raises:
            ServerUnreachableError: it was not sent: there was no connection, or no login in time.
            ServerTooSlowError: it was sent, and what became of it is unknown.
            ServerHungUpError: the same; also where the answer is not HTTP.
            ServerNotUnderstoodError: nothing was done: the answer is a redirect, or the login's is strange.
        """
        request = self._call.request(method, path, {})

        async def headers() -> Headers:
            try:
                return await self._call.repeated(self._log_in.headers)
            except (ServerTooSlowError, ServerHungUpError) as error:
                raise not_sent(request, error) from error

        async def send(headers: Headers) -> Answer:
            try:
                return await self._call.once(method, path, headers, body)
            except ServerNotUnderstoodError as error:
                raise hung_up(request) from error

        answer = await self._logged_in(headers, send, fine)
        if 300 <= answer.status < 400:
            raise not_understood(request, "answered with a redirect, which is not followed")
        return answer

    def said(self, answer: Answer) -> str:
        """The server's own messages in this answer, fit to be shown."""
        return self._log_in.said(answer)

    async def _root(self) -> Answer:
        answer = await self._call.get(ROOT, {})
        if answer.status == UNAUTHORIZED:
            answer = await self._call.get(ROOT, self._log_in.basic())
        if answer.status == NOT_FOUND:
            raise not_redfish(answer.request)
        return self._checked(answer)

    async def _logged_in(
        self,
        headers: Callable[[], Awaitable[Headers]],
        send: Callable[[Headers], Awaitable[Answer]],
        fine: Collection[int] = (),
    ) -> Answer:
        """The answer; sent again after a 401 to a session that has run out, for 401 says nothing was done."""
        used = await headers()
        answer = await send(used)
        if answer.status == UNAUTHORIZED and self._log_in.refused(used):
            answer = await send(await headers())
        return answer if answer.status in fine else self._checked(answer)

    def _checked(self, answer: Answer) -> Answer:
        if answer.status >= 400:
            raise self._log_in.refusal(answer)
        return answer
