"""What clients may set of AccountService: the rules of lock-out."""

from collections.abc import Mapping

from actors.access.lockout import LockoutRules
from actors.settings.kept import KeptSettings
from actors.settings.records import ACCOUNT_SERVICE, Value
from actors.tasks.errors import ChangedError, InvalidRequestError
from actors.tasks.messages import Message

DURATION, RESET_AFTER = "AccountLockoutDuration", "AccountLockoutCounterResetAfter"


class AccountSettings:
    """On return a change is durable and holds for the next wrong password."""

    def __init__(self, kept: KeptSettings) -> None:
        self._kept = kept

    @property
    def revision(self) -> int:
        """It stands for AccountService as it is."""
        return self._kept.of(ACCOUNT_SERVICE).revision

    @property
    def lockout(self) -> LockoutRules:
        """When wrong passwords lock an account."""
        return LockoutRules.of(self._kept.of(ACCOUNT_SERVICE).values)

    async def change(self, values: Mapping[str, Value], revision: int | None = None) -> None:
        """Have these values, by Redfish's names of the properties, in place of those before.

        Raises:
            InvalidRequestError: they do not go together with each other or with the rest.
            ChangedError: a revision is given, and there is another.
            StoreUnavailableError: nothing was changed, or it cannot be known.
        """
        while True:
            present = self._kept.of(ACCOUNT_SERVICE)
            if LockoutRules.of({**present.values, **values}).conflict:
                raise _conflict(values)
            looked_at = present.revision if revision is None else revision
            try:
                await self._kept.change(ACCOUNT_SERVICE, values, looked_at)
            except ChangedError:
                if revision is not None:
                    raise
            else:
                return


def _conflict(values: Mapping[str, Value]) -> InvalidRequestError:
    name, other = (DURATION, RESET_AFTER) if DURATION in values else (RESET_AFTER, DURATION)
    return InvalidRequestError(
        Message(
            "PropertyValueConflict",
            (name, other),
            resolution_here=f"Make {RESET_AFTER} no greater than {DURATION}; both may be sent at once.",
            properties=(name,),
        )
    )
