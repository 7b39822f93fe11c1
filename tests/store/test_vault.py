"""The vault: what it seals only its own key opens, and the key is made once and kept safe."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from actors.tasks.errors import KeyUnusableError
from actors.tasks.ports import Save, Vault
from store.folder import DataFolder, FolderUnusableError
from store.keys.vault import AesGcmVault, open_vault, sealed_in
from store.memory import MemoryStore
from tests.store.records import a_source, a_subscription


def key_file(folder: Path) -> Path:
    return DataFolder(folder).vault_key


@given(st.text())
@example("half a pair: \ud800")
def test_what_was_sealed_is_unsealed(secret: str) -> None:
    vault = AesGcmVault(b"k" * 32, Path("key"))
    assert vault.unseal(vault.seal(secret)) == secret


def test_twice_the_same_secret_gives_different_bytes(tmp_path: Path) -> None:
    vault: Vault = open_vault(tmp_path)
    sealed = [vault.seal("calvin") for _ in range(100)]
    assert len(set(sealed)) == 100
    assert not any(b"calvin" in one for one in sealed)


@pytest.mark.parametrize("place", [0, 1, 12, 13, 18, -1])
def test_what_was_changed_is_refused(tmp_path: Path, place: int) -> None:
    vault = open_vault(tmp_path)
    sealed = bytearray(vault.seal("calvin"))
    sealed[place] ^= 1
    with pytest.raises(KeyUnusableError, match=str(key_file(tmp_path))):
        vault.unseal(bytes(sealed))


@pytest.mark.parametrize("length", [0, 1, 5, 13, 20, 28])
def test_what_was_cut_is_refused(tmp_path: Path, length: int) -> None:
    vault = open_vault(tmp_path)
    with pytest.raises(KeyUnusableError):
        vault.unseal(vault.seal("calvin")[:length])


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    sealed = open_vault(tmp_path).seal("calvin")
    key = key_file(tmp_path).read_bytes()
    assert len(key) == 32
    assert stat.S_IMODE(key_file(tmp_path).stat().st_mode) == 0o600
    assert open_vault(tmp_path, [sealed]).unseal(sealed) == "calvin"
    assert key_file(tmp_path).read_bytes() == key
    assert list(tmp_path.iterdir()) == [key_file(tmp_path)]


def test_another_key_is_refused_at_once_and_at_every_secret(tmp_path: Path) -> None:
    sealed = open_vault(tmp_path).seal("calvin")
    key_file(tmp_path).write_bytes(b"x" * 32)
    with pytest.raises(KeyUnusableError, match="sealed with another key"):
        open_vault(tmp_path, [sealed])
    with pytest.raises(KeyUnusableError, match="sealed with another key"):
        open_vault(tmp_path).unseal(sealed)


def test_a_missing_key_is_not_made_anew_while_secrets_wait_for_it(tmp_path: Path) -> None:
    sealed = open_vault(tmp_path).seal("calvin")
    key_file(tmp_path).unlink()
    with pytest.raises(KeyUnusableError, match=r"vault\.key is missing"):
        open_vault(tmp_path, [sealed])
    assert not key_file(tmp_path).exists()


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_of_another_length_is_refused(tmp_path: Path, length: int) -> None:
    key_file(tmp_path).write_bytes(b"k" * length)
    with pytest.raises(KeyUnusableError, match=f"has {length} bytes and should have 32"):
        open_vault(tmp_path)


def test_a_key_that_others_may_read_is_warned_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    open_vault(tmp_path)
    assert caplog.records == []
    key_file(tmp_path).chmod(0o644)
    open_vault(tmp_path)
    assert f"chmod 600 {key_file(tmp_path)}" in caplog.text


def test_a_key_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    key_file(tmp_path).mkdir()
    with pytest.raises(FolderUnusableError, match="could not be read or written"):
        open_vault(tmp_path)
    with pytest.raises(FolderUnusableError, match="could not be read or written"):
        open_vault(tmp_path / "not there")


async def test_what_is_sealed_in_the_store_is_found_wherever_it_is() -> None:
    store = MemoryStore()
    assert await sealed_in(store) == []
    both = replace(a_subscription(), headers=b"headers", signing_key=b"key")
    await store.commit(Save(a_subscription()), Save(both))
    assert await sealed_in(store) == [b"headers", b"key"]
    await store.commit(Save(a_source("a:443")))
    assert await sealed_in(store) == [b"sealed", b"headers", b"key"]
    await store.commit(Save(a_source("b:443")))
    assert await sealed_in(store) == [b"sealed", b"headers", b"key"], "one of a server is enough"
