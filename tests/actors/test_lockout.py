"""Lock-out: wrong passwords lock an account, time or an administrator unlocks it, and nobody is told."""

import asyncio
import logging

import pytest

from actors import Account, AccountChange, BadCredentialsError, ChangedError
from actors.access.access import Access
from actors.access.lockout import LockoutRules
from tests.actors.entrance import Entrance, as_viewer
from tests.actors.failing_store import FailingStore, saves

RULES = LockoutRules()


@pytest.fixture
async def entrance() -> Entrance:
    made = Entrance()
    await made.add("ada", "Administrator")
    await made.add("bob")
    return made


async def refused(access: Access, password: str, name: str = "bob") -> str:
    """What is said to who tries this password."""
    with pytest.raises(BadCredentialsError) as caught:
        await access.gate.login(name, password, "")
    return str(caught.value)


async def fail(access: Access, times: int) -> None:
    for _ in range(times):
        await refused(access, "a wrong one")


async def bob_as_ada_sees_him(access: Access) -> Account:
    ada = await as_viewer(access, "ada")
    (bob,) = [account for account in await access.accounts.list(ada) if account.name == "bob"]
    assert await access.accounts.find(bob.id, ada) == bob
    return bob


async def test_so_many_wrong_passwords_lock_the_account_and_nothing_tells(
    entrance: Entrance, caplog: pytest.LogCaptureFixture
) -> None:
    async with entrance.open() as access:
        open_session, token = await access.gate.login("bob", "password of bob", "")
        await fail(access, RULES.threshold - 1)
        assert (await bob_as_ada_sees_him(access)).locked is None
        before = await refused(access, "a wrong one")
        assert (await bob_as_ada_sees_him(access)).locked == entrance.clock.now()
        assert {await refused(access, word) for word in ("password of bob", "a wrong one")} == {before}
        assert await refused(access, "any", "nobody of that name") == before
        with pytest.raises(BadCredentialsError):
            await access.gate.by_password("bob", "password of bob")
        # who is in already stays in: nobody throws another out by guessing
        assert (await access.gate.by_token(token)).session == open_session.id
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == [
        "account bob is locked: too many wrong passwords"
    ]


async def test_whatever_is_wrong_takes_one_verification(entrance: Entrance) -> None:
    await entrance.add("dora")
    async with entrance.open() as access:
        ada = await as_viewer(access, "ada")
        (dora,) = [one for one in await access.accounts.list(ada) if one.name == "dora"]
        await access.accounts.change(dora.id, ada, AccountChange(enabled=False))
        await fail(access, RULES.threshold)
        for name, password in (
            ("nobody of that name", "any"),
            ("ada", "a wrong one"),
            ("dora", "password of dora"),
            ("bob", "password of bob"),
            ("bob", "a wrong one"),
        ):
            before = entrance.hasher.verified
            await refused(access, password, name)
            assert entrance.hasher.verified == before + 1, (name, password)


async def test_a_lock_holds_over_a_restart_and_ends_with_its_time(entrance: Entrance) -> None:
    async with entrance.open() as access:
        await fail(access, RULES.threshold)
    entrance.clock.move(RULES.duration - 1)
    async with entrance.open() as access:
        await refused(access, "password of bob")
        locked = await bob_as_ada_sees_him(access)
        entrance.clock.move(1)
        unlocked = await bob_as_ada_sees_him(access)
        assert unlocked.locked is None
        assert unlocked.revision == locked.revision + 1
        assert await bob_as_ada_sees_him(access) == unlocked
        await access.gate.login("bob", "password of bob", "")


async def test_a_lock_that_has_run_out_lets_in_before_anybody_has_looked(entrance: Entrance) -> None:
    async with entrance.open() as access:
        await fail(access, RULES.threshold)
        entrance.clock.move(RULES.duration)
        await access.gate.login("bob", "password of bob", "")
        await fail(access, RULES.threshold)
        await refused(access, "password of bob")


async def test_an_administrator_unlocks_and_the_count_begins_anew(entrance: Entrance) -> None:
    async with entrance.open() as access:
        await fail(access, RULES.threshold)
        bob, ada = await bob_as_ada_sees_him(access), await as_viewer(access, "ada")
        await access.accounts.change(bob.id, ada, AccountChange(unlock=True))
        await fail(access, RULES.threshold - 1)
        await access.gate.login("bob", "password of bob", "")


