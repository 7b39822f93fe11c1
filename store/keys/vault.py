"""The vault: secrets sealed with AES-256-GCM under a key that lies in the data folder."""

import hashlib
import hmac
import logging
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from actors.tasks.errors import KeyUnusableError
from actors.tasks.ports import Store
from store.folder import PRIVATE_FILE, DataFolder, unusable, write_once

log = logging.getLogger(__name__)

KEY_BYTES = 32
NONCE_BYTES = 12  # random for each seal; NIST SP 800-38D allows 2^32 of them under one key
VERSION = b"\x01"  # first in what is sealed, and authenticated with it


class AesGcmVault:
    """`actors.tasks.ports.Vault` with one key of 32 bytes."""

    def __init__(self, key: bytes, key_file: Path) -> None:
        self._cipher = AESGCM(key)
        # A key of its own for each use (NIST SP 800-108, one block of its counter mode).
        self._fingerprint_key = hmac.digest(key, b"\x00\x00\x00\x01taskmon fingerprint", hashlib.sha256)
        self._key_file = key_file

    def seal(self, secret: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._cipher.encrypt(nonce, secret.encode("utf-8", "surrogatepass"), VERSION)

    def unseal(self, sealed: bytes) -> str:
        version, nonce, rest = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        if version != VERSION:
            raise self._wrong_key()
        try:
            return self._cipher.decrypt(nonce, rest, VERSION).decode("utf-8", "surrogatepass")
        except (InvalidTag, ValueError) as error:
            raise self._wrong_key() from error

    def fingerprint(self, data: bytes) -> bytes:
        return hmac.digest(self._fingerprint_key, data, hashlib.sha256)

    def _wrong_key(self) -> KeyUnusableError:
        return KeyUnusableError(
            f"A stored secret cannot be opened with the key in {self._key_file}: it was sealed with another "
            "key, or has been changed. Put back the key file that belongs to this data folder."
        )


def open_vault(folder: Path, sealed: Iterable[bytes] = ()) -> AesGcmVault:
    """The vault of this data folder; its key is made on first use, in a file for its owner alone.

    `sealed` is what the store holds of sealed secrets: where there are any, the key must be there
    already, and the first of them is opened to see that it is the right one.

    Raises:
        KeyUnusableError: the key is missing though secrets were sealed with it, has the wrong length,
            or is another than they were sealed with.
        FolderUnusableError: the key file cannot be read or written.
    """
    path = DataFolder(folder).vault_key
    first = next(iter(sealed), None)
    with unusable(path, "read or written"):
        if not path.exists():
            if first is not None:
                raise KeyUnusableError(
                    f"The key file {path} is missing, and stored secrets are sealed with "
                    "it. Put it back from the backup that the data folder came from."
                )
            write_once(path, os.urandom(KEY_BYTES), PRIVATE_FILE)
        key = path.read_bytes()
        open_to_others = stat.S_IMODE(path.stat().st_mode) & 0o077
    if len(key) != KEY_BYTES:
        raise KeyUnusableError(
            f"The key file {path} has {len(key)} bytes and should have {KEY_BYTES}: it has been changed. "
            "Put it back from a backup of the data folder."
        )
    if open_to_others:
        log.warning(
            "The key file %s is open to others on this machine; close it with: chmod 600 %s", path, path
        )
    vault = AesGcmVault(key, path)
    if first is not None:
        vault.unseal(first)
    return vault


async def sealed_in(store: Store) -> list[bytes]:
    """Sealed secrets that the store has: a server's password, headers and keys of subscriptions. Not all of
    them, but none only where it has none.
    """
    passwords = [source.password for source in await store.sources(limit=1)]
    subscriptions = await store.subscriptions()
    given = [secret for one in subscriptions for secret in (one.headers, one.signing_key)]
    return [*passwords, *(secret for secret in given if secret is not None)]
