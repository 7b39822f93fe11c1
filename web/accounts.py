"""The account service and the accounts: who may use the service."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from actors import AccountChange, NewAccount, account_uri
from web.body import CreateWords, read_body
from web.etags import revision_tag
from web.handler import RedfishHandler
from web.kinds import Choices, Flag, Shape, Text, Whole
from web.models import AccountService, ManagerAccount
from web.patching import PatchHandler
from web.render.accounts import ACCOUNT_TYPE, account_collection, account_resource, account_service

AccountType = StrEnum("AccountType", {"REDFISH": ACCOUNT_TYPE})

CAN_CHANGE: Final[Shape] = {
    "UserName": Text(longest=256),
    "Password": Text(secret=True),
    "RoleId": Text(),
    "Enabled": Flag(),
    "PasswordChangeRequired": Flag(),
    "Locked": Flag(only=False),  # wrong passwords lock an account, and nothing else does
    "AccountTypes": Choices(AccountType, least=1),
}
SETTINGS: Final[Shape] = {
    "AccountLockoutThreshold": Whole(),
    "AccountLockoutDuration": Whole(),
    "AccountLockoutCounterResetAfter": Whole(),
    "AccountLockoutCounterResetEnabled": Flag(),
}
NEW_ACCOUNT: Final[Shape] = {
    **CAN_CHANGE,
    "UserName": Text(required=True, longest=256),
    "Password": Text(required=True, secret=True),
    "RoleId": Text(required=True),
}


class AccountServiceHandler(PatchHandler):
    @property
    def etag(self) -> str:
        """The tag of the service as it is."""
        return revision_tag(self.services.account_settings.revision)

    async def get(self) -> None:
        body = account_service(self.services.account_settings.lockout)
        self.send(body, "AccountService", etag=self.etag)

    async def patch(self) -> None:
        settings = self.services.account_settings
        revision = self.expected(self.etag, settings.revision)
        given, mistakes = self.read_patch(SETTINGS, AccountService.__annotations__)
        told = await settings.change(given, revision, mistakes)
        body = account_service(settings.lockout)
        self.send_patched(body, "AccountService", etag=self.etag, mistakes=told)


class AccountsHandler(RedfishHandler):
    async def get(self) -> None:
        accounts = await self.services.accounts.list(self.viewer)
        self.send(account_collection(accounts), "ManagerAccountCollection")

    async def post(self) -> None:
        given = read_body(self.json_object(), NEW_ACCOUNT, CreateWords())
        account = await self.services.accounts.create(
            NewAccount(
                name=given["UserName"],
                password=given["Password"],
                role=given["RoleId"],
                enabled=given.get("Enabled", True),
                password_change_required=given.get("PasswordChangeRequired", False),
            )
        )
        uri, body = account_uri(account.id), account_resource(account)
        self.send(body, "ManagerAccount", status=201, location=uri, etag=revision_tag(account.revision))


class AccountHandler(PatchHandler):
    def is_open_while_password_due(self, method: str) -> bool:
        """To read the own account and to change its password."""
        return method in ("GET", "HEAD", "PATCH") and self.path_args == [self.viewer.account]

    async def get(self, account_id: str) -> None:
        account = await self.services.accounts.find(account_id, self.viewer)
        self.send(account_resource(account), "ManagerAccount", etag=revision_tag(account.revision))

    async def patch(self, account_id: str) -> None:
        account = await self.services.accounts.find_to_change(account_id, self.viewer)
        revision = self.expected(revision_tag(account.revision), account.revision)
        given, mistakes = self.read_patch(CAN_CHANGE, ManagerAccount.__annotations__)
        account, told = await self.services.accounts.change(
            account_id, self.viewer, change_of(given), revision, mistakes
        )
        etag = revision_tag(account.revision)
        self.send_patched(account_resource(account), "ManagerAccount", etag=etag, mistakes=told)

    async def delete(self, account_id: str) -> None:
        account = await self.services.accounts.find(account_id, self.viewer)
        revision = self.expected(revision_tag(account.revision), account.revision)
        await self.services.accounts.delete(account_id, self.viewer, revision)
        self.send_nothing()


def change_of(given: Mapping[str, Any]) -> AccountChange:
    """What the body of a PATCH wants to be different."""
    return AccountChange(
        name=given.get("UserName"),
        password=given.get("Password"),
        role=given.get("RoleId"),
        enabled=given.get("Enabled"),
        password_change_required=given.get("PasswordChangeRequired"),
        unlock="Locked" in given,
    )
