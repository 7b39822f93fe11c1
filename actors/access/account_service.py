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
    about,
    all_together,
    anothers_account,
    be_allowed,
    be_free,
    be_known,
    changed_by,
    check_name_of,
    check_password_of,
    collected,
    no_such_account,
    what_can_be,
)
from actors.access.account_settings import AccountSettings
from actors.access.directory import Directory
from actors.access.records import Account, AccountId, Session, Viewer
from actors.access.rules import may_change_account, may_see_account
from actors.asking import ask
from actors.keeping import Keep, be_of
from actors.tasks.errors import ClientError, ConflictError, InvalidRequestError
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
            InvalidRequestError: name, password or role will not do; it tells of all that will not.
            ConflictError: there is an account of that name.
        """
        refused: list[ClientError] = []
        with collected(refused):
            check_name_of(new.name)
        with collected(refused):
            check_password_of(new.password, new.name)
        account = Account(
            id=AccountId(str(uuid4())),
            name=new.name,
            role=new.role,
            password_hash="" if refused else await self._hasher.hash(new.password),
            created=self._clock.now(),
            enabled=new.enabled,
            password_change_required=new.password_change_required,
        )

        def settle(directory: Directory) -> Sequence[Change]:
            with collected(refused):
                be_known(directory, account.role)
            with collected(refused):
                be_free(directory, account)
            if refused:
                raise all_together(refused)
            return [Save(account)]

        await ask(self._keeper, Keep(settle))
        log.info("account %s made, role %s", account.name, account.role)
        return account

    async def change(
        self,
        account_id: str,
        viewer: Viewer,
        change: AccountChange,
        revision: int | None = None,
        mistakes: Sequence[Message] = (),
    ) -> tuple[Account, Sequence[Message]]:
        """The account, changed at once in all of this that can be, and what stands against the rest.

        `mistakes` are those that the request has already; they come first among what is told. Where the
        password is refused nothing else is set either: an account must not get a role, or be enabled, with a
        password that was to be another one by then.

        A new password, and disabling the account, end its sessions, but for the one that the request was made
        with. A password that the owner has changed need not be changed any more.

        Raises:
            NotFoundError: there is no such account.
            NotAllowedError: it is another's, or the viewer may change its password only.
            InvalidRequestError: the account can be nothing of it, or the password is refused.
            ConflictError: the same, and all that stands against it is that the name is taken, or that nobody
                could change accounts any more.
            ChangedError: a revision is given, and the record has another.
        """
        account = await self.find_to_change(account_id, viewer)
        be_allowed(viewer, account, change)
        refused: list[ClientError] = []
        password_hash = None
        if change.password is not None:
            with collected(refused):
                await self._check_new_password(account, viewer, change)
                password_hash = await self._hasher.hash(change.password)
        is_password_refused = bool(refused) or "Password" in about(mistakes)

        def settle(directory: Directory) -> Sequence[Change]:
            present = directory.accounts.get(account.id)
            if present is None:
                raise no_such_account(account_id)
            be_of(present, revision)
            possible = what_can_be(directory, present, change, refused)
            if is_password_refused or (refused and not possible.properties):
                raise all_together(refused, mistakes)
            changed = changed_by(present, possible, password_hash, by_owner=viewer.account == present.id)
            changes: list[Change] = [Save(changed)]
            if password_hash is not None or not changed.enabled:
                kept = viewer.session if changed.enabled else None
                ended = (session for session in directory.sessions_of(present.id) if session.id != kept)
                changes += (Remove(Session, session.id) for session in ended)
            return changes

        made, *_ = await ask(self._keeper, Keep(settle))
        log.info("account %s changed by %s", made.record.name, viewer.name)
        changed: Account = made.record
        return changed, [*mistakes, *(message for error in refused for message in error.messages)]

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
        check_password_of(password, change.name or account.name)
        is_old = viewer.password_change_required and await self._hasher.verify(
            account.password_hash, password
        )
        if is_old:
            detail = "The new password must not be the present one."
            raise InvalidRequestError(
                Message("PropertyValueError", ("Password",), detail=detail, properties=("Password",))
            )
