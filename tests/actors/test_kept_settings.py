"""What clients set of a service: stored first, then in effect, and after a restart too."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from actors import (
    SESSION_SERVICE,
    TASK_SERVICE,
    BadCredentialsError,
    ChangedError,
    StoreUnavailableError,
    add_account,
)
from store.sqlite import open_store
from tests.actors.failing_store import FailingStore
from tests.actors.house import HeldClock, PlainHasher, a_house
from tests.actors.retained import START, an_ended_task, kept, stored_tasks, until_swept

MINUTES = "TaskAutoDeleteTimeoutMinutes"


async def test_of_four_changes_by_one_revision_one_is_made(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    async with a_house(store=store) as house:
        settings = house.actors.settings
        outcomes = await asyncio.gather(
            *(settings.change(TASK_SERVICE, {MINUTES: 5}, 0) for _ in range(4)), return_exceptions=True
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == [
            *["ChangedError"] * 3,
            "ServiceSettings",
        ]
        assert settings.of(TASK_SERVICE).revision == 1
    await store.close()


async def test_without_a_revision_all_changes_are_made(tmp_path: Path) -> None:
    store = await open_store(tmp_path)
    async with a_house(store=store) as house:
        settings = house.actors.settings
        await asyncio.gather(*(settings.change(TASK_SERVICE, {f"P{n}": n}) for n in range(4)))
        found = settings.of(TASK_SERVICE)
        assert (found.revision, found.values) == (4, {f"P{n}": n for n in range(4)})
        with pytest.raises(ChangedError):
            await settings.change(TASK_SERVICE, {MINUTES: 5}, 3)
        assert await store.service_settings() == [found]
    await store.close()


async def test_a_shorter_time_takes_effect_at_once() -> None:
    clock = HeldClock()
    async with a_house(clock=clock) as house:
        await stored_tasks(house.store, an_ended_task(START - timedelta(minutes=10)))
        (young,) = await stored_tasks(house.store, an_ended_task(START - timedelta(minutes=1)))
        await house.actors.retention.sweep()
        assert len(await kept(house)) == 2
        sweeps = house.actors.retention.counts.sweeps
        await house.actors.settings.change(TASK_SERVICE, {MINUTES: 5})
        assert house.actors.tasks.rules.auto_delete_minutes == 5
        await until_swept(house, sweeps + 1)
        assert await kept(house) == {young}


async def test_it_is_kept_over_a_restart_and_wins_over_the_file(tmp_path: Path) -> None:
    for restart in range(2):
        store = await open_store(tmp_path)
        async with a_house(store=store) as house:
            if not restart:
                await house.actors.settings.change(TASK_SERVICE, {MINUTES: 5})
            assert house.actors.tasks.rules.auto_delete_minutes == 5
            if restart:
                await stored_tasks(store, an_ended_task(START - timedelta(minutes=6)))
                await house.actors.retention.sweep()
                assert await kept(house) == set()
        await store.close()


async def test_what_could_not_be_stored_has_no_effect() -> None:
    store = FailingStore()
    async with a_house(store=store) as house:
        before = house.actors.tasks.rules
        store.refuses = lambda _: True
        with pytest.raises(StoreUnavailableError):
            await house.actors.settings.change(TASK_SERVICE, {MINUTES: 5})
        assert house.actors.tasks.rules == before
        store.refuses = lambda _: False
        store.stores_and_refuses = lambda _: True
        with pytest.raises(StoreUnavailableError):
            await house.actors.settings.change(TASK_SERVICE, {MINUTES: 6})
        store.stores_and_refuses = lambda _: False
        assert (await house.actors.settings.change(TASK_SERVICE, {"Other": 1})).revision == 2
        assert house.actors.tasks.rules.auto_delete_minutes == 6


async def test_another_session_timeout_is_kept_and_holds_for_open_sessions(tmp_path: Path) -> None:
    clock = HeldClock()
    store = await open_store(tmp_path)
    async with a_house(store=store, clock=clock) as house:
        await add_account(
            store, PlainHasher(), clock, name="ann", password="correct horse 42", role="ReadOnly"
        )
        _, token = await house.actors.gate.login("ann", "correct horse 42", "")
        await house.actors.settings.change(SESSION_SERVICE, {"SessionTimeout": 60})
        clock.move(59)
        assert (await house.actors.gate.by_token(token)).name == "ann"
        clock.move(60)
        with pytest.raises(BadCredentialsError):
            await house.actors.gate.by_token(token)
    async with a_house(store=store, clock=clock) as house:
        assert house.actors.gate.session_timeout == 60
    await store.close()
