"""Accounts, roles and sessions as they are stored, and the viewer that a request is made by."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from actors.access.roles import Privilege

AccountId = NewType("AccountId", str)
RoleId = NewType("RoleId", str)
SessionId = NewType("SessionId", str)

BY_THE_SERVICE = "the service"
"""Who does what nobody asked for, in records that name a user; no account has this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may use the service. The id is never used again; the name may be, later.

    `role` is the id of a role. `locked` is when too many wrong passwords locked it; how long that lasts, the
    rules of the day say (`lockout`).
    """

    id: AccountId
    revision: int = 1
    name: str
    role: str
    password_hash: str
    created: datetime
    enabled: bool = True
    password_change_required: bool = False
    locked: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role that somebody made. Its id is its name; the predefined ones are in `roles`, and not stored."""

    id: RoleId
    revision: int = 1
    privileges: tuple[Privilege, ...]


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
    """Who is asking: an account, what its role allows, and the session if it is one.

    One whose `password_change_required` may do nothing but read the own account, give it a new password, and
    log out.
    """

    account: AccountId
    name: str
    role: str
    privileges: frozenset[Privilege]
    session: SessionId | None = None
    password_change_required: bool = False
