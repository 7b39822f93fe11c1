"""What keeps a command from being done, each a sentence for whoever typed it.

CommandError
├── UnreachableError  nothing answered: worth another try
├── CertificateError  what answered could not prove who it is
├── RefusedError      the service answered, and would not
│   └── ExpiredError  it no longer knows the session
├── GoneError         what was asked for by its whole name is not there any more
└── LackingError      the service does not have what it takes
"""

from cli.exits import Exit


class CommandError(Exception):
    """The command ends here; the message is a sentence, or two, and `exit` its exit status."""

    def __init__(self, sentence: str, status: Exit = Exit.OTHER) -> None:
        super().__init__(sentence)
        self.exit = status


class UnreachableError(CommandError):
    """No answer came. `sent`: whether the request may have reached the service all the same."""

    def __init__(self, sentence: str, *, sent: bool) -> None:
        super().__init__(sentence)
        self.sent = sent


class CertificateError(CommandError):
    """The certificate of the service is not trusted."""


class RefusedError(CommandError):
    """An answer that says no, in the service's own words. `http_status` is its HTTP status."""

    def __init__(self, sentence: str, http_status: int) -> None:
        super().__init__(sentence)
        self.http_status = http_status


class ExpiredError(RefusedError):
    """The service does not know the session, or the credentials, any more."""


class GoneError(CommandError):
    """Nothing is there (404) where a task or a monitor was; `uri` is where that is."""

    def __init__(self, url: str, uri: str) -> None:
        super().__init__(
            f"{url}{uri} is gone (404): the task was deleted, or it is not yours to see.", Exit.ABORTED
        )
        self.uri = uri


class LackingError(CommandError):
    """This service has no such thing."""


def usage(sentence: str) -> CommandError:
    """What was typed makes no sense."""
    return CommandError(sentence, Exit.USAGE)
