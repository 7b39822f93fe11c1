"""Accounts: what may be made and changed, what a change means for sessions, and that nobody is locked out."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from actors import (
    Account,
    AccountChange,
    BadCredentialsError,
    ChangedError,
    ClientError,
    ConflictError,
    InvalidRequestError,
    NewAccount,
    NotAllowedError,
    NotFoundError,
    Privilege,
    StoreUnavailableError,
)
from actors.access.access import Access, open_access
from actors.asking import ask
from actors.keeping import Keep
from actors.settings.kept import KeptSettings
from actors.tasks.ports import Change
from tests.actors.entrance import Entrance, as_viewer
from tests.actors.failing_store import FailingStore, once

BOBS = "password of bob"
NEW = "a new long word"


@pytest.fixture
async def entrance() -> Entrance:
    made = Entrance()
    await made.add("ada", "Administrator")
    await made.add("bob")
    return made


async def account(access: Access, name: str) -> Account:
    (found,) = [one for one in await access.accounts.list(await as_viewer(access, "ada")) if one.name == name]
    return found


async def change(access: Access, whom: str, by: str = "ada", **wanted: Any) -> Account:
    """Have one change another."""
    viewer = await as_viewer(access, by)
    found = await account(access, whom)
    changed, told = await access.accounts.change(found.id, viewer, AccountChange(**wanted))
    assert not told
    return changed


async def is_let_in(access: Access, name: str, password: str) -> bool:
    try:
        await access.gate.by_password(name, password)
    except BadCredentialsError:
        return False
    return True


# --- making


async def test_what_is_made_is_there_at_once_and_over_a_restart(entrance: Entrance) -> None:
    async with entrance.open() as access:
        made = await access.accounts.create(NewAccount(name="eve", password=NEW, role="ReadOnly"))
        assert (made.enabled, made.password_change_required, made.locked) == (True, False, None)
        assert made.password_hash == await entrance.hasher.hash(NEW)
        assert (await access.gate.by_password("eve", NEW)).role == "ReadOnly"
        assert [one.name for one in await access.accounts.list(await as_viewer(access, "ada"))] == [
            "ada",
            "bob",
            "eve",
        ]
    async with entrance.open() as access:
        assert await is_let_in(access, "eve", NEW)


@pytest.mark.parametrize(
    ("name", "password", "role", "about"),
    [
        ("a:b", NEW, "ReadOnly", "UserName"),
        ("eve", "short", "ReadOnly", "Password"),
        ("eve", NEW, "Emperor", "RoleId"),
    ],
)
async def test_what_an_account_cannot_be_is_told_of_its_property(
    entrance: Entrance, name: str, password: str, role: str, about: str
) -> None:
    async with entrance.open() as access:
        with pytest.raises(InvalidRequestError) as caught:
            await access.accounts.create(NewAccount(name=name, password=password, role=role))
        (message,) = caught.value.messages
        assert (message.args[-1], message.properties) == (about, (about,))
        assert password not in message.text
    assert len(await entrance.store.accounts()) == 2


async def test_a_name_is_given_once_also_by_two_at_once_and_by_a_change(entrance: Entrance) -> None:
    async with entrance.open() as access:
        new = NewAccount(name="eve", password=NEW, role="ReadOnly")
        outcomes = await asyncio.gather(
            *(access.accounts.create(new) for _ in range(4)), return_exceptions=True
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Account"] + 3 * ["ConflictError"]
        with pytest.raises(ConflictError, match="eve"):
            await change(access, "bob", name="eve")
        assert (await change(access, "bob", name="bert")).name == "bert"
        assert await is_let_in(access, "bert", BOBS)
        assert not await is_let_in(access, "bob", BOBS)


async def test_an_account_that_another_process_adds_is_known_at_once(entrance: Entrance) -> None:
    async with entrance.open() as access:
        await entrance.add("carol")
        _, token = await access.gate.login("carol", "password of carol", "")
        assert (await access.gate.by_token(token)).name == "carol"
        await entrance.add("dora")
        assert (await account(access, "dora")).name == "dora"
        await entrance.add("emil", "Administrator")
        assert (await change(access, "ada", role="Operator")).role == "Operator"  # emil is left


# --- who may


async def test_ones_own_account_and_no_other_without_the_privilege(entrance: Entrance) -> None:
    async with entrance.open() as access:
        bob, ada = await as_viewer(access, "bob"), await as_viewer(access, "ada")
        assert [one.name for one in await access.accounts.list(bob)] == ["bob"]
        assert (await access.accounts.find(bob.account, bob)).name == "bob"
        for ask in (access.accounts.find, access.accounts.find_to_change):
            with pytest.raises(NotAllowedError):
                await ask(ada.account, bob)
            with pytest.raises(NotFoundError):
                await ask("nobody", ada)
        with pytest.raises(NotAllowedError):
            await access.accounts.change(ada.account, bob, AccountChange(password=NEW))


@pytest.mark.parametrize(
    "wanted",
    [
        {"role": "Administrator"},
        {"name": "root"},
        {"enabled": True},
        {"unlock": True},
        {"password_change_required": False},
        {"password": NEW, "role": "Administrator"},
    ],
)
async def test_of_ones_own_account_only_the_password(entrance: Entrance, wanted: dict[str, Any]) -> None:
    async with entrance.open() as access:
        before = await account(access, "bob")
        with pytest.raises(NotAllowedError, match="ConfigureUsers"):
            await change(access, "bob", by="bob", **wanted)
        assert await account(access, "bob") == before


async def test_a_change_of_one_revision_is_made_to_no_other(entrance: Entrance) -> None:
    async with entrance.open() as access:
        ada, bob = await as_viewer(access, "ada"), await account(access, "bob")
        to_reader = AccountChange(role="ReadOnly")
        outcomes = await asyncio.gather(
            *(access.accounts.change(bob.id, ada, to_reader, bob.revision) for _ in range(4)),
            return_exceptions=True,
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == 3 * ["ChangedError"] + ["tuple"]
        with pytest.raises(ChangedError):
            await access.accounts.delete(bob.id, ada, bob.revision)
        assert (await account(access, "bob")).revision == bob.revision + 1
        await access.accounts.delete(bob.id, ada, bob.revision + 1)


# --- what a change means for who is logged in


async def test_a_new_password_ends_the_sessions_but_the_one_it_came_with(entrance: Entrance) -> None:
    async with entrance.open() as access:
        gate = access.gate
        (_, mine), (_, elsewhere) = [await gate.login("bob", BOBS, "") for _ in range(2)]
        viewer = await gate.by_token(mine)
        await access.accounts.change(viewer.account, viewer, AccountChange(password=NEW))
        assert (await gate.by_token(mine)).name == "bob"
        with pytest.raises(BadCredentialsError):
            await gate.by_token(elsewhere)
        assert (await is_let_in(access, "bob", BOBS), await is_let_in(access, "bob", NEW)) == (False, True)
        await change(access, "bob", password=BOBS)
        with pytest.raises(BadCredentialsError):
            await gate.by_token(mine)
    assert await entrance.store.sessions() == []


async def test_who_is_disabled_is_out_and_may_come_back(entrance: Entrance) -> None:
    async with entrance.open() as access:
        _, token = await access.gate.login("bob", BOBS, "")
        await change(access, "bob", enabled=False)
        with pytest.raises(BadCredentialsError):
            await access.gate.by_token(token)
        assert not await is_let_in(access, "bob", BOBS)
        await change(access, "bob", enabled=True)
        assert await is_let_in(access, "bob", BOBS)
        with pytest.raises(BadCredentialsError):
            await access.gate.by_token(token)


async def test_who_is_deleted_is_out_with_all_sessions(entrance: Entrance) -> None:
    async with entrance.open() as access:
        ada, bob = await as_viewer(access, "ada"), await account(access, "bob")
        _, token = await access.gate.login("bob", BOBS, "")
        await access.gate.login("ada", "password of ada", "")
        assert await is_let_in(access, "bob", BOBS)
        await access.accounts.delete(bob.id, ada)
        with pytest.raises(BadCredentialsError):
            await access.gate.by_token(token)
        assert not await is_let_in(access, "bob", BOBS)
        assert [session.user_name for session in await entrance.store.sessions()] == ["ada"]
        for _ in range(2):
            with pytest.raises(NotFoundError):
                await access.accounts.delete(bob.id, ada)
        again = await access.accounts.create(NewAccount(name="bob", password=NEW, role="ReadOnly"))
        assert again.id != bob.id


async def test_a_login_that_was_under_way_when_the_account_went_does_not_pass(entrance: Entrance) -> None:
    async with entrance.open() as access:
        ada, bob = await as_viewer(access, "ada"), await account(access, "bob")
        checked, go_on = asyncio.Event(), asyncio.Event()
        verify = entrance.hasher.verify

        async def slowly(password_hash: str | None, password: str) -> bool:
            is_right = await verify(password_hash, password)
            checked.set()
            await go_on.wait()
            return is_right

        entrance.hasher.verify = slowly  # type: ignore[method-assign]
        login = asyncio.create_task(access.gate.login("bob", BOBS, ""))
        await checked.wait()
        await access.accounts.delete(bob.id, ada)
        go_on.set()
        with pytest.raises(BadCredentialsError):
            await login
    assert await entrance.store.sessions() == []


async def test_a_new_role_and_a_new_name_hold_for_open_sessions(entrance: Entrance) -> None:
    async with entrance.open() as access:
        session, token = await access.gate.login("bob", BOBS, "")
        await change(access, "bob", role="ReadOnly", name="bert")
        viewer = await access.gate.by_token(token)
        assert (viewer.name, viewer.role) == ("bert", "ReadOnly")
        assert Privilege.CONFIGURE_COMPONENTS not in viewer.privileges
        assert access.gate.session(session.id, viewer).user_name == "bert"


# --- a password that must be changed


async def test_a_due_password_is_changed_by_its_owner_and_by_nothing_less(entrance: Entrance) -> None:
    async with entrance.open() as access:
        assert not (await as_viewer(access, "bob")).password_change_required
        assert (await change(access, "bob", password_change_required=True)).password_change_required
        viewer = await as_viewer(access, "bob")
        assert viewer.password_change_required
        with pytest.raises(InvalidRequestError, match="present one"):
            await change(access, "bob", by="bob", password=BOBS)
        assert not (await change(access, "bob", by="bob", password=NEW)).password_change_required
        assert not (await access.gate.by_password("bob", NEW)).password_change_required


async def test_not_even_an_administrator_gets_round_a_due_password(entrance: Entrance) -> None:
    async with entrance.open() as access:
        await change(access, "ada", password_change_required=True)
        for wanted in ({"password_change_required": False}, {"password": NEW, "role": "Operator"}):
            with pytest.raises(NotAllowedError) as caught:
                await change(access, "ada", by="ada", **wanted)
            (message,) = caught.value.messages
            assert message.key == "PasswordChangeRequired"
            assert message.args[0].startswith("/redfish/v1/AccountService/Accounts/")


async def test_a_password_that_an_administrator_sets_may_stay_due(entrance: Entrance) -> None:
    async with entrance.open() as access:
        changed = await change(access, "bob", password=NEW, password_change_required=True)
        assert changed.password_change_required
        assert (await change(access, "bob", password=BOBS)).password_change_required
        assert not (await change(access, "bob", password_change_required=False)).password_change_required


# --- nobody locks everybody out


@pytest.mark.parametrize("wanted", [{"enabled": False}, {"role": "Operator"}])
async def test_the_last_administrator_stays_one(entrance: Entrance, wanted: dict[str, Any]) -> None:
    async with entrance.open() as access:
        with pytest.raises(ConflictError, match="last enabled account"):
            await change(access, "ada", **wanted)
        ada = await as_viewer(access, "ada")
        with pytest.raises(ConflictError, match="last enabled account"):
            await access.accounts.delete(ada.account, ada)
        await change(access, "bob", role="Administrator", enabled=False)
        with pytest.raises(ConflictError):  # a disabled one is none
            await change(access, "ada", **wanted)
        await change(access, "bob", enabled=True)
        await change(access, "ada", **wanted)


async def test_of_two_administrators_that_go_at_once_one_stays(entrance: Entrance) -> None:
    async with entrance.open() as access:
        await change(access, "bob", role="Administrator")
        ada, bob = await as_viewer(access, "ada"), await as_viewer(access, "bob")
        outcomes = await asyncio.gather(
            access.accounts.delete(bob.account, ada),
            access.accounts.delete(ada.account, bob),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes] == [type(None), ConflictError]
        assert [one.name for one in await entrance.store.accounts()] == ["ada"]


# --- a store that fails


async def test_without_its_keeper_the_service_stops(
    entrance: Entrance, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: object) -> list[Change]:
        raise RuntimeError("a mistake of ours")

    lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with AsyncExitStack() as stack:
        kept = await KeptSettings.load(entrance.store)
        access = await open_access(
            entrance.store, entrance.hasher, entrance.clock, kept, stack, lost.set_result
        )
        with pytest.raises(RuntimeError):
            await ask(access.keeper, Keep(fail))  # who asks is told, and the keeper goes on
        await as_viewer(access, "ada")
        access.keeper.tell(Keep(fail))
        assert await lost == "AccessKeeper"
    assert "a mistake of ours" in caplog.text


async def test_a_change_of_unknown_outcome_is_found_out_before_the_next(entrance: Entrance) -> None:
    store = FailingStore()
    entrance = Entrance(store)
    await entrance.add("ada", "Administrator")
    await entrance.add("bob")
    async with entrance.open() as access:
        _, token = await access.gate.login("bob", BOBS, "")
        ada, bob = await as_viewer(access, "ada"), await account(access, "bob")
        store.stores_and_refuses = once(lambda _: True)
        with pytest.raises(StoreUnavailableError):
            await access.accounts.delete(bob.id, ada)
        with pytest.raises(NotFoundError):
            await access.accounts.delete(bob.id, ada)
        with pytest.raises(ClientError):
            await access.gate.by_token(token)
