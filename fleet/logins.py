"""Being logged in at a server: a session of its SessionService, or Basic where it has none.

A session's token is kept in memory and serves every call to its server until the server refuses it.
Sessions are not ended by us: when no task is under way the servers hear nothing, so they run out there.
"""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

from actors.inventory.records import ResetType
from actors.tasks.errors import ServerError, ServerNotUnderstoodError, ServerRefusedError
from actors.tasks.ports import Login
from fleet.call import Call
from fleet.documents import Document, link, said
from fleet.http import Answer, basic
from fleet.patience import Patience
from fleet.stay import Stay
from fleet.troubles import MAY_PASS, not_understood, out_of_patience, refusal

ROOT = "/redfish/v1/"
SESSION_HEADER = "X-Auth-Token"
AUTHORIZATION = "Authorization"
UNAUTHORIZED = 401
NOT_OFFERED = frozenset({404, 405, 501})
SHORTEST_WAIT = 0.05

Headers = dict[str, str]


@dataclass(slots=True, eq=False, weakref_slot=True)
class Known:
    """What is remembered of a server from one call to the next.

    `sessions` is the path where sessions are made: empty where there is none, None where it is not
    known yet. `proof` stands for the credentials that the token was given for: it serves no others.
    """

    stay: Stay
    sessions: str | None = None
    token: str = field(default="", repr=False)
    proof: bytes = field(default=b"", repr=False)
    basic: bool = False
    login: "_UnderWay | None" = None
    reset_types: dict[str, tuple[ResetType, ...]] | None = None
    forgotten: bool = False


@dataclass(slots=True, eq=False)
class _UnderWay:
    """A login that others wait for. It ends with its error, if there was one that concerns them too."""

    proof: bytes = field(repr=False)
    patience: Patience
    ended: asyncio.Future[ServerError | None]


class LogIn:
    """Who we are at one server, for the requests of one call."""

    def __init__(
        self, call: Call, known: Known, login: Login, key: bytes, remember: Callable[[], None]
    ) -> None:
        """`key` keys the proofs; `remember` is called when there is something worth remembering."""
        self._call = call
        self._known = known
        self._login = login
        self._remember = remember
        credentials = f"{login.user_name}\0{login.password}".encode()
        self._proof = blake2b(credentials, key=key, digest_size=16).digest()

    async def headers(self) -> Headers:
        """The header that says who we are, after a login if need be.

        One at a time logs in at a server; those who wait share its outcome. Where it is cancelled or
        held back, the next one takes over.

        Raises:
            ServerRefusedError: the credentials are not valid there (401), or it lets nobody in.
        """
        known = self._known
        while True:
            if known.basic:
                return self.basic()
            if known.token and known.proof == self._proof:
                return {SESSION_HEADER: known.token}
            if known.login is None:
                await self._log_in_for_all()
            else:
                await self._wait_for(known.login)

    def basic(self) -> Headers:
        """The header for where there are no sessions."""
        return {AUTHORIZATION: basic(self._login.user_name, self._login.password)}

    def refused(self, headers: Headers) -> bool:
        """A server answered 401 to these headers: forget them. Whether another login may help."""
        if SESSION_HEADER not in headers:
            self._known.basic, self._known.sessions = False, None
            return False
        if self._known.token == headers[SESSION_HEADER]:
            self._known.token = ""
        return True

    def refusal(self, answer: Answer) -> ServerRefusedError:
        """The error for an answer of 400 or above, with what the server says to it."""
        return refusal(answer.request, answer.status, self.said(answer), _retry_after(answer))

    def said(self, answer: Answer) -> str:
        """The server's own message, fit to be shown, without what we told it in confidence."""
        try:
            content = answer.content
        except ServerNotUnderstoodError:
            return ""
        secrets = (self._login.password, self._known.token, self.basic()[AUTHORIZATION].split()[1])
        return said(content, secrets)

    async def sessions_in(self, root: Document) -> str:
        """The path where sessions are made, as the service root leads to it; empty where there is none."""
        path = link(root, self._call.address, "Links", "Sessions")
        if path is not None:
            return path
        service = link(root, self._call.address, "SessionService")
        if service is None:
            return ""
        answer = await self._call.get(service, self.basic())
        if answer.status in MAY_PASS:
            raise self.refusal(answer)
        if answer.status >= 400:
            return ""
        return link(answer.document(), self._call.address, "Sessions") or ""

    # --- one for all

    async def _log_in_for_all(self) -> None:
        under_way = _UnderWay(self._proof, self._call.patience, asyncio.get_running_loop().create_future())
        self._known.login = under_way
        failure: ServerError | None = None
        try:
            await self._log_in()
        except ServerError as error:
            failure = error
            raise
        finally:
            self._known.login = None
            under_way.ended.set_result(failure)

    async def _wait_for(self, other: _UnderWay) -> None:
        """Until it has ended. Time in which it only waits for a place counts towards no limit."""
        self._call.rest()  # the other may need the place
        patience, spent_before = self._call.patience, other.patience.spent
        while not other.ended.done():
            left = patience.left - (other.patience.spent - spent_before)
            if left <= 0:
                raise out_of_patience(self._call.request("GET", ROOT, {}))
            wait = None if math.isinf(left) else max(left, SHORTEST_WAIT)
            await asyncio.wait({other.ended}, timeout=wait)
        patience.charge(other.patience.spent - spent_before)
        failure = other.ended.result()
        if failure is not None and other.proof == self._proof:
            raise failure.with_traceback(None)

    async def _log_in(self) -> None:
        known = self._known
        if known.sessions is None:
            known.sessions = await self._find_sessions()
        if known.sessions:
            credentials = {"UserName": self._login.user_name, "Password": self._login.password}
            answer = await self._call.once("POST", known.sessions, {}, credentials)
            if answer.status not in NOT_OFFERED:
                known.token, known.proof = self._token(answer), self._proof
                self._remember()
                return
            known.sessions = ""
        known.basic = True
        self._remember()

    def _token(self, answer: Answer) -> str:
        if answer.status >= 400:
            raise self.refusal(answer)
        token = answer.headers.get("x-auth-token", "")
        if answer.status >= 300 or not (token and token.isascii() and token.isprintable()):
            raise not_understood(answer.request, "gave no session token")
        return token

    async def _find_sessions(self) -> str:
        answer = await self._call.get(ROOT, {})
        if answer.status == UNAUTHORIZED:
            return ""  # not even the root without Basic
        if answer.status >= 400:
            raise self.refusal(answer)
        return await self.sessions_in(answer.document())


def _retry_after(answer: Answer) -> float | None:
    """In seconds; None where the server does not say, or names a date."""
    text = answer.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
