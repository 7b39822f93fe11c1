"""The errors of servers, each with its sentence for the operator who reads it, and how often to try again."""

import os
import socket
import ssl
from typing import TYPE_CHECKING

from actors.tasks.errors import (
    ServerError,
    ServerHungUpError,
    ServerNotUnderstoodError,
    ServerRefusedError,
    ServerTaskFailedError,
    ServerTooSlowError,
    ServerUnreachableError,
)

if TYPE_CHECKING:
    from fleet.http import Address, Request

MAY_PASS = frozenset({502, 503, 504})
"""HTTP statuses of a server that is busy, or is starting: a read is worth repeating."""

LONGEST_PATH_SHOWN = 200


_KINDS = (
    ServerUnreachableError,
    ServerTooSlowError,
    ServerHungUpError,
    ServerRefusedError,
    ServerTaskFailedError,
    ServerNotUnderstoodError,
)


def kind_of(error: ServerError) -> str:
    """The kind of trouble, as `actors.tasks.errors` names them: `Unreachable`, `TooSlow` and so on."""
    kind = next((kind for kind in _KINDS if isinstance(error, kind)), ServerError)
    return kind.__name__.removeprefix("Server").removesuffix("Error") or "Other"


class NoConnectionError(ServerUnreachableError):
    """A ServerUnreachableError that says how many repetitions are worth the time."""

    def __init__(self, uri: str, sentence: str, repeats: int) -> None:
        super().__init__(uri, sentence)
        self.repeats = repeats

    def again(self, request: "Request") -> "NoConnectionError":
        """The same for another request that was to go there."""
        return NoConnectionError(request.uri, str(self), self.repeats)


class RefusalError(ServerRefusedError):
    """A ServerRefusedError that knows when the server wants to be asked again, in seconds."""

    def __init__(self, uri: str, sentence: str, status: int, retry_after: float | None) -> None:
        super().__init__(uri, sentence, status)
        self.retry_after = retry_after


def worth_repeating(error: ServerError, repeated: int) -> bool:
    """Whether a read that has been repeated so often may fare better once more.

    One that is too slow in connecting is worth a single repetition: an operator is promised to hear
    of a server that is out of reach within 15 s, which two attempts of 5 s keep and three do not.
    """
    match error:
        case NoConnectionError(repeats=repeats):
            return repeated < repeats
        case RefusalError(status=status):
            return status in MAY_PASS
        case ServerTooSlowError() | ServerHungUpError():
            return True
        case _:
            return False


def not_connected_in_time(request: "Request", limit: float) -> NoConnectionError:
    return NoConnectionError(
        request.uri, f"No connection to {request.address.text} within {seconds(limit)}.", repeats=1
    )


def not_connected(request: "Request", error: OSError | ValueError) -> NoConnectionError:
    """The error for what went wrong between looking the name up and the end of the TLS handshake."""
    address = request.address.text
    match error:
        case ssl.SSLCertVerificationError():
            return NoConnectionError(
                request.uri,
                f"The certificate of {address} is not trusted: {error.verify_message.rstrip('.')}. Put the "
                "certificate that signed it, or itself, into the file that fleet.ca_file names, or give its "
                "CertificateSHA256 with the aggregation source. fleet.verify = false trusts every server.",
                repeats=0,
            )
        case ssl.SSLError():
            reason = (error.reason or "the handshake failed").replace("_", " ").lower()
            return NoConnectionError(request.uri, f"No TLS connection to {address}: {reason}.", repeats=1000)
        case socket.gaierror():
            sentence = f"The name {request.address.host} cannot be resolved: {error.strerror}."
            return NoConnectionError(request.uri, sentence, repeats=1000)
        case OSError(errno=int(number)):
            reason = os.strerror(number).lower()
            return NoConnectionError(request.uri, f"No connection to {address}: {reason}.", repeats=1000)
        case OSError():
            sentence = f"No connection to {address}: it was closed during the handshake."
            return NoConnectionError(request.uri, sentence, repeats=1000)
        case _:
            sentence = f"{request.address.host} cannot be the name of a server: it cannot be looked up."
            return NoConnectionError(request.uri, sentence, repeats=0)


