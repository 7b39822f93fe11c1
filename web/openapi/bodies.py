"""JSON Schema of what requests may hold, from the shapes that check them."""

from typing import Any

from web.errors import MOST_MESSAGES
from web.kinds import (
    Choice,
    Choices,
    Fingerprint,
    Flag,
    Kind,
    LinkTo,
    Nested,
    NumberOrPercentage,
    Seconds,
    Shape,
    Special,
    SystemLinks,
    Text,
    Whole,
)
from web.uris import SYSTEMS

_LINK_KEY = "@odata.id"


def schema_of_shape(shape: Shape) -> dict[str, Any]:
    """The schema of an object of this shape.

    Raises:
        TypeError: it has a kind of value that no schema can be made of; say here what it accepts.
    """
    return {
        "type": "object",
        "properties": {name: _of_kind(kind) for name, kind in shape.items()},
        "patternProperties": {"@odata\\.": {}},
        "required": [name for name, kind in shape.items() if kind.required],
        "additionalProperties": False,
    }


def schema_of_change(shape: Shape) -> dict[str, Any]:
    """The schema of the body of a PATCH: at least one property of this shape, since nothing is no change."""
    one_of_them = [{"required": [name]} for name in shape]
    return {**schema_of_shape(shape), "minProperties": 1, "anyOf": one_of_them}


def _of_kind(kind: Kind) -> dict[str, Any]:
    match kind:
        case Text():
            hidden = {"format": "password", "writeOnly": True} if kind.secret else {}
            return {"type": "string", "minLength": 1, "maxLength": kind.longest, **hidden}
        case Choice():
            return {"type": "string", "enum": [value.value for value in kind.values]}
        case Choices():
            one = {"type": "string", "enum": [value.value for value in kind.values]}
            return {"type": "array", "items": one, "minItems": kind.least, "maxItems": MOST_MESSAGES}
        case Flag():
            only = {} if kind.only is None else {"const": kind.only}
            return {"type": ["boolean", "null"] if kind.nullable else "boolean", **only}
        case Whole():
            number = {"type": "integer", "minimum": kind.least, "maximum": kind.most}
            return {"anyOf": [number, {"type": "null"}]} if kind.nullable else number
        case Seconds():
            return {"type": "number", "exclusiveMinimum": 0, "maximum": kind.most}
        case Fingerprint():
            digits = {"type": "string", "pattern": "^([0-9A-Fa-f]{64}|([0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2})$"}
            return {"anyOf": [digits, {"type": "null"}]} if kind.nullable else digits
        case NumberOrPercentage():
            number = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
            return {"anyOf": [number, {"type": "string", "pattern": "^(100|[1-9][0-9]?)%$"}]}
        case SystemLinks():
            uri = {"type": "string", "pattern": f"^{SYSTEMS}/[^/]+/?$"}
            return {"type": "array", "items": _link_or_uri(uri), "maxItems": kind.most}
        case LinkTo():
            return _link_or_uri({"type": "string", "enum": [kind.uri, f"{kind.uri}/"]})
        case Special():
            return dict(kind.schema)
        case Nested():
            return schema_of_shape(kind.shape)
        case _:
            raise TypeError(f"web/openapi/bodies.py does not say what a body may hold for {kind!r}.")


def _link_or_uri(uri: dict[str, Any]) -> dict[str, Any]:
    link = {"type": "object", "properties": {_LINK_KEY: uri}, "required": [_LINK_KEY]}
    return {"anyOf": [link, uri]}
