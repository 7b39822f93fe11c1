"""The gate: who is asking, by session or by password, and nobody else."""

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import uuid4

from actors.access.records import Account, AccountId, Session, SessionId, Viewer
from actors.access.roles import PREDEFINED_ROLES, Privilege
from actors.access.rules import may_see
from actors.settings.records import Value
from actors.tasks.errors import (
    BadCredentialsError,
    NotAllowedError,
    NotFoundError,
    RevisionConflictError,
    StoreUnavailableError,
)
from actors.tasks.messages import Message
from actors.tasks.ports import Clock, PasswordHasher, Remove, Save, Store

log = logging.getLogger("taskmon.access")

SESSION_TIMEOUT = 1800
"""Seconds without a request after which a session ends, unless clients have set it otherwise."""
TIMEOUT_PROPERTY = "SessionTimeout"
"""The property of the SessionService that clients may set."""
REMEMBERED = timedelta(seconds=60)
"""How long a verified pair of name and password need not be verified again: it takes a tenth of a second."""
SAVED_EVERY = timedelta(seconds=60)
"""A session's last use is saved no more often than this."""


class Gate:
    """Sessions live in memory and in the store; a restart keeps them."""

    session_timeout = SESSION_TIMEOUT

    def __init__(self, store: Store, hasher: PasswordHasher, clock: Clock) -> None:
        self._store = store
        self._hasher = hasher
        self._clock = clock
        self._accounts: dict[AccountId, Account] = {}
        self._sessions: dict[SessionId, Session] = {}
        self._by_token: dict[bytes, SessionId] = {}
        self._saved: dict[SessionId, datetime] = {}
        self._pepper = secrets.token_bytes(32)
        self._verified: dict[bytes, tuple[Account, datetime]] = {}
        self._saving: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(
        cls,
        store: Store,
        hasher: PasswordHasher,
        clock: Clock,
        values: Mapping[str, Value] = MappingProxyType({}),
    ) -> "Gate":
        """A gate that knows the sessions that the store has; those that ran out meanwhile are removed.

        `values` are what clients have set of the SessionService.
        """
        gate = cls(store, hasher, clock)
        gate.apply(values)
        for session in await store.sessions():
            gate._remember(session)
        await gate._remove_expired()
        return gate

    def apply(self, values: Mapping[str, Value]) -> None:
        """Go by what clients have set of the SessionService, for the sessions that are open too."""
        timeout = values.get(TIMEOUT_PROPERTY)
        if isinstance(timeout, int):
            self.session_timeout = timeout

    async def login(self, name: str, password: str, origin: str) -> tuple[Session, str]:
        """A new session and its token, 64 hexadecimal digits from a cryptographic source.

        Raises:
            BadCredentialsError: name or password is wrong; which of them is not said.
        """
        account = await self._verify(name, password)
        await self._remove_expired()
        token = secrets.token_hex(32)
        now = self._clock.now()
        session = Session(
            id=SessionId(str(uuid4())),
            account=account.id,
            user_name=account.name,
            token_hash=_hash(token),
            created=now,
            last_used=now,
            origin=origin,
        )
        await self._store.commit(Save(session))
        self._remember(session)
        log.info("session %s of %s opened", session.id, session.user_name)
        return session, token

    async def by_token(self, token: str) -> Viewer:
        """Whose session this token is for; the session lives on from now.

        Raises:
            BadCredentialsError: no session has this token, or the session has run out.
        """
        session = self._sessions.get(self._by_token.get(_hash(token), SessionId("")))
        if session is None:
            raise _not_valid("The token belongs to no session.")
        if self._has_expired(session):
            await self._drop(session)
            raise _not_valid("The session has run out.")
        account = await self._account(session.account)
        if account is None or session.id not in self._sessions:  # it may have been closed meanwhile
            raise _not_valid("The session is closed.")
        self._touch(session)
        return _viewer(account, session.id)

    async def by_password(self, name: str, password: str) -> Viewer:
        """Whose name and password these are (HTTP Basic).

        Raises:
            BadCredentialsError: name or password is wrong; which of them is not said.
        """
        return _viewer(await self._verify(name, password))

    def sessions(self, viewer: Viewer) -> list[Session]:
        """The sessions that the viewer may see, oldest first."""
        return [
            session
            for session in self._sessions.values()
            if may_see(viewer, session.account) and not self._has_expired(session)
        ]

    def session(self, session_id: str, viewer: Viewer) -> Session:
        """The session with this id.

        Raises:
            NotFoundError: there is none.
            NotAllowedError: it is another's.
        """
        session = self._sessions.get(SessionId(session_id))
        if session is None or self._has_expired(session):
            raise NotFoundError(Message("ResourceNotFound", ("Session", session_id[:100])))
        if not may_see(viewer, session.account):
            raise NotAllowedError(
                Message("InsufficientPrivilege", detail="The session is another account's.")
            )
        return session

    async def logout(self, session_id: str, viewer: Viewer) -> None:
        """End a session: one's own, or any with ConfigureManager.

        Raises:
            NotFoundError: there is none.
            NotAllowedError: it is another's.
        """
        session = self._sessions.get(SessionId(session_id))
        if session is None or self._has_expired(session):
            raise NotFoundError(Message("ResourceNotFound", ("Session", session_id[:100])))
        if session.account != viewer.account and Privilege.CONFIGURE_MANAGER not in viewer.privileges:
            raise NotAllowedError(
                Message("InsufficientPrivilege", detail="The session is another account's.")
            )
        await self._drop(session)
        log.info("session %s of %s closed", session.id, session.user_name)

    # --- passwords

    async def _verify(self, name: str, password: str) -> Account:
        key = hmac.digest(self._pepper, f"{len(name)}:{name}{password}".encode(), "sha256")
        now = self._clock.now()
        remembered = self._verified.get(key)
        if remembered is not None and timedelta(0) <= now - remembered[1] < REMEMBERED:
            return remembered[0]
        account = await self._store.account_named(name)
        if (
            not await self._hasher.verify(account.password_hash if account else None, password)
            or account is None
        ):
            raise _not_valid("The user name or the password is wrong.")
        self._verified = {k: v for k, v in self._verified.items() if now - v[1] < REMEMBERED}
        self._verified[key] = (account, now)
        return account

    async def _account(self, account_id: AccountId) -> Account | None:
        """Accounts are only ever added: one that was found need not be looked up again."""
        account = self._accounts.get(account_id)
        if account is None:
            account = await self._store.account(account_id)
            if account is not None:
                self._accounts[account_id] = account
        return account

    # --- sessions

    def _remember(self, session: Session) -> None:
        self._sessions[session.id] = session
        self._by_token[session.token_hash] = session.id
        self._saved[session.id] = session.last_used

    def _has_expired(self, session: Session) -> bool:
        return self._clock.now() - session.last_used >= timedelta(seconds=self.session_timeout)

    def _touch(self, session: Session) -> None:
        now = self._clock.now()
        session = self._sessions[session.id]
        used = self._sessions[session.id] = replace(session, last_used=max(now, session.last_used))
        if now - self._saved[session.id] >= SAVED_EVERY:
            self._saved[session.id] = now
            saving = asyncio.create_task(self._save(used), name=f"last use of session {session.id}")
            self._saving.add(saving)
            saving.add_done_callback(self._saving.discard)

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
        known = self._sessions.get(session.id)
        if known is not None:
            self._sessions[session.id] = replace(known, revision=revision)

    async def _drop(self, session: Session) -> None:
        await self._store.commit(Remove(Session, session.id))
        self._sessions.pop(session.id, None)
        self._by_token.pop(session.token_hash, None)
        self._saved.pop(session.id, None)

    async def _remove_expired(self) -> None:
        for session in [session for session in self._sessions.values() if self._has_expired(session)]:
            await self._drop(session)

    async def close(self) -> None:
        """Wait for what is still being saved."""
        if self._saving:
            await asyncio.wait(self._saving)


def _viewer(account: Account, session: SessionId | None = None) -> Viewer:
    privileges = PREDEFINED_ROLES[account.role]
    return Viewer(
        account=account.id, name=account.name, role=account.role, privileges=privileges, session=session
    )


def _hash(token: str) -> bytes:
    """Tokens are random, so a plain hash is enough to keep a stolen store from being a stolen session."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _not_valid(why: str) -> BadCredentialsError:
    return BadCredentialsError(Message("NoValidSession", detail=why))
