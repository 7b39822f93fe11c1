"""The bodies with which a simulated server says what went wrong, in Redfish's Base messages."""

from typing import Any

from fleet.simulator.http1 import Answer, Headers

PREFIX = "Base.1.13."


def message(key: str, text: str, resolution: str, *args: str, severity: str = "Critical") -> dict[str, Any]:
    """One Redfish Message of the Base message registry."""
    return {
        "@odata.type": "#Message.v1_3_0.Message",
        "MessageId": PREFIX + key,
        "Message": text,
        "MessageArgs": list(args),
        "MessageSeverity": severity,
        "Resolution": resolution,
    }


def error(status: int, key: str, text: str, resolution: str, *args: str, headers: Headers = ()) -> Answer:
    """An answer whose body is a Redfish error with one message."""
    # an error's entries carry the old Severity too: some clients pick by it
    info = message(key, text, resolution, *args) | {"Severity": "Critical"}
    body = {"error": {"code": PREFIX + key, "message": text, "@Message.ExtendedInfo": [info]}}
    return Answer(status, body, headers)


def not_found(path: str) -> Answer:
    """404: there is nothing at this path."""
    return error(
        404,
        "ResourceMissingAtURI",
        f"There is no resource at '{path}'.",
        "Follow the links from /redfish/v1/.",
        path,
    )


def no_session() -> Answer:
    """401: the request has no valid credentials."""
    return error(
        401,
        "NoValidSession",
        "The request carries neither the token of a valid session nor the right user name and password.",
        "Log in, or send the credentials of this server.",
        headers=(("WWW-Authenticate", 'Basic realm="Redfish"'),),
    )


def not_allowed(allow: str) -> Answer:
    """405: the resource does not know the method."""
    return error(
        405,
        "OperationNotAllowed",
        "The resource does not know this HTTP method.",
        f"Use one of {allow}.",
        headers=(("Allow", allow),),
    )


def malformed() -> Answer:
    """400: the body is not JSON."""
    return error(400, "MalformedJSON", "The body of the request is not JSON.", "Send a JSON object.")


def not_an_object() -> Answer:
    """400: the body is JSON, but no object."""
    return error(400, "UnrecognizedRequestBody", "The body is not a JSON object.", "Send a JSON object.")
