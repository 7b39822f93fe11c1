"""The Redfish sessions at one simulated server."""

import secrets
from dataclasses import dataclass

TIMEOUT = 1800
"""Seconds without a request after which a session ends: what SessionService says as SessionTimeout."""


@dataclass(slots=True)
class Session:
    """One session; `used` is when it was last used, in seconds of the caller's clock."""

    id: str
    token: str
    used: float


class Sessions:
    """Who is logged in at one server. Ids are never used twice; a session ends after TIMEOUT idle seconds."""

    __slots__ = ("_by_id", "_by_token", "_made")

    def __init__(self) -> None:
        self._by_id: dict[str, Session] = {}
        self._by_token: dict[str, Session] = {}
        self._made = 0

    def open(self, now: float) -> Session:
        """A new session. The ended ones are forgotten on this occasion."""
        for ended in [session for session in self._by_id.values() if now - session.used > TIMEOUT]:
            self.close(ended.id)
        self._made += 1
        session = Session(str(self._made), secrets.token_hex(16), now)
        self._by_id[session.id] = self._by_token[session.token] = session
        return session

    def use(self, token: str, now: float) -> bool:
        """Whether this token is that of a session; if so, the session has been used now."""
        session = self._by_token.get(token)
        if session is None:
            return False
        if now - session.used > TIMEOUT:
            self.close(session.id)
            return False
        session.used = now
        return True

    def find(self, session_id: str) -> Session | None:
        """The session with this id."""
        return self._by_id.get(session_id)

    def close(self, session_id: str) -> bool:
        """End the session with this id; whether there was one."""
        session = self._by_id.pop(session_id, None)
        if session is None:
            return False
        del self._by_token[session.token]
        return True

    def ids(self) -> list[str]:
        """The ids of all sessions, oldest first."""
        return list(self._by_id)
