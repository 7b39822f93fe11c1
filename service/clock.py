"""The machine's own time, as the port `Clock` of the actors."""

from datetime import UTC, datetime


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """The present time, in UTC, aware."""
        return datetime.now(UTC)
