"""Whether the service takes on work, or has begun to stop."""


class Readiness:
    """Ready from the start, until a stop begins; there is no way back."""

    def __init__(self) -> None:
        self._stopping = False

    @property
    def stopping(self) -> bool:
        """True from `begin_stop` on."""
        return self._stopping

    def begin_stop(self) -> None:
        """From now on nothing new is begun; what goes on can be read and deleted. Twice is no error."""
        self._stopping = True
