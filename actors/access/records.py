"""Accounts and sessions as they are stored, and the viewer that a request is made by."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from actors.access.roles import Privilege

AccountId = NewType("AccountId", str)
SessionId = NewType("SessionId", str)

BY_THE_SERVICE = "the service"
"""Who does what nobody asked for, in records that name a user; no account has this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may use the service. The id is never used again; the name may be, later."""

    id: AccountId
    revision: int = 1
    name: str
    role: str
    password_hash: str
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A login that lasts. Of its token only the SHA-256 is kept; `last_used` moves forward with use."""

    id: SessionId
    revision: int = 1
    account: AccountId
    user_name: str
    token_hash: bytes
    created: datetime
    last_used: datetime
    origin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who is asking: an account, what its role allows, and the session if it is one."""

    account: AccountId
    name: str
    role: str
    privileges: frozenset[Privilege]
    session: SessionId | None = None
