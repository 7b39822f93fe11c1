"""Reading the body of a ComputerSystem.Reset: which reset it asks for, or what is wrong with it."""

from fleet.simulator.http1 import Answer, NotJSONError, Request
from fleet.simulator.messages import error, malformed, not_an_object
from fleet.simulator.power import ResetType

ACTION = "ComputerSystem.Reset"
PARAMETER = "ResetType"


def asked_for(request: Request) -> ResetType | Answer:
    """The kind of reset that this request asks for; the answer to give instead when it asks for none."""
    try:
        body = request.json
    except NotJSONError:
        return malformed()
    if not isinstance(body, dict):
        return not_an_object()
    for name in body:
        if name != PARAMETER:
            return error(
                400,
                "ActionParameterUnknown",
                f"The action {ACTION} has no parameter {name}.",
                f"Send {PARAMETER} only.",
                ACTION,
                name,
            )
    if PARAMETER not in body:
        return error(
            400,
            "ActionParameterMissing",
            f"The action {ACTION} needs the parameter {PARAMETER}.",
            f"Send {PARAMETER}.",
            ACTION,
            PARAMETER,
        )
    value = body[PARAMETER]
    try:
        return ResetType(value)
    except ValueError:
        known = ", ".join(ResetType)
        return error(
            400,
            "ActionParameterValueNotInList" if isinstance(value, str) else "ActionParameterValueTypeError",
            f"The action {ACTION} does not take the value '{value}' for {PARAMETER}.",
            f"Send one of {known}.",
            str(value),
            PARAMETER,
            ACTION,
        )