async def test_a_right_password_and_time_begin_the_count_anew(entrance: Entrance) -> None:
    async with entrance.open() as access:
        for _ in range(2):
            await fail(access, RULES.threshold - 1)
            await access.gate.login("bob", "password of bob", "")
        for _ in range(2):
            await fail(access, RULES.threshold - 1)
            entrance.clock.move(RULES.reset_after)
        await access.gate.login("bob", "password of bob", "")


async def test_guesses_that_were_under_way_when_the_lock_fell_do_not_pass(entrance: Entrance) -> None:
    async with entrance.open() as access:
        guesses = [access.gate.by_password("bob", "a wrong one") for _ in range(RULES.threshold)]
        right = access.gate.by_password("bob", "password of bob")
        outcomes = await asyncio.gather(*guesses, right, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {BadCredentialsError}


async def test_a_pair_that_is_remembered_does_not_pass_a_lock_that_is_still_being_saved() -> None:
    """Nor one that cannot be saved."""
    store = FailingStore()
    entrance = Entrance(store)
    await entrance.add("bob")
    async with entrance.open() as access:
        assert (await access.gate.by_password("bob", "password of bob")).name == "bob"
        store.refuses = saves(Account)
        await fail(access, RULES.threshold)
        with pytest.raises(BadCredentialsError):
            await access.gate.by_password("bob", "password of bob")


async def test_a_lock_that_cannot_be_saved_holds_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    store = FailingStore()
    entrance = Entrance(store)
    await entrance.add("bob")
    async with entrance.open() as access:
        store.refuses = saves(Account)
        await fail(access, RULES.threshold)
        await access.gate.close()
        await refused(access, "password of bob")
        entrance.clock.move(RULES.reset_after)
        await access.gate.login("bob", "password of bob", "")
    assert "that account bob is locked could not be saved" in caplog.text


async def test_new_rules_hold_at_once_and_over_a_restart(entrance: Entrance) -> None:
    async with entrance.open() as access:
        assert access.settings.lockout == RULES
        few = {"AccountLockoutThreshold": 2, "AccountLockoutDuration": 10**6}
        await access.settings.change(few)
        await access.settings.change({"AccountLockoutDuration": 600})
        assert access.settings.revision == 2
        await fail(access, 2)
        await refused(access, "password of bob")
    entrance.clock.move(599)
    async with entrance.open() as access:
        assert access.settings.lockout == LockoutRules(threshold=2, duration=600)
        await refused(access, "password of bob")
        await access.settings.change({"AccountLockoutDuration": 0})
        await fail(access, 20)
        await access.gate.login("bob", "password of bob", "")


async def test_of_four_that_change_the_rules_at_once_one_wins(entrance: Entrance) -> None:
    async with entrance.open() as access:
        outcomes = await asyncio.gather(
            *(access.settings.change({"AccountLockoutThreshold": n}, 0) for n in range(1, 5)),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes] == [list] + 3 * [ChangedError]
        assert access.settings.lockout.threshold == 1


@pytest.mark.parametrize(
    ("rules", "after", "held"),
    [
        (LockoutRules(duration=60, reset_after=60), 59, True),
        (LockoutRules(duration=60, reset_after=60), 60, False),
        (LockoutRules(duration=60, reset_after=60, reset_enabled=False), 10**6, True),
        (LockoutRules(duration=0, reset_after=0), 0, False),
    ],
)
def test_how_long_a_lock_holds(rules: LockoutRules, after: float, held: bool) -> None:
    entrance = Entrance()
    locked = entrance.clock.now()
    entrance.clock.move(after)
    assert rules.holds(locked, entrance.clock.now()) is held
    assert rules.holds(None, entrance.clock.now()) is False


def test_which_rules_lock_nobody() -> None:
    assert [
        rules.is_on
        for rules in (
            LockoutRules(),
            LockoutRules(threshold=0),
            LockoutRules(duration=0, reset_after=0),
            LockoutRules(duration=0, reset_after=0, reset_enabled=False),
        )
    ] == [True, False, False, True]
