"""Redfish Messages, the error object and the body of a successful action."""

from collections.abc import Sequence

from actors import Message, Result
from web.models import Accepted, ErrorMessage, RedfishError, RedfishMessage, Success


def redfish_message(message: Message) -> RedfishMessage:
    """A Message as it stands in a resource: without the deprecated `Severity`."""
    return {
        "MessageId": message.message_id,
        "Message": message.text,
        "MessageArgs": list(message.args),
        "MessageSeverity": message.severity,
        "Resolution": message.resolution,
    }


def error_message(message: Message) -> ErrorMessage:
    """A Message as it stands in `@Message.ExtendedInfo`: sushy looks for `Severity` there."""
    body: ErrorMessage = {
        "MessageId": message.message_id,
        "Message": message.text,
        "MessageArgs": list(message.args),
        "MessageSeverity": message.severity,
        "Severity": message.severity,
        "Resolution": message.resolution,
    }
    if message.properties:
        body["RelatedProperties"] = [f"#/{path}" for path in message.properties]
    return body


def error_object(messages: Sequence[Message]) -> RedfishError:
    """The body of a refused request; of several messages GeneralError is the sum."""
    head = messages[0] if len(messages) == 1 else Message("GeneralError")
    return _error(head.message_id, head.text, messages)


def failed_result(result: Result) -> RedfishError:
    """The body of an operation that failed: always GeneralError, with the sentence of its first Message."""
    first = result.messages[0]
    return _error(Message("GeneralError").message_id, first.detail or first.text, result.messages)


def success(messages: Sequence[Message]) -> Success:
    """The body of an action that ended well; the first Message sums it up."""
    return {
        "code": messages[0].message_id,
        "message": messages[0].text,
        "@Message.ExtendedInfo": [error_message(message) for message in messages],
    }


def accepted(task_id: str) -> Accepted:
    """The first answer to a request that has become this task.

    It has neither `@odata.id` nor `Id`: a client that finds one there polls that URI instead of the
    monitor, or takes the body for a resource.
    """
    return {"@Message.ExtendedInfo": [error_message(Message("TaskStarted", (task_id,)))]}


def _error(code: str, sentence: str, messages: Sequence[Message]) -> RedfishError:
    extended = [error_message(message) for message in messages]
    return {"error": {"code": code, "message": sentence, "@Message.ExtendedInfo": extended}}
