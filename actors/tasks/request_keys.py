"""The record of a request that named itself by a key: sent again, it makes no second task."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from actors.access.records import AccountId
from actors.tasks.task import TaskId

RequestKeyId = NewType("RequestKeyId", str)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """Which task a request made at `at`; committed together with that task.

    `fingerprint` stands for method, path and body; see `Vault.fingerprint`.
    """

    id: RequestKeyId
    revision: int = 1
    task: TaskId
    fingerprint: bytes
    at: datetime


def request_key_id(account: AccountId, key: str) -> RequestKeyId:
    """The id of the record for this account's key: accounts cannot meet in it, however keys are chosen."""
    return RequestKeyId(hashlib.sha256(f"{account}\0{key}".encode("utf-8", "surrogatepass")).hexdigest())
