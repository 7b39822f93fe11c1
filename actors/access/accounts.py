"""The rules of accounts: what a user name and a password must be, and making one."""

from collections.abc import Iterable
from uuid import uuid4

from actors.access.records import BY_THE_SERVICE, Account, AccountId
from actors.access.roles import PREDEFINED_ROLES
from actors.tasks.errors import TaskmonError
from actors.tasks.ports import Clock, PasswordHasher, Save, Store

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 128
LONGEST_NAME = 64


class AccountRuleError(TaskmonError):
    """A name, password or role that an account cannot have; the sentence says which and why.

    `about` is the property that is wrong, by Redfish's name for it.
    """

    def __init__(self, about: str, sentence: str) -> None:
        super().__init__(sentence)
        self.about = about


def check_password(password: str, name: str) -> None:
    """Whether this password may be used for the account of this name.

    Raises:
        AccountRuleError: it may not.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccountRuleError(
            "Password",
            f"The password must have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters, "
            f"and this one has {len(password)}.",
        )
    if not password.isprintable():
        raise AccountRuleError("Password", "The password must have no control characters.")
    if name.lower() == password.lower():
        raise AccountRuleError("Password", "The password must not be the user name.")
    if len(set(password)) < 4:
        raise AccountRuleError("Password", "The password must have at least four different characters.")


def check_name(name: str) -> None:
    """Whether an account may have this name.

    Raises:
        AccountRuleError: it may not. A colon would make HTTP Basic impossible (RFC 7617).
    """
    if not 1 <= len(name) <= LONGEST_NAME:
        raise AccountRuleError("UserName", f"The user name must have 1 to {LONGEST_NAME} characters.")
    if not name.isprintable() or ":" in name or name != name.strip():
        raise AccountRuleError(
            "UserName", "The user name must have no colon, no control characters and no blanks at its ends."
        )
    if name == BY_THE_SERVICE:
        raise AccountRuleError(
            "UserName", f"The user name '{BY_THE_SERVICE}' is the service's own: choose another."
        )


def check_role(role: str, roles: Iterable[str]) -> None:
    """Whether the role is one of these.

    Raises:
        AccountRuleError: it is none.
    """
    known = list(roles)
    if role not in known:
        raise AccountRuleError("RoleId", f"There is no such role; the roles are {', '.join(known)}.")


async def add_account(
    store: Store, hasher: PasswordHasher, clock: Clock, *, name: str, password: str, role: str
) -> Account:
    """Make an account; on return it is durable and may log in.

    Raises:
        AccountRuleError: name, password or role will not do.
        AlreadyThereError: an account of that name is there.
    """
    check_name(name)
    check_role(role, [*PREDEFINED_ROLES, *(made.id for made in await store.roles())])
    check_password(password, name)
    account = Account(
        id=AccountId(str(uuid4())),
        name=name,
        role=role,
        password_hash=await hasher.hash(password),
        created=clock.now(),
    )
    await store.commit(Save(account))
    return account
