"""What the web layer asks about accounts: reading, making, changing and removing them."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pykka

from actors.access.account_changes import (
    ANOTHER_FIRST,
    LAST_ONE,
    AccountChange,
    NewAccount,
    anothers_account,
    be_allowed,
    be_free,
    be_known,
    changed_by,
    check,
    last_one,
    no_such_account,
)
from actors.access.account_settings import AccountSettings
from actors.access.accounts import check_name, check_password
from actors.access.directory import Directory
from actors.access.records import Account, AccountId, Session, Viewer
from actors.access.rules import may_change_account, may_see_account
from actors.asking import ask
from actors.keeping import Keep, be_of
from actors.tasks.errors import ConflictError, InvalidRequestError
from actors.tasks.messages import Message
from actors.tasks.ports import Change, Clock, PasswordHasher, Remove, Save

log = logging.getLogger("taskmon.access")


class Accounts:
    """Changes are made one at a time, each against what is stored then; on return it is durable and holds
    for the next request. Every method may raise StoreUnavailableError.
    """

    def __init__(
        self,
        keeper: pykka.ActorRef[Any],
        directory: Directory,
        hasher: PasswordHasher,
        clock: Clock,
        settings: AccountSettings,
    ) -> None:
        self._keeper = keeper
        self._directory = directory
        self._hasher = hasher
        self._clock = clock
        self._settings = settings
        self._deleted: Callable[[AccountId], Awaitable[None]] | None = None

    def when_deleted(self, call: Callable[[AccountId], Awaitable[None]]) -> None:
        """Have this called and awaited after each removal of an account, before whoever asked is answered."""
        self._deleted = call

    async def list(self, viewer: Viewer) -> Sequence[Account]:
        """The accounts that the viewer may see, in the order in which they were made."""
        await self._look()
        return [a for a in self._directory.accounts.values() if may_see_account(viewer, a.id)]

    async def find(self, account_id: str, viewer: Viewer) -> Account:
        """The account with this id.

        Raises:
            NotFoundError: there is none.
            NotAllowedError: it is another's.
        """
        account = await self._stored(account_id)
        if not may_see_account(viewer, account.id):
            raise anothers_account()
        return account

    async def find_to_change(self, account_id: str, viewer: Viewer) -> Account:
        """The account with this id, of which the viewer may change something.

        Raises:
            NotFoundError: there is none.
            NotAllowedError: it is another's.
        """
        account = await self._stored(account_id)
        if not may_change_account(viewer, account.id):
            raise anothers_account()
        return account

    async def create(self, new: NewAccount) -> Account:
        """Make an account.

        Raises:
            InvalidRequestError: name, password or role will not do.
            ConflictError: there is an account of that name.
        """
        check(lambda: check_name(new.name))
        check(lambda: check_password(new.password, new.name))
        account = Account(
            id=AccountId(str(uuid4())),
            name=new.name,
            role=new.role,
            password_hash=await self._hasher.hash(new.password),
            created=self._clock.now(),
            enabled=new.enabled,
            password_change_required=new.password_change_required,
        )

        def settle(directory: Directory) -> Sequence[Change]:
            be_known(directory, account.role)
            be_free(directory, account)
            return [Save(account)]

        await ask(self._keeper, Keep(settle))
        log.info("account %s made, role %s", account.name, account.role)
        return account

    async def change(
        self, account_id: str, viewer: Viewer, change: AccountChange, revision: int | None = None
    ) -> Account:
        """The account, changed in all of this or in nothing.

        A new password, and disabling the account, end its sessions, but for the one that the request was made
        with. A password that the owner has changed need not be changed any more.

        Raises:
            NotFoundError: there is no such account.
            NotAllowedError: it is another's, or the viewer may change its password only.
            InvalidRequestError: the account cannot be so.
            ConflictError: the name is taken, or nobody could change accounts any more.
            ChangedError: a revision is given, and the record has another.
        """
        account = await self.find_to_change(account_id, viewer)
        be_allowed(viewer, account, change)
        if change.password is not None:
            await self._check_new_password(account, viewer, change)
        password_hash = None if change.password is None else await self._hasher.hash(change.password)

        def settle(directory: Directory) -> Sequence[Change]:
            present = directory.accounts.get(account.id)
            if present is None:
                raise no_such_account(account_id)
            be_of(present, revision)
            changed = changed_by(present, change, password_hash, by_owner=viewer.account == present.id)
            if change.role is not None:
                be_known(directory, changed.role)
            if change.name is not None:
                check(lambda: check_name(changed.name))
                be_free(directory, changed)
            changes: list[Change] = [Save(changed)]
            if directory.can_be_managed() and not directory.can_be_managed(*changes):
                raise last_one(change)
            if password_hash is not None or not changed.enabled:
                kept = viewer.session if changed.enabled else None
                ended = (session for session in directory.sessions_of(present.id) if session.id != kept)
                changes += (Remove(Session, session.id) for session in ended)
            return changes

        made, *_ = await ask(self._keeper, Keep(settle))
        log.info("account %s changed by %s", made.record.name, viewer.name)
        changed: Account = made.record
        return changed

    async def delete(self, account_id: str, viewer: Viewer, revision: int | None = None) -> None:
        """Remove the account with its subscriptions, and end its sessions. Its tasks stay.

        Raises:
            NotFoundError: there is no such account.
            ConflictError: nobody could change accounts any more.
            ChangedError: a revision is given, and the record has another.
        """
        account = await self.find(account_id, viewer)

        def settle(directory: Directory) -> Sequence[Change]:
            present = directory.accounts.get(account.id)
            if present is None:
                raise no_such_account(account_id)
            be_of(present, revision)
            removal = Remove(Account, present.id)
            if directory.can_be_managed() and not directory.can_be_managed(removal):
                raise ConflictError(
                    Message("ResourceCannotBeDeleted", detail=LAST_ONE, resolution_here=ANOTHER_FIRST)
                )
            ended = (Remove(Session, session.id) for session in directory.sessions_of(present.id))
            return [removal, *ended]

        await ask(self._keeper, Keep(settle))
        log.info("account %s deleted by %s", account.name, viewer.name)
        if self._deleted is not None:
            await self._deleted(account.id)

    async def _stored(self, account_id: str) -> Account:
        await self._look()
        account = self._directory.accounts.get(AccountId(account_id))
        if account is None:
            raise no_such_account(account_id)
        return account

    async def _look(self) -> None:
        """Have the directory know what has been stored until now, and take away the locks that have run out.

        So `Locked` changes by a change of the record like any other, and its tag with it.
        """
        rules, now = self._settings.lockout, self._clock.now()

        def settle(directory: Directory) -> Sequence[Change]:
            return [
                Save(replace(account, revision=account.revision + 1, locked=None))
                for account in directory.accounts.values()
                if account.locked is not None and not rules.holds(account.locked, now)
            ]

        await ask(self._keeper, Keep(settle))

    async def _check_new_password(self, account: Account, viewer: Viewer, change: AccountChange) -> None:
        password = change.password or ""
        check(lambda: check_password(password, change.name or account.name))
        is_old = viewer.password_change_required and await self._hasher.verify(
            account.password_hash, password
        )
        if is_old:
            detail = "The new password must not be the present one."
            raise InvalidRequestError(
                Message("PropertyValueError", ("Password",), detail=detail, properties=("Password",))
            )
