"""Open sessions: they slide with use, run out without, and are seen by their owner or with ConfigureUsers."""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pykka

from actors.access.directory import Directory
from actors.access.records import Session, SessionId, Viewer
from actors.access.roles import Privilege
from actors.access.rules import may_see
from actors.asking import ask
from actors.keeping import Keep
from actors.tasks.errors import (
    NotAllowedError,
    NotFoundError,
    RevisionConflictError,
    StoreUnavailableError,
)
from actors.tasks.messages import Message
from actors.tasks.ports import Clock, Remove, Save, Store

log = logging.getLogger("taskmon.access")

SESSION_TIMEOUT = 1800
"""Seconds without a request after which a session ends, unless clients have set it otherwise."""
SAVED_EVERY = timedelta(seconds=60)
"""A session's last use is saved no more often than this."""


class Sessions:
    """Sessions live in memory and in the store; a restart keeps them."""

    timeout = SESSION_TIMEOUT

    def __init__(self, keeper: pykka.ActorRef[Any], directory: Directory, store: Store, clock: Clock) -> None:
        self._keeper = keeper
        self._directory = directory
        self._store = store
        self._clock = clock
        self._used: dict[SessionId, datetime] = {}  # the last use seen, where one was
        self._saved: dict[SessionId, datetime] = {}
        self._saving: set[asyncio.Task[None]] = set()

    def with_token(self, token: str) -> Session | None:
        """The session that this token is for, if it is open; it may have run out."""
        return self._directory.with_token(token_hash(token))

    def seen_by(self, viewer: Viewer) -> list[Session]:
        """The sessions that the viewer may see, oldest first."""
        return [
            self._shown(session)
            for session in self._directory.sessions.values()
            if may_see(viewer, session.account) and not self.has_expired(session)
        ]

    def find(self, session_id: str, viewer: Viewer) -> Session:
        """The session with this id.

        Raises:
            NotFoundError: there is none.
            NotAllowedError: it is another's.
        """
        session = self._find(session_id)
        if not may_see(viewer, session.account):
            raise _anothers()
        return self._shown(session)

    async def logout(self, session_id: str, viewer: Viewer) -> None:
        """End a session: one's own, or any with ConfigureManager.

        Raises:
            NotFoundError: there is none.
            NotAllowedError: it is another's.
        """
        session = self._find(session_id)
        if session.account != viewer.account and Privilege.CONFIGURE_MANAGER not in viewer.privileges:
            raise _anothers()
        await self.end([session])
        log.info("session %s of %s closed", session.id, session.user_name)

    def has_expired(self, session: Session) -> bool:
        """Whether it was not used for too long."""
        return self._clock.now() - self._last_used(session) >= timedelta(seconds=self.timeout)

    async def end(self, sessions: Sequence[Session]) -> None:
        """End these sessions, all or none; on return that is durable."""
        removals = [Remove(Session, session.id) for session in sessions]
        await ask(self._keeper, Keep(lambda _: removals))

    async def end_expired(self) -> None:
        """End those that have run out, and forget what was remembered of all that have ended."""
        open_ones = self._directory.sessions
        self._saved = {i: at for i, at in self._saved.items() if i in open_ones}
        self._used = {i: at for i, at in self._used.items() if i in open_ones}
        if expired := [s for s in self._directory.sessions.values() if self.has_expired(s)]:
            await self.end(expired)

    def touch(self, session: Session) -> None:
        """The session has just been used: it lives on from now."""
        now = self._clock.now()
        self._used[session.id] = used = max(now, self._last_used(session))
        if now - self._saved.setdefault(session.id, session.last_used) >= SAVED_EVERY:
            self._saved[session.id] = now
            saving = asyncio.create_task(
                self._save(replace(session, last_used=used)), name=f"last use of session {session.id}"
            )
            self._saving.add(saving)
            saving.add_done_callback(self._saving.discard)

    def _last_used(self, session: Session) -> datetime:
        return self._used.get(session.id, session.last_used)

    async def close(self) -> None:
        """Wait for what is still being saved."""
        if self._saving:
            await asyncio.wait(self._saving)

    async def _save(self, session: Session) -> None:
        """Save the last use. A failure costs the session at most a minute of its life after a restart."""
        revision = session.revision + 1
        try:
            await self._store.commit(Save(replace(session, revision=revision)))
        except RevisionConflictError:
            # An earlier save of unknown outcome was stored after all, or the session has been closed.
            log.info("the last use of session %s is saved with the next", session.id)
        except StoreUnavailableError as error:
            log.warning("the last use of session %s could not be saved: %s", session.id, error)
            return
        known = self._directory.sessions.get(session.id)
        if known is not None:
            self._directory.used(replace(known, revision=revision, last_used=session.last_used))

    def _find(self, session_id: str) -> Session:
        session = self._directory.sessions.get(SessionId(session_id))
        if session is None or self.has_expired(session):
            raise NotFoundError(Message("ResourceNotFound", ("Session", session_id[:100])))
        return session

    def _shown(self, session: Session) -> Session:
        """The session with the name that its account has now."""
        account = self._directory.accounts.get(session.account)
        return replace(session, user_name=account.name) if account else session


def token_hash(token: str) -> bytes:
    """Tokens are random, so a plain hash is enough to keep a stolen store from being a stolen session."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _anothers() -> NotAllowedError:
    return NotAllowedError(Message("InsufficientPrivilege", detail="The session is another account's."))
