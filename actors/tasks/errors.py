"""What can go wrong, by who must act.

TaskmonError
├── the client        NotFoundError (404), NotAllowedError (403), BadCredentialsError (401),
│                     InvalidRequestError (400), ConflictError (409), ChangedError (412), KeyReusedError (422)
├── try again         RevisionConflictError (409), StoreUnavailableError, QueryTooSlowError, NoRoomError,
│                     BusyError (503)
├── a server outside  ServerError: ServerUnreachableError, ServerTooSlowError, ServerHungUpError,
│                     ServerRefusedError, ServerTaskFailedError, ServerNotUnderstoodError
│                     (a Message on the subtask)
├── a listener        NotDeliveredError (shown on its subscription)
└── us                IllegalTransitionError, FencedError, AlreadyThereError, KeyUnusableError,
                      StoppingError

Each message is a sentence for the person who reads it. None holds a password or a token.
"""

from actors.tasks.messages import Message


class TaskmonError(Exception):
    """The root of everything that this service raises by itself."""


# --- the client must act


class ClientError(TaskmonError):
    """A request that cannot be carried out as it stands; carries what to tell the client."""

    def __init__(self, *messages: Message) -> None:
        super().__init__(" ".join(message.text for message in messages))
        self.messages = messages


class InvalidRequestError(ClientError):
    """The request is wrong in itself: HTTP status 400."""


class NotFoundError(ClientError):
    """There is no such resource: HTTP status 404."""


class NotAllowedError(ClientError):
    """The client is known and may not do this: HTTP status 403."""


class BadCredentialsError(ClientError):
    """User name and password, or the token, are not valid: HTTP status 401."""


class KeyReusedError(ClientError):
    """The request names itself by a key that another request has used: HTTP status 422."""


class ConflictError(ClientError):
    """The request is right and stands against the present state: HTTP status 409."""


class ChangedError(ClientError):
    """The resource is not any more as the client expects it, and nothing was done: HTTP status 412."""

    def __init__(self) -> None:
        detail = "The tag in If-Match is not the one that the resource has now; nothing was done."
        super().__init__(Message("PreconditionFailed", detail=detail))


class UnchangedError(ClientError):
    """The resource is just as the client wants it not to be, and nothing was done: HTTP status 412."""

    def __init__(self) -> None:
        detail = "If-None-Match names what the resource is now, by its tag or by *; nothing was done."
        way_out = "Leave If-None-Match out; to change what has a certain tag, name it in If-Match."
        super().__init__(Message("PreconditionFailed", detail=detail, resolution_here=way_out))


# --- try again


class RevisionConflictError(TaskmonError):
    """A record was changed by someone else in between; nothing was stored."""


class StoreUnavailableError(TaskmonError):
    """The store could not do it: nothing was stored, or it cannot be known."""


class QueryTooSlowError(TaskmonError):
    """What was asked for would take longer to find than it may; nothing is wrong with the store."""


class NoRoomError(TaskmonError):
    """There are as many tasks as there may be; nothing was stored. `advice` is what can be done."""

    def __init__(self, sentence: str, advice: str) -> None:
        super().__init__(sentence)
        self.advice = advice


class BusyError(TaskmonError):
    """A server is another task's, and is not waited for; nothing was stored. `advice` is what can be done."""

    def __init__(self, sentence: str, advice: str) -> None:
        super().__init__(sentence)
        self.advice = advice


# --- a server outside


class ServerError(TaskmonError):
    """A server did not do what was asked; `uri` names what was asked for."""

    def __init__(self, uri: str, sentence: str) -> None:
        super().__init__(sentence)
        self.uri = uri


class ServerUnreachableError(ServerError):
    """No connection was made: nothing of the request was sent."""


class ServerTooSlowError(ServerError):
    """The request was sent and not answered in time: whether it took effect is unknown."""


class ServerHungUpError(ServerError):
    """The connection ended before the whole answer: whether the request took effect is unknown."""


class ServerRefusedError(ServerError):
    """The server answered with HTTP status 400 or above."""

    def __init__(self, uri: str, sentence: str, status: int) -> None:
        super().__init__(uri, sentence)
        self.status = status


class ServerTaskFailedError(ServerError):
    """The task that the server runs for an action ended badly."""


class ServerNotUnderstoodError(ServerError):
    """The server answered something that is not Redfish, or not JSON."""


# --- a listener


class NotDeliveredError(TaskmonError):
    """A destination of events has not taken them; the sentence says why. `kind` is a word for the metrics."""

    def __init__(self, sentence: str, kind: str = "Other") -> None:
        super().__init__(sentence)
        self.kind = kind


# --- us


class IllegalTransitionError(TaskmonError):
    """The table of states has no such move; nothing has changed."""

    def __init__(self, state: str, event: str) -> None:
        super().__init__(f"A task that is {state} cannot follow the event '{event}'.")


class FencedError(TaskmonError):
    """A request to a server was held back because its task has been aborted or has ended."""


class StoppingError(TaskmonError):
    """The service is stopping: what was to be saved is left as it is, for the next start."""


class AlreadyThereError(TaskmonError):
    """A record with this id or name exists already; nothing was stored."""


class KeyUnusableError(TaskmonError):
    """What was sealed cannot be opened: the key file is not the one that it was sealed with."""
