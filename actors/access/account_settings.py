"""What clients may set of AccountService: the rules of lock-out."""

from collections.abc import Mapping, Sequence

from actors.access.lockout import NAMES, LockoutRules
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

    async def change(
        self, values: Mapping[str, Value], revision: int | None = None, mistakes: Sequence[Message] = ()
    ) -> Sequence[Message]:
        """Have these values, by Redfish's names of the properties, in place of those before.

        Times that do not go together are left as they are, and all else is set. What is returned tells of
        them, after the `mistakes` that the request has already.

        Raises:
            InvalidRequestError: nothing is left to set.
            ChangedError: a revision is given, and there is another.
            StoreUnavailableError: nothing was changed, or it cannot be known.
        """
        while True:
            present = self._kept.of(ACCOUNT_SERVICE)
            wrong = _not_together(present.values, values)
            told = [*mistakes, *(_conflict(name) for name in wrong)]
            possible = {name: value for name, value in values.items() if name not in wrong}
            if not possible:
                raise InvalidRequestError(*told)
            looked_at = present.revision if revision is None else revision
            try:
                await self._kept.change(ACCOUNT_SERVICE, possible, looked_at)
            except ChangedError:
                if revision is not None:
                    raise
            else:
                return told


def _not_together(present: Mapping[str, Value], values: Mapping[str, Value]) -> Sequence[str]:
    """Those of the values that would be new, and with which a count would outlast its lock."""
    if not LockoutRules.of({**present, **values}).conflict:
        return ()
    before, after = LockoutRules.of(present), LockoutRules.of({**present, **values})
    return [
        NAMES[rule]
        for rule in ("duration", "reset_after", "reset_enabled")
        if getattr(before, rule) != getattr(after, rule)
    ]


def _conflict(name: str) -> Message:
    return Message(
        "PropertyValueConflict",
        (name, DURATION if name == RESET_AFTER else RESET_AFTER),
        resolution_here=f"Make {RESET_AFTER} no greater than {DURATION}; both may be sent at once.",
        properties=(name,),
    )
