"""The gate: logins, sessions that slide and run out, and what is remembered of passwords."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest

from actors import BadCredentialsError, Gate, NotAllowedError, NotFoundError, Viewer, add_account
from actors.access.accounts import AccountRuleError
from actors.tasks.errors import AlreadyThereError
from tests.actors.entrance import Entrance
from tests.actors.failing_store import FailingStore
from tests.actors.house import viewer


@pytest.fixture
async def entrance() -> Entrance:
    made = Entrance()
    await made.add("ada", "Administrator")
    await made.add("bob", "Operator")
    return made


@pytest.fixture
async def gate(entrance: Entrance) -> AsyncIterator[Gate]:
    async with entrance.open() as access:
        yield access.gate


async def test_a_token_leads_to_the_account_that_logged_in(entrance: Entrance, gate: Gate) -> None:
    session, token = await gate.login("ada", "password of ada", "127.0.0.1")
    assert re.fullmatch(r"[0-9a-f]{64}", token)
    found = await gate.by_token(token)
    assert (found.name, found.role, found.session) == ("ada", "Administrator", session.id)
    _, another = await gate.login("ada", "password of ada", "127.0.0.1")
    assert another != token


@pytest.mark.parametrize(("name", "password"), [("ada", "password of bob"), ("eve", "x" * 10), ("ada", "")])
async def test_what_is_wrong_is_refused_and_not_told_apart(
    entrance: Entrance, gate: Gate, name: str, password: str
) -> None:
    told = set()
    for attempt in (gate.login(name, password, ""), gate.by_password(name, password)):
        with pytest.raises(BadCredentialsError) as caught:
            await attempt
        told.add(str(caught.value))
    assert told == {str(caught.value)}
    assert "ada" not in str(caught.value)


async def test_a_made_up_token_is_refused(entrance: Entrance, gate: Gate) -> None:
    for token in ("", "0" * 64, "\udcff"):
        with pytest.raises(BadCredentialsError):
            await gate.by_token(token)


async def test_a_session_slides_with_use_and_runs_out_without(entrance: Entrance, gate: Gate) -> None:
    session, token = await gate.login("ada", "password of ada", "")
    for _ in range(5):
        entrance.clock.move(gate.session_timeout - 1)
        await gate.by_token(token)
    entrance.clock.move(gate.session_timeout)
    with pytest.raises(BadCredentialsError, match="run out"):
        await gate.by_token(token)
    assert await entrance.store.sessions() == []
    with pytest.raises(NotFoundError):
        gate.session(session.id, viewer())


async def test_sessions_survive_a_restart_and_no_token_is_stored(entrance: Entrance) -> None:
    async with entrance.open() as access:
        _, token = await access.gate.login("ada", "password of ada", "")
        assert token not in str(await entrance.store.sessions())
    async with entrance.open() as access:
        assert (await access.gate.by_token(token)).name == "ada"
        entrance.clock.move(access.gate.session_timeout)
    async with entrance.open() as access:
        assert access.gate.sessions(viewer()) == []
        assert await entrance.store.sessions() == []


async def test_use_is_saved_so_that_a_restart_does_not_shorten_a_session(entrance: Entrance) -> None:
    async with entrance.open() as access:
        _, token = await access.gate.login("ada", "password of ada", "")
        entrance.clock.move(access.gate.session_timeout - 1)
        await access.gate.by_token(token)
        entrance.clock.move(access.gate.session_timeout - 1)
    async with entrance.open() as access:
        assert (await access.gate.by_token(token)).name == "ada"


async def test_a_save_that_failed_once_is_made_up_for() -> None:
    store = FailingStore()
    entrance = Entrance(store)
    await entrance.add("ada")
    async with entrance.open() as access:
        gate = access.gate
        session, token = await gate.login("ada", "password of ada", "")
        for refuse, stored in ((True, False), (False, True), (False, False), (False, False)):
            store.refuses = lambda _, refuse=refuse: refuse  # type: ignore[misc]
            store.stores_and_refuses = lambda _, stored=stored: stored  # type: ignore[misc]
            entrance.clock.move(61)
            await gate.by_token(token)
            await gate.close()
        (kept,) = await store.sessions()
        assert (kept.id, kept.last_used) == (session.id, entrance.clock.now())


async def test_ones_own_sessions_are_seen_and_all_with_configure_users(
    entrance: Entrance, gate: Gate
) -> None:
    of_ada, ada = await gate.login("ada", "password of ada", "")
    of_bob, bob = await gate.login("bob", "password of bob", "")
    as_ada, as_bob = await gate.by_token(ada), await gate.by_token(bob)

    def seen_by(who: Viewer) -> list[str]:
        return [session.id for session in gate.sessions(who)]

    assert seen_by(as_ada) == [of_ada.id, of_bob.id]
    assert seen_by(as_bob) == [of_bob.id]
    with pytest.raises(NotAllowedError):
        gate.session(of_ada.id, as_bob)
    with pytest.raises(NotAllowedError):
        await gate.logout(of_ada.id, as_bob)
    await gate.logout(of_bob.id, as_bob)
    with pytest.raises(BadCredentialsError):
        await gate.by_token(bob)
    with pytest.raises(NotFoundError):
        await gate.logout(of_bob.id, as_ada)


async def test_a_verified_pair_is_remembered_for_a_minute_and_a_wrong_one_never(
    entrance: Entrance, gate: Gate
) -> None:
    for _ in range(3):
        await gate.by_password("ada", "password of ada")
    assert entrance.hasher.verified == 1
    entrance.clock.move(60)
    await gate.by_password("ada", "password of ada")
    assert entrance.hasher.verified == 2
    for _ in range(2):
        with pytest.raises(BadCredentialsError):
            await gate.by_password("ada", "password of bob")
    assert entrance.hasher.verified == 4


async def test_of_many_who_come_with_a_pair_at_once_one_is_verified_and_of_wrong_ones_each(
    entrance: Entrance, gate: Gate
) -> None:
    found = await asyncio.gather(*(gate.by_password("ada", "password of ada") for _ in range(20)))
    assert {viewer.name for viewer in found} == {"ada"}
    assert entrance.hasher.verified == 1
    refused = await asyncio.gather(
        *(gate.by_password("ada", "password of bob") for _ in range(5)), return_exceptions=True
    )
    assert all(isinstance(error, BadCredentialsError) for error in refused)
    assert entrance.hasher.verified == 6


@pytest.mark.parametrize(
    ("name", "password", "role"),
    [
        ("", "long enough", "ReadOnly"),
        ("a:b", "long enough", "ReadOnly"),
        ("a\nb", "long enough", "ReadOnly"),
        (" a", "long enough", "ReadOnly"),
        ("a" * 65, "long enough", "ReadOnly"),
        ("carol", "short", "ReadOnly"),
        ("carol", "x" * 129, "ReadOnly"),
        ("carolina", "Carolina", "ReadOnly"),
        ("carol", "aaaaaaaaaa", "ReadOnly"),
        ("carol", "with\tcontrol", "ReadOnly"),
        ("carol", "long enough", "Root"),
    ],
)
async def test_accounts_that_break_the_rules_are_not_made(
    entrance: Entrance, name: str, password: str, role: str
) -> None:
    with pytest.raises(AccountRuleError):
        await add_account(
            entrance.store, entrance.hasher, entrance.clock, name=name, password=password, role=role
        )
    assert await entrance.store.account_named(name) is None


async def test_a_name_is_given_once(entrance: Entrance) -> None:
    with pytest.raises(AlreadyThereError):
        await add_account(
            entrance.store,
            entrance.hasher,
            entrance.clock,
            name="ada",
            password="another word",
            role="ReadOnly",
        )
