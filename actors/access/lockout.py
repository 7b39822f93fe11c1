"""Lock-out: how many wrong passwords lock an account, and for how long (Redfish's AccountService)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from actors.access.records import Account, AccountId
from actors.settings.records import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class LockoutRules:
    """The numbers of AccountService, in seconds where they are times.

    An account is locked by `threshold` wrong passwords, each within `reset_after` of the one before it, for
    `duration`. Without `reset_enabled` neither the count nor the lock ends by itself: only a login that
    succeeds ends the one, and an administrator the other. A `threshold` of 0 locks nobody, nor does a
    `duration` of 0 where locks would end by it.
    """

    threshold: int = 10
    duration: int = 300
    reset_after: int = 300
    reset_enabled: bool = True

    @classmethod
    def of(cls, values: Mapping[str, Value]) -> "LockoutRules":
        """The rules that follow from what clients have set of AccountService."""
        given: dict[str, Any] = {name: values[key] for name, key in NAMES.items() if key in values}
        return cls(**given)

    @property
    def is_on(self) -> bool:
        """Whether any number of wrong passwords locks an account."""
        return self.threshold > 0 and (self.duration > 0 or not self.reset_enabled)

    def holds(self, locked: datetime | None, now: datetime) -> bool:
        """Whether an account that was locked then is locked now."""
        if locked is None or not self.reset_enabled:
            return locked is not None
        return now < locked + timedelta(seconds=self.duration)

    @property
    def conflict(self) -> bool:
        """Whether a count would last longer than the lock that it leads to, which Redfish excludes."""
        return self.reset_enabled and 0 < self.duration < self.reset_after


NAMES = {
    "threshold": "AccountLockoutThreshold",
    "duration": "AccountLockoutDuration",
    "reset_after": "AccountLockoutCounterResetAfter",
    "reset_enabled": "AccountLockoutCounterResetEnabled",
}
"""What Redfish calls the rules; so they are stored."""


@dataclass(frozen=True, slots=True)
class _Count:
    revision: int
    number: int
    last: datetime


class WrongPasswords:
    """How many wrong passwords in a row each account has had; in memory only.

    A change of the account begins the count anew.
    """

    def __init__(self) -> None:
        self._counts: dict[AccountId, _Count] = {}

    def add(self, account: Account, rules: LockoutRules, now: datetime) -> None:
        """One more."""
        number = self._number(account, rules, now) + 1
        self._counts[account.id] = _Count(account.revision, number, now)

    def forget(self, account_id: AccountId) -> None:
        """The right one was given."""
        self._counts.pop(account_id, None)

    def are_too_many(self, account: Account, rules: LockoutRules, now: datetime) -> bool:
        """Whether there are so many that the account is to be locked."""
        return rules.is_on and self._number(account, rules, now) >= rules.threshold

    def _number(self, account: Account, rules: LockoutRules, now: datetime) -> int:
        count = self._counts.get(account.id)
        if count is None or count.revision != account.revision:
            return 0
        if rules.reset_enabled and now - count.last >= timedelta(seconds=rules.reset_after):
            return 0
        return count.number
