"""Password hashes: right, slow on purpose, and never on the loop."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from typing import Any

import argon2
import pytest
from pytest_mock import MockerFixture

from actors.tasks.errors import StoreUnavailableError
from actors.tasks.ports import PasswordHasher
from store.keys import passwords
from store.keys.passwords import Argon2Hasher, open_hasher

CHEAP = argon2.profiles.CHEAPEST


@pytest.fixture
async def hasher() -> AsyncIterator[Argon2Hasher]:
    opened = await open_hasher(parameters=CHEAP)
    yield opened
    await opened.close()


async def test_a_password_belongs_to_its_own_hash_only(hasher: PasswordHasher) -> None:
    first, second = await asyncio.gather(hasher.hash("correct horse"), hasher.hash("correct horse"))
    assert first != second
    assert "horse" not in first
    assert await hasher.verify(first, "correct horse") is True
    assert await hasher.verify(second, "correct horse") is True
    for wrong in ("correct horse ", "Correct horse", "", "\x00", "\ud800"):
        assert await hasher.verify(first, wrong) is False


@pytest.mark.parametrize("password", ["", "pässwörd", "a\x00b", "\ud800", "x" * 10_000])
async def test_any_text_may_be_a_password(hasher: PasswordHasher, password: str) -> None:
    made = await hasher.hash(password)
    assert await hasher.verify(made, password) is True
    assert await hasher.verify(made, password + "x") is False


async def test_nobodys_password_costs_the_same_and_is_never_right(
    hasher: PasswordHasher, mocker: MockerFixture
) -> None:
    assert await hasher.verify(None, "") is False
    compared = mocker.spy(argon2.PasswordHasher, "verify")
    known = await hasher.hash("secret")
    assert await hasher.verify(known, "wrong") is False
    assert await hasher.verify(None, "wrong") is False
    hashes = [call.args[1] for call in compared.call_args_list]
    assert len(hashes) == 2
    parameters = [argon2.extract_parameters(one) for one in hashes]
    assert parameters[0] == parameters[1] == CHEAP


async def test_a_real_hash_has_the_parameters_of_rfc_9106() -> None:
    hasher = await open_hasher(threads=1)
    made = await hasher.hash("secret")
    await hasher.close()
    assert made.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_a_stored_hash_that_is_none_fits_nothing_and_is_logged(
    hasher: PasswordHasher, caplog: pytest.LogCaptureFixture
) -> None:
    for broken in ("", "hash", "$argon2id$v=19$m=8,t=1,p=1$!!$!!"):
        assert await hasher.verify(broken, "secret") is False
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 3
    assert "secret" not in caplog.text


async def test_the_work_is_done_off_the_loop(mocker: MockerFixture) -> None:
    threads: set[str] = set()
    at_work = threading.Barrier(2, timeout=10)
    real = argon2.PasswordHasher.hash

    def hash_together(self: argon2.PasswordHasher, *args: Any, **more: Any) -> str:
        at_work.wait()  # passes only when two are at it at once
        threads.add(threading.current_thread().name)
        return real(self, *args, **more)

    mocker.patch.object(argon2.PasswordHasher, "hash", hash_together)
    hasher = await open_hasher(threads=2, parameters=CHEAP)
    await asyncio.gather(hasher.hash("one"), hasher.hash("two"))
    await hasher.close()
    assert threads == {"passwords-1", "passwords-2"}


async def test_the_work_for_callers_who_have_gone_is_left_out(mocker: MockerFixture) -> None:
    go, hashed = threading.Event(), list[bytes]()

    def hash_slowly(self: argon2.PasswordHasher, password: bytes, **more: Any) -> str:
        hashed.append(password)
        assert go.wait(10)
        return "hash"

    mocker.patch.object(argon2.PasswordHasher, "hash", hash_slowly)
    hasher = await open_hasher(threads=1, parameters=CHEAP)
    callers = [asyncio.create_task(hasher.hash(name)) for name in ("first", "gone", "last")]
    await asyncio.sleep(0)
    callers[1].cancel()
    await asyncio.wait([callers[1]])
    go.set()
    await asyncio.gather(callers[0], callers[2])
    await hasher.close()
    assert hashed == [b"first", b"last"]


async def test_closing_leaves_no_thread_and_refuses_what_comes_after() -> None:
    before = set(threading.enumerate())
    hasher = await open_hasher(parameters=CHEAP)
    waiting = [asyncio.create_task(hasher.hash("secret")) for _ in range(5)]
    await asyncio.sleep(0)
    await hasher.close()
    assert set(threading.enumerate()) == before
    assert len(set(await asyncio.gather(*waiting))) == 5
    with pytest.raises(StoreUnavailableError, match="stopping"):
        await hasher.verify(None, "secret")


def test_a_hash_of_nobody_is_another_each_time() -> None:
    assert passwords._nobodys_hash(CHEAP) != passwords._nobodys_hash(CHEAP)
