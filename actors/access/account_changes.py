"""What may be asked of an account, what it becomes by that, and what stands against it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from actors.access.accounts import AccountRuleError, check_name, check_password
from actors.access.directory import Directory
from actors.access.records import Account, AccountId, RoleId, Viewer
from actors.access.rules import may_change_of_account, needed_to_change
from actors.tasks.errors import (
    ClientError,
    ConflictError,
    InvalidRequestError,
    NotAllowedError,
    NotFoundError,
)
from actors.tasks.messages import Message
from actors.tasks.ports import Save
from actors.uris import account_uri


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What a client says of an account that is to be made."""

    name: str
    password: str
    role: str
    enabled: bool = True
    password_change_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChange:
    """What a client wants to be different; None stays as it is. `unlock` ends a lock-out."""

    name: str | None = None
    password: str | None = None
    role: str | None = None
    enabled: bool | None = None
    password_change_required: bool | None = None
    unlock: bool = False

    @property
    def properties(self) -> frozenset[str]:
        """What is to be different, by Redfish's names."""
        given = {
            "UserName": self.name,
            "Password": self.password,
            "RoleId": self.role,
            "Enabled": self.enabled,
            "PasswordChangeRequired": self.password_change_required,
            "Locked": self.unlock or None,
        }
        return frozenset(name for name, value in given.items() if value is not None)

    def without(self, properties: Collection[str]) -> "AccountChange":
        """The change without these, by Redfish's names; those that never stand alone stay."""
        return replace(
            self,
            name=None if "UserName" in properties else self.name,
            password=None if "Password" in properties else self.password,
            role=None if "RoleId" in properties else self.role,
            enabled=None if "Enabled" in properties else self.enabled,
        )


@contextmanager
def collected(refused: list[ClientError]) -> Iterator[None]:
    """Go on after what stands against one property, which is added to the list, to find the others."""
    try:
        yield
    except (InvalidRequestError, ConflictError) as error:
        refused.append(error)


def all_together(refused: Sequence[ClientError], mistakes: Sequence[Message] = ()) -> ClientError:
    """One error with all that was found, `mistakes` first: a conflict only if there is nothing else."""
    messages = (*mistakes, *(message for error in refused for message in error.messages))
    if mistakes or not all(isinstance(error, ConflictError) for error in refused):
        return InvalidRequestError(*messages)
    return ConflictError(*messages)


def about(messages: Iterable[Message]) -> frozenset[str]:
    """The properties that these messages are about."""
    return frozenset(name for message in messages for name in message.properties)


def what_can_be(
    directory: Directory, account: Account, change: AccountChange, refused: list[ClientError]
) -> AccountChange:
    """What of this change the account can take; what stands against the rest is added to the list.

    The password is not looked at.
    """
    first = len(refused)
    if change.role is not None:
        with collected(refused):
            be_known(directory, change.role)
    if change.name is not None:
        with collected(refused):
            check_name_of(change.name)
            be_free(directory, replace(account, name=change.name))
    change = change.without(about(m for error in refused[first:] for m in error.messages))
    while directory.can_be_managed() and not directory.can_be_managed(
        Save(changed_by(account, change, None, by_owner=False))
    ):
        error = last_one(change)
        refused.append(error)
        change = change.without(about(error.messages))
    return change


def check_name_of(name: str) -> None:
    """Whether an account may have this name. Raises InvalidRequestError."""
    _check(lambda: check_name(name))


def check_password_of(password: str, name: str) -> None:
    """Whether the account of this name may have this password. Raises InvalidRequestError."""
    _check(lambda: check_password(password, name))


def _check(rule: Callable[[], None]) -> None:
    try:
        rule()
    except AccountRuleError as error:
        raise InvalidRequestError(
            Message("PropertyValueError", (error.about,), detail=str(error), properties=(error.about,))
        ) from None


LAST_ONE = "It is the last enabled account that may change accounts: nobody could make another."
ANOTHER_FIRST = "Make or enable another administrator first."


def password_change_required(account_id: AccountId) -> NotAllowedError:
    """That the password of this account must be changed before anything else."""
    return NotAllowedError(Message("PasswordChangeRequired", (account_uri(account_id),)))


def be_allowed(viewer: Viewer, account: Account, change: AccountChange) -> None:
    """Whether the viewer may make this change of this account.

    Raises:
        NotAllowedError: a property of it takes a privilege that the viewer has not, or the password has to be
            changed before anything else.
    """
    if viewer.password_change_required and change.properties - {"Password"}:
        raise password_change_required(account.id)
    refused = sorted(n for n in change.properties if not may_change_of_account(viewer, account.id, n))
    if refused:
        needs = (f"To change {name} takes {' or '.join(needed_to_change(name))}." for name in refused)
        raise NotAllowedError(Message("InsufficientPrivilege", detail=" ".join(needs)))


def changed_by(account: Account, change: AccountChange, password_hash: str | None, by_owner: bool) -> Account:
    """The account after this change."""
    required = change.password_change_required
    if required is None:
        required = account.password_change_required and not (by_owner and password_hash is not None)
    return replace(
        account,
        revision=account.revision + 1,
        name=account.name if change.name is None else change.name,
        role=account.role if change.role is None else change.role,
        password_hash=password_hash or account.password_hash,
        enabled=account.enabled if change.enabled is None else change.enabled,
        password_change_required=required,
        locked=None if change.unlock else account.locked,
    )


def be_known(directory: Directory, role: str) -> None:
    """Whether there is such a role. Raises InvalidRequestError."""
    if RoleId(role) not in directory.roles:
        raise InvalidRequestError(
            Message(
                "PropertyValueNotInList",
                (role[:80], "RoleId"),
                resolution_here=f"Give one of {', '.join(directory.roles)}.",
                properties=("RoleId",),
            )
        )


def be_free(directory: Directory, account: Account) -> None:
    """Whether no other account has the name of this one. Raises ConflictError."""
    other = directory.named(account.name)
    if other is not None and other.id != account.id:
        raise ConflictError(
            Message(
                "ResourceAlreadyExists",
                ("ManagerAccount", "UserName", account.name),
                properties=("UserName",),
            )
        )


def last_one(change: AccountChange) -> ConflictError:
    """That after this change nobody could change accounts any more."""
    name, value = ("Enabled", "false") if change.enabled is False else ("RoleId", str(change.role))
    return ConflictError(
        Message(
            "PropertyValueExternalConflict",
            (name, value),
            detail=LAST_ONE,
            resolution_here=ANOTHER_FIRST,
            properties=(name,),
        )
    )


def no_such_account(account_id: str) -> NotFoundError:
    """That there is no account with this id."""
    return NotFoundError(Message("ResourceNotFound", ("ManagerAccount", account_id[:100])))


def anothers_account() -> NotAllowedError:
    """That the account is not the viewer's."""
    return NotAllowedError(Message("InsufficientPrivilege", detail="The account is another's."))
