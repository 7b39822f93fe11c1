"""Puts together what decides on who may do what: the directory, its keeper, and what is asked of them."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pykka

from actors.access.account_service import Accounts
from actors.access.account_settings import AccountSettings
from actors.access.directory import Directory
from actors.access.gate import Gate
from actors.access.keeper import AccessKeeper
from actors.access.records import AccountId, Viewer
from actors.access.role_service import Roles
from actors.asking import ask, stop_in_time
from actors.settings.kept import KeptSettings
from actors.settings.records import SESSION_SERVICE
from actors.tasks.mail import Ping
from actors.tasks.ports import Clock, PasswordHasher, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What is asked about access."""

    gate: Gate
    accounts: Accounts
    roles: Roles
    settings: AccountSettings
    kept: KeptSettings
    keeper: pykka.ActorRef[Any]
    standing: Callable[[AccountId], Viewer | None]
    """What an account may do now, without asking; None: nothing."""


async def open_access(
    store: Store,
    hasher: PasswordHasher,
    clock: Clock,
    kept: KeptSettings,
    stack: AsyncExitStack,
    on_lost: Callable[[str], None],
) -> Access:
    """With the accounts, roles and sessions that the store has; sessions that ran out meanwhile are removed.

    Closing `stack` ends it: what is being saved is waited for.
    """
    directory = await Directory.load(store)
    keeper = AccessKeeper.start(directory, store, on_lost)
    stack.push_async_callback(stop_in_time, keeper)
    await ask(keeper, Ping())

    settings = AccountSettings(kept)
    gate = Gate(keeper, directory, store, hasher, clock, settings)
    gate.apply(kept.of(SESSION_SERVICE).values)
    kept.when_changed(SESSION_SERVICE, gate.apply)
    await gate.open()
    stack.push_async_callback(gate.close)
    return Access(
        gate=gate,
        accounts=Accounts(keeper, directory, hasher, clock, settings),
        roles=Roles(keeper, directory),
        settings=settings,
        kept=kept,
        keeper=keeper,
        standing=directory.standing,
    )