def another_certificate(request: "Request", shown: str) -> NoConnectionError:
    """For a server that shows another certificate than the one that it is known by."""
    return NoConnectionError(
        request.uri,
        f"Nothing was sent to {request.address.text}: the SHA-256 of its certificate is {shown}, and that of "
        f"the one it must show is {request.trust.pin}. If it was given a new one, change the "
        "CertificateSHA256 of its aggregation source; if not, see who answers there.",
        repeats=0,
    )


def not_allowed_there(request: "Request", found: str) -> NoConnectionError:
    """For a server whose address is in no network that servers may be in; `found` is that address."""
    return NoConnectionError(
        request.uri,
        f"Nothing was sent to {request.address.text}: no server may be at {found}. If one is, name its "
        "network in the setting fleet.networks.",
        repeats=0,
    )


def closing(request: "Request") -> NoConnectionError:
    sentence = f"{_what(request)} was not sent to {request.address.text}: taskmon is stopping."
    return NoConnectionError(request.uri, sentence, repeats=0)


def out_of_patience(request: "Request") -> NoConnectionError:
    sentence = f"{_what(request)} was not sent to {request.address.text}: its time had run out before."
    return NoConnectionError(request.uri, sentence, repeats=0)


def not_sent(request: "Request", reason: ServerError) -> NoConnectionError:
    """For an action whose login failed in a way that leaves open what became of the login alone."""
    return NoConnectionError(request.uri, f"{_what(request)} was not sent: {reason}", repeats=0)


def too_slow(request: "Request", limit: float) -> ServerTooSlowError:
    sentence = f"{request.address.text} did not answer {_what(request)} within {seconds(limit)}."
    return ServerTooSlowError(request.uri, sentence)


def hung_up(request: "Request") -> ServerHungUpError:
    sentence = f"{request.address.text} ended the connection before it had answered {_what(request)}."
    return ServerHungUpError(request.uri, sentence)


def not_understood(request: "Request", what: str) -> ServerNotUnderstoodError:
    """`what` follows the server's address, as in "did not answer with JSON"."""
    return ServerNotUnderstoodError(request.uri, f"{request.address.text} {what}, to {_what(request)}.")


def not_redfish(request: "Request") -> ServerNotUnderstoodError:
    sentence = f"{request.address.text} is not a Redfish service: it has no {request.path}."
    return ServerNotUnderstoodError(request.uri, sentence)


def foreign_uri(address: "Address") -> ServerNotUnderstoodError:
    """For a URI in a server's documents that may not be followed; nothing is sent there."""
    return ServerNotUnderstoodError(
        f"https://{address.text}/", f"{address.text} was to be asked for a URI that is none of its own."
    )


def refusal(request: "Request", status: int, said: str, retry_after: float | None) -> RefusalError:
    """`said` is the server's own message, fit to be shown; it may be empty."""
    sentence = f"{request.address.text} answered {_what(request)} with HTTP status {status}"
    return RefusalError(request.uri, f"{sentence}: {said}" if said else f"{sentence}.", status, retry_after)


def task_failed(request: "Request", ended: str, said: str) -> ServerTaskFailedError:
    """For a server's own task whose state says that it ended badly."""
    sentence = f"The task {request.path} at {request.address.text} ended as {ended}"
    return ServerTaskFailedError(request.uri, f"{sentence}: {said}" if said else f"{sentence}.")


def seconds(limit: float) -> str:
    """A duration for a sentence."""
    return f"{limit:.3g} s"


def _what(request: "Request") -> str:
    path = request.path
    if len(path) > LONGEST_PATH_SHOWN:
        path = f"{path[:LONGEST_PATH_SHOWN]}…"
    return f"{request.method} {path}"
