"""The account service, accounts and roles as they are sent."""

from typing import Annotated, TypedDict

from actors import Privilege
from web.models.base import Link, Patched, Resource, StatusObject
from web.models.notes import Doc, Range


class AccountService(Resource, Patched):
    """How accounts are kept."""

    Status: Annotated[StatusObject, Doc("State and health.")]
    ServiceEnabled: Annotated[bool, Doc("Whether accounts can be made and changed.")]
    LocalAccountAuth: Annotated[str, Doc("Whether the accounts here are those that log in.")]
    HTTPBasicAuth: Annotated[str, Doc("Whether HTTP Basic is understood.")]
    SupportedAccountTypes: Annotated[list[str], Doc("Which interfaces an account can be for.")]
    MinPasswordLength: Annotated[int, Range(1), Doc("The fewest characters of a password.")]
    MaxPasswordLength: Annotated[int, Range(1), Doc("The most characters of a password.")]
    PasswordGuidanceMessage: Annotated[str, Doc("What else a password must be.")]
    AccountLockoutThreshold: Annotated[
        int, Range(0), Doc("So many wrong passwords lock an account; 0: none do.")
    ]
    AccountLockoutDuration: Annotated[int, Range(0), Doc("For so many seconds; 0: not at all.")]
    AccountLockoutCounterResetAfter: Annotated[
        int, Range(0), Doc("So many seconds after the last wrong password they are counted anew.")
    ]
    AccountLockoutCounterResetEnabled: Annotated[
        bool, Doc("Whether the count and a lock end by themselves; if not, an administrator ends a lock.")
    ]
    Accounts: Annotated[Link, Doc("The accounts.")]
    Roles: Annotated[Link, Doc("The roles.")]
    PrivilegeMap: Annotated[Link, Doc("Which privileges each method takes.")]


class AccountLinks(TypedDict):
    """Links of an account."""

    Role: Annotated[Link, Doc("The role that says what the account may do.")]


class ManagerAccount(Resource, Patched):
    """Somebody who may use the service."""

    UserName: Annotated[str, Doc("The name to log in with.")]
    Password: Annotated[None, Doc("Always null: it can be written and not read.")]
    RoleId: Annotated[str, Doc("The role that says what the account may do.")]
    Enabled: Annotated[bool, Doc("Whether it may log in.")]
    Locked: Annotated[bool, Doc("Whether too many wrong passwords have locked it; false unlocks it.")]
    PasswordChangeRequired: Annotated[
        bool, Doc("Whether its password must be changed before it may do anything else.")
    ]
    AccountTypes: Annotated[list[str], Doc("Which interfaces it is for.")]
    Links: Annotated[AccountLinks, Doc("Links to other resources.")]


class Role(Resource, Patched):
    """What accounts may do."""

    RoleId: Annotated[str, Doc("Its name.")]
    IsPredefined: Annotated[bool, Doc("Whether it is one of Redfish's own, which stay as they are.")]
    AssignedPrivileges: Annotated[list[Privilege], Doc("What it allows.")]
