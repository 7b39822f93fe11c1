"""The account service, accounts and roles."""

from collections.abc import Iterable
from typing import Final

from actors import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    Account,
    LockoutRules,
    Role,
    RoleId,
    account_uri,
    is_predefined,
    role_uri,
)
from web.models import AccountService, Collection, ManagerAccount
from web.models import Role as RoleResource
from web.render.common import ENABLED, collection, link
from web.uris import ACCOUNT_SERVICE, ACCOUNTS, PRIVILEGE_MAP, ROLES
from web.versions import ODATA_CONTEXT, ODATA_TYPE

ACCOUNT_TYPE: Final = "Redfish"
"""Which interface accounts are for: there is no other."""

GUIDANCE: Final = (
    "At least four different characters, no control characters, and not the user name. "
    "Long and easy to remember beats short and odd."
)


def account_service(rules: LockoutRules) -> AccountService:
    return {
        "@odata.id": ACCOUNT_SERVICE,
        "@odata.type": ODATA_TYPE["AccountService"],
        "@odata.context": ODATA_CONTEXT["AccountService"],
        "Id": "AccountService",
        "Name": "Account Service",
        "Status": ENABLED,
        "ServiceEnabled": True,
        "LocalAccountAuth": "Enabled",
        "HTTPBasicAuth": "Enabled",
        "SupportedAccountTypes": [ACCOUNT_TYPE],
        "MinPasswordLength": SHORTEST_PASSWORD,
        "MaxPasswordLength": LONGEST_PASSWORD,
        "PasswordGuidanceMessage": GUIDANCE,
        "AccountLockoutThreshold": rules.threshold,
        "AccountLockoutDuration": rules.duration,
        "AccountLockoutCounterResetAfter": rules.reset_after,
        "AccountLockoutCounterResetEnabled": rules.reset_enabled,
        "Accounts": link(ACCOUNTS),
        "Roles": link(ROLES),
        "PrivilegeMap": link(PRIVILEGE_MAP),
    }


def account_collection(accounts: Iterable[Account]) -> Collection:
    return collection("ManagerAccountCollection", ACCOUNTS, (account_uri(one.id) for one in accounts))


def account_resource(account: Account) -> ManagerAccount:
    """An account. Whoever gives it has seen to it that a lock which has run out is none any more."""
    return {
        "@odata.id": account_uri(account.id),
        "@odata.type": ODATA_TYPE["ManagerAccount"],
        "@odata.context": ODATA_CONTEXT["ManagerAccount"],
        "Id": account.id,
        "Name": "User Account",
        "UserName": account.name,
        "Password": None,
        "RoleId": account.role,
        "Enabled": account.enabled,
        "Locked": account.locked is not None,
        "PasswordChangeRequired": account.password_change_required,
        "AccountTypes": [ACCOUNT_TYPE],
        "Links": {"Role": link(role_uri(RoleId(account.role)))},
    }


def role_collection(roles: Iterable[Role]) -> Collection:
    return collection("RoleCollection", ROLES, (role_uri(role.id) for role in roles))


def role_resource(role: Role) -> RoleResource:
    return {
        "@odata.id": role_uri(role.id),
        "@odata.type": ODATA_TYPE["Role"],
        "@odata.context": ODATA_CONTEXT["Role"],
        "Id": role.id,
        "Name": "User Role",
        "RoleId": role.id,
        "IsPredefined": is_predefined(role),
        "AssignedPrivileges": list(role.privileges),
    }
