"""The gate: who is asking, by session or by password, and nobody else."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pykka

from actors.access.account_settings import AccountSettings
from actors.access.directory import Directory
from actors.access.lockout import WrongPasswords
from actors.access.records import Account, Session, SessionId, Viewer
from actors.access.roles import Privilege
from actors.access.sessions import Sessions, token_hash
from actors.access.verified import VerifiedPairs
from actors.asking import ask, sent
from actors.keeping import Keep
from actors.settings.records import Value
from actors.tasks.errors import BadCredentialsError, NotAllowedError, TaskmonError
from actors.tasks.messages import Message
from actors.tasks.ports import Change, Clock, PasswordHasher, Save, Store

log = logging.getLogger("taskmon.access")

TIMEOUT_PROPERTY = "SessionTimeout"
"""The property of the SessionService that clients may set."""


class Gate:
    """Lets in by a token or by name and password. Why a pair is refused is never told: it may be unknown,
    wrong, or of an account that is disabled or locked; and each takes as long.
    """

    def __init__(
        self,
        keeper: pykka.ActorRef[Any],
        directory: Directory,
        store: Store,
        hasher: PasswordHasher,
        clock: Clock,
        settings: AccountSettings,
    ) -> None:
        self._keeper = keeper
        self._directory = directory
        self._store = store
        self._hasher = hasher
        self._clock = clock
        self._settings = settings
        self._sessions = Sessions(keeper, directory, store, clock)
        self._verified = VerifiedPairs()
        self._wrong = WrongPasswords()
        self._locking: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Remove the sessions that ran out while the service did not run."""
        await self._sessions.end_expired()

    async def close(self) -> None:
        """Wait for what is still being saved."""
        await self._sessions.close()
        if self._locking:
            await asyncio.wait(self._locking)

    def apply(self, values: Mapping[str, Value]) -> None:
        """Go by what clients have set of the SessionService, for the sessions that are open too."""
        timeout = values.get(TIMEOUT_PROPERTY)
        if isinstance(timeout, int):
            self._sessions.timeout = timeout

    async def login(self, name: str, password: str, origin: str) -> tuple[Session, str]:
        """A new session and its token, 64 hexadecimal digits from a cryptographic source.

        Raises:
            BadCredentialsError: the account may not log in with this; why is not said.
            NotAllowedError: it may, but its role does not have the privilege Login.
        """
        account = await self._verify(name, password)
        if Privilege.LOGIN not in self._directory.privileges_of(account):
            detail = f"The role {account.role} does not have the privilege Login."
            raise NotAllowedError(Message("InsufficientPrivilege", detail=detail))
        await self._sessions.end_expired()
        token = secrets.token_hex(32)
        now = self._clock.now()
        session = Session(
            id=SessionId(str(uuid4())),
            account=account.id,
            user_name=account.name,
            token_hash=token_hash(token),
            created=now,
            last_used=now,
            origin=origin,
        )

        def open_session(directory: Directory) -> Sequence[Change]:
            self._be_welcome(directory.accounts.get(account.id), account)
            return [Save(session)]

        await ask(self._keeper, Keep(open_session))
        log.info("session %s of %s opened", session.id, session.user_name)
        return session, token

    async def by_token(self, token: str) -> Viewer:
        """Whose session this token is for; the session lives on from now.

        Raises:
            BadCredentialsError: no session has this token, or the session has run out.
        """
        if (viewer := self.by_token_at_hand(token)) is not None:
            return viewer
        session = self._sessions.with_token(token)
        if session is None:
            raise _not_valid("The token belongs to no session.")
        if self._sessions.has_expired(session):
            await self._sessions.end([session])
            raise _not_valid("The session has run out.")
        raise _not_valid("The session is closed.")

    def by_token_at_hand(self, token: str) -> Viewer | None:
        """The same, where it is known without waiting; None where `by_token` has to see to it."""
        session = self._sessions.with_token(token)
        if session is None or self._sessions.has_expired(session):
            return None
        account = self._directory.accounts.get(session.account)
        if account is None or not account.enabled:
            return None
        self._sessions.touch(session)
        return self._directory.viewer(account, session.id)

    async def by_password(self, name: str, password: str) -> Viewer:
        """Whose name and password these are (HTTP Basic).

        Raises:
            BadCredentialsError: the account may not log in with this; why is not said.
        """
        return self._directory.viewer(await self._verify(name, password))

    # --- sessions

    @property
    def open_sessions(self) -> int:
        """How many sessions there are, of everybody."""
        return len(self._directory.sessions)

    @property
    def session_timeout(self) -> int:
        """Seconds without a request after which a session ends."""
        return self._sessions.timeout

    def sessions(self, viewer: Viewer) -> list[Session]:
        """See `Sessions.seen_by`."""
        return self._sessions.seen_by(viewer)

    def session(self, session_id: str, viewer: Viewer) -> Session:
        """See `Sessions.find`."""
        return self._sessions.find(session_id, viewer)

    async def logout(self, session_id: str, viewer: Viewer) -> None:
        """See `Sessions.logout`."""
        await self._sessions.logout(session_id, viewer)

    # --- passwords

    async def _verify(self, name: str, password: str) -> Account:
        """The account, as it is now, that these are name and password of."""
        if remembered := self._remembered(name, password):
            return remembered
        async with self._verified.turn(name, password):
            return self._remembered(name, password) or await self._verify_now(name, password)

    async def _verify_now(self, name: str, password: str) -> Account:
        stored = await self._store.account_named(name)
        is_right = await self._hasher.verify(stored.password_hash if stored else None, password)
        if stored is None:
            raise _wrong()
        account = await self._present(stored)
        if not is_right:
            if account is not None and not self._is_locked(account):
                self._count(account)
            raise _wrong()
        welcome = self._be_welcome(account, stored)
        self._wrong.forget(welcome.id)
        self._verified.add(name, password, welcome, self._clock.now())
        return welcome

    def _remembered(self, name: str, password: str) -> Account | None:
        pair = self._verified.account(name, password, self._clock.now())
        account = self._directory.accounts.get(pair[0]) if pair else None
        return account if pair and account and account.revision == pair[1] else None

    async def _present(self, stored: Account) -> Account | None:
        """What the directory knows of this account; one that another process has added it gets to know."""
        if stored.id not in self._directory.accounts:
            await ask(self._keeper, Keep(lambda _: ()))
        return self._directory.accounts.get(stored.id)

    def _be_welcome(self, account: Account | None, verified: Account) -> Account:
        """The account as it is now, if it may log in with the password that it was verified with."""
        if (
            account is None
            or account.password_hash != verified.password_hash
            or not account.enabled
            or self._is_locked(account)
        ):
            raise _wrong()
        return account

    # --- lock-out

    def _is_locked(self, account: Account) -> bool:
        rules, now = self._settings.lockout, self._clock.now()
        return rules.holds(account.locked, now) or self._wrong.are_too_many(account, rules, now)

    def _count(self, account: Account) -> None:
        """One more wrong password. If it was the last that the account may have, it is locked from now on,
        and that is saved beside: the answer takes no longer than any other.
        """
        rules, now = self._settings.lockout, self._clock.now()
        self._wrong.add(account, rules, now)
        if self._wrong.are_too_many(account, rules, now):
            locked = replace(account, revision=account.revision + 1, locked=now)

            def settle(directory: Directory) -> Sequence[Change]:
                return [Save(locked)] if directory.accounts.get(account.id) == account else []

            # In the mailbox at once: whoever looks at the account after this sees it locked.
            locking = asyncio.create_task(
                self._lock(account, sent(self._keeper, Keep(settle))),
                name=f"lock-out of account {account.id}",
            )
            self._locking.add(locking)
            locking.add_done_callback(self._locking.discard)

    async def _lock(self, account: Account, saved: Awaitable[object]) -> None:
        try:
            await saved
        except TaskmonError as error:  # it stays locked for as long as the count lasts
            log.warning("that account %s is locked could not be saved: %s", account.name, error)
        else:
            log.warning("account %s is locked: too many wrong passwords", account.name)


def _wrong() -> BadCredentialsError:
    return _not_valid("The user name or the password is wrong.")


def _not_valid(why: str) -> BadCredentialsError:
    return BadCredentialsError(Message("NoValidSession", detail=why))
