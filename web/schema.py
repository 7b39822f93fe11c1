"""JSON Schema (draft 2020-12) from the models: the same TypedDicts that rendering returns."""

from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from web.models import SCHEMAS
from web.models.notes import Doc, Format, Pattern, Range
from web.uris import schema_uri
from web.versions import ODATA_TYPE

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_PLAIN: dict[Any, str] = {str: "string", int: "integer", bool: "boolean", NoneType: "null"}

JsonSchema = dict[str, Any]


@cache
def schema_of(name: str) -> JsonSchema:
    """The schema of what is sent as `name`. It lists every property: others do not occur.

    Raises:
        KeyError: nothing is sent under this name.
    """
    definitions: dict[str, JsonSchema] = {}
    schema = _of_model(SCHEMAS[name], definitions)
    if odata_type := ODATA_TYPE.get("Task" if name == "TaskMonitor" else name):
        schema["properties"]["@odata.type"]["const"] = odata_type
    schema = {"$schema": _DIALECT, "$id": schema_uri(name), "title": name, **schema}
    if definitions:
        schema["$defs"] = definitions
    return schema


def _of_model(model: type, definitions: dict[str, JsonSchema]) -> JsonSchema:
    hints = get_type_hints(model, include_extras=True)
    return {
        "type": "object",
        "description": (model.__doc__ or "").strip(),
        "properties": {key: _of_type(hint, definitions) for key, hint in sorted(hints.items())},
        "required": sorted(key for key, hint in hints.items() if get_origin(hint) is not NotRequired),
        "additionalProperties": False,
    }


def _of_type(hint: Any, definitions: dict[str, JsonSchema]) -> JsonSchema:
    """The schema of one annotation; what it refers to is added to the definitions."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is NotRequired:
        return _of_type(args[0], definitions)
    if origin is Annotated:
        schema = _of_type(args[0], definitions)
        for note in args[1:]:
            schema |= _of_note(note)
        return schema
    if origin is list:
        return {"type": "array", "items": _of_type(args[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of_type(args[1], definitions)}
    if origin in (Union, UnionType):
        return {"anyOf": [_of_type(arg, definitions) for arg in args]}
    if hint is Any:
        return {}
    if is_typeddict(hint):
        if hint.__name__ not in definitions:
            definitions[hint.__name__] = {}  # its place, should it refer to itself
            definitions[hint.__name__] = _of_model(hint, definitions)
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {"type": "string", "enum": [value.value for value in hint]}
    return {"type": _PLAIN[hint]}


def _of_note(note: object) -> JsonSchema:
    match note:
        case Doc(text):
            return {"description": text}
        case Format(name):
            return {"format": name}
        case Pattern(regex):
            return {"pattern": regex}
        case Range(least, most):
            limits = {"minimum": least, "maximum": most}
            return {key: limit for key, limit in limits.items() if limit is not None}
        case _:
            raise TypeError(f"A model has a note that no schema can be made of: {note!r}.")
