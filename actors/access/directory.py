"""What is known of accounts, roles and sessions: all of them in memory, as last committed."""

from collections.abc import Iterable, Iterator

from actors.access.records import Account, AccountId, Role, RoleId, Session, SessionId, Viewer
from actors.access.roles import PREDEFINED_ROLES, Privilege
from actors.tasks.ports import Change, Remove, Save, Store

PREDEFINED: dict[RoleId, Role] = {
    RoleId(name): Role(id=RoleId(name), privileges=tuple(p for p in Privilege if p in privileges))
    for name, privileges in PREDEFINED_ROLES.items()
}
"""The predefined roles as records; they are never stored."""


class Directory:
    """Reads are plain look-ups; what changes it is `apply`, called with what has just been committed.

    Of a session it has the last use that was saved; `Sessions` knows of those since.
    """

    def __init__(self) -> None:
        self.accounts: dict[AccountId, Account] = {}
        self.roles: dict[RoleId, Role] = dict(PREDEFINED)
        self.sessions: dict[SessionId, Session] = {}
        self._by_token: dict[bytes, SessionId] = {}

    @classmethod
    async def load(cls, store: Store) -> "Directory":
        """All that the store has."""
        directory = cls()
        await directory.refresh(store)
        return directory

    async def refresh(self, store: Store) -> None:
        """Take over what the store has instead of what is known. Sessions stay as they are known."""
        stored = await store.sessions()
        await self.refresh_accounts(store)
        self.sessions = {session.id: self.sessions.get(session.id, session) for session in stored}
        self._by_token = {session.token_hash: session.id for session in stored}

    async def refresh_accounts(self, store: Store) -> None:
        """Take over the accounts and roles that the store has: another process may have added some."""
        accounts, roles = await store.accounts(), await store.roles()
        self.accounts = {account.id: account for account in accounts}
        self.roles = {**PREDEFINED, **{role.id: role for role in roles}}

    def apply(self, changes: Iterable[Change]) -> None:
        """Take over what has been committed; other kinds of records are passed over."""
        for change in changes:
            match change:
                case Save(Account() as account):
                    self.accounts[account.id] = account
                case Save(Role() as role):
                    self.roles[role.id] = role
                case Save(Session() as session):
                    self.sessions[session.id] = session
                    self._by_token[session.token_hash] = session.id
                case Remove(kind, removed) if kind is Account:
                    self.accounts.pop(AccountId(removed), None)
                case Remove(kind, removed) if kind is Role:
                    self.roles.pop(RoleId(removed), None)
                case Remove(kind, removed) if kind is Session:
                    if ended := self.sessions.pop(SessionId(removed), None):
                        self._by_token.pop(ended.token_hash, None)
                case _:
                    pass

    def used(self, session: Session) -> None:
        """Take over the last use of a session, which has been saved, if it still is open."""
        if session.id in self.sessions:
            self.sessions[session.id] = session

    def named(self, name: str) -> Account | None:
        """The account with this name (exactly, case included), or None."""
        return next((account for account in self.accounts.values() if account.name == name), None)

    def with_token(self, token_hash: bytes) -> Session | None:
        """The open session whose token has this hash, or None."""
        return self.sessions.get(self._by_token.get(token_hash, SessionId("")))

    def sessions_of(self, account_id: AccountId) -> Iterator[Session]:
        """The open sessions of an account, oldest first."""
        return (session for session in self.sessions.values() if session.account == account_id)

    def privileges_of(self, account: Account) -> frozenset[Privilege]:
        """What the account's role allows; nothing where there is no such role."""
        role = self.roles.get(RoleId(account.role))
        return frozenset(role.privileges) if role else frozenset()

    def viewer(self, account: Account, session: SessionId | None = None) -> Viewer:
        """The account as one who asks."""
        return Viewer(
            account=account.id,
            name=account.name,
            role=account.role,
            privileges=self.privileges_of(account),
            session=session,
            password_change_required=account.password_change_required,
        )

    def standing(self, account_id: AccountId) -> Viewer | None:
        """The account as one who reads what comes later; None where it is gone or disabled, where its role
        does not let it in any more, or where its password must be changed first.
        """
        account = self.accounts.get(account_id)
        if account is None or not account.enabled or account.password_change_required:
            return None
        return self.viewer(account) if Privilege.LOGIN in self.privileges_of(account) else None

    def can_be_managed(self, *changes: Change) -> bool:
        """Whether after these changes somebody could log in and change accounts: nobody may lock all out."""
        after = Directory()
        after.accounts, after.roles = dict(self.accounts), dict(self.roles)
        after.apply(changes)
        return any(
            account.enabled and {Privilege.LOGIN, Privilege.CONFIGURE_USERS} <= after.privileges_of(account)
            for account in after.accounts.values()
        )
