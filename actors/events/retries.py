"""When a delivery that failed is tried again, and when no more: the rules of the EventService."""

from collections.abc import Callable, Mapping
from typing import Final

from actors.events.records import RetryPolicy
from actors.settings.records import Value

ATTEMPTS, INTERVAL = "DeliveryRetryAttempts", "DeliveryRetryIntervalSeconds"
"""The properties of the EventService that clients may set."""

LONGEST_BACKOFF: Final = 3600.0
"""Seconds between two attempts at the most where the pauses grow, unless the interval itself is longer."""


class RetryRules:
    """How often and how long, as clients have set it; at once in effect."""

    def __init__(self, attempts: int, interval: int) -> None:
        self.attempts = attempts
        """How often a delivery is tried again, after the first time."""
        self.interval = interval
        """Seconds between two attempts."""
        self.when_changed: Callable[[], None] = lambda: None

    def apply(self, values: Mapping[str, Value]) -> None:
        """Go by what is set."""
        attempts, interval = values.get(ATTEMPTS), values.get(INTERVAL)
        if isinstance(attempts, int):
            self.attempts = attempts
        if isinstance(interval, int):
            self.interval = interval
        self.when_changed()

    def gives_up(self, policy: RetryPolicy, failed: int) -> bool:
        """Whether after so many failures in a row there is no further attempt."""
        return policy in (RetryPolicy.TERMINATE, RetryPolicy.SUSPEND) and failed > self.attempts

    def pause(self, policy: RetryPolicy, failed: int) -> float:
        """Seconds from the last of so many failures in a row to the next attempt.

        The same each time; by RetryForeverWithBackoff twice as long each time, up to an hour.
        """
        if policy is not RetryPolicy.BACKOFF:
            return float(self.interval)
        longest = max(LONGEST_BACKOFF, float(self.interval))
        return min(longest, self.interval * 2.0 ** min(failed - 1, 30))
