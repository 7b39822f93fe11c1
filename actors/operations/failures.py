"""How a server's failure is told: the Message for each ServerError."""

from actors.tasks.errors import (
    ServerError,
    ServerHungUpError,
    ServerNotUnderstoodError,
    ServerRefusedError,
    ServerTaskFailedError,
    ServerTooSlowError,
    ServerUnreachableError,
)
from actors.tasks.messages import Message


def message_of(error: ServerError) -> Message:
    """The Redfish Message that tells of this error; its detail is the error's own sentence."""
    match error:
        case ServerUnreachableError():
            return Message("CouldNotEstablishConnection", (error.uri,), detail=str(error))
        case ServerRefusedError(status=401 | 403):
            return Message("ResourceAtUriUnauthorized", (error.uri, f"HTTP status {error.status}"))
        case ServerNotUnderstoodError():
            return Message("ResourceAtUriInUnknownFormat", (error.uri,), detail=str(error))
        case ServerTooSlowError():
            return Message("OperationTimeout", detail=str(error))
        case ServerTaskFailedError():
            return Message("OperationFailed", detail=f"The server's own task for it failed: {error}")
        case _:
            return Message("OperationFailed", detail=str(error))


def may_be_an_outage(error: ServerError) -> bool:
    """Whether a server that is just being reset may well fail like this.

    A controller that is coming back may know its accounts a moment later than it answers: hence 401.
    """
    match error:
        case ServerRefusedError(status=status):
            return status >= 500 or status in (401, 404)
        case ServerUnreachableError() | ServerTooSlowError() | ServerHungUpError():
            return True
        case ServerNotUnderstoodError():
            return True
        case _:
            return False
