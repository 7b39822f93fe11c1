"""Accounts that are made beside the service: the first of all, and those of `taskmon account add`."""

import secrets
from contextlib import AsyncExitStack

import click

from actors import AccountRuleError, AlreadyThereError, Directory, add_account
from service.clock import SystemClock
from store.folder import DataFolder
from store.keys.passwords import Argon2Hasher, open_hasher
from store.sqlite import SqliteStore, open_store

ADMIN = "admin"


async def ensure_admin(store: SqliteStore, hasher: Argon2Hasher, password: str | None) -> None:
    """The first start makes the account `admin`; its random password is shown once and kept nowhere.

    One that was deleted does not come back: there is always somebody who may change accounts.
    """
    if await store.account_named(ADMIN) is not None or (await Directory.load(store)).can_be_managed():
        return
    chosen = password or secrets.token_urlsafe(15)
    await add_account(store, hasher, SystemClock(), name=ADMIN, password=chosen, role="Administrator")
    if password is None:
        click.echo(f"account {ADMIN} made, its password is {chosen} (shown this once)")


async def add_account_to(folder: DataFolder, name: str, password: str, role: str) -> None:
    async with AsyncExitStack() as stack:
        store = await open_store(folder.path, readers=1)
        stack.push_async_callback(store.close)
        hasher = await open_hasher(threads=1)
        stack.push_async_callback(hasher.close)
        try:
            await add_account(store, hasher, SystemClock(), name=name, password=password, role=role)
        except AlreadyThereError:
            sentence = f"There is an account {name} already; nothing was changed."
            raise AccountRuleError("UserName", sentence) from None
