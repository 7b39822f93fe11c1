"""The schemas of the models as components of the OpenAPI document: their definitions beside them."""

from collections.abc import Iterator
from typing import Any, Final

from web.models import SCHEMAS
from web.schema import schema_of

_WITHIN: Final = "#/$defs/"
HERE: Final = "#/components/schemas/"
_OF_A_FILE: Final = frozenset({"$schema", "$id", "$defs"})


def component(name: str) -> dict[str, str]:
    """A reference to the schema with this name."""
    return {"$ref": f"{HERE}{name}"}


def component_schemas() -> dict[str, Any]:
    """All schemas that a body is described by, and what they refer to, by name.

    Raises:
        ValueError: two different things have the same name.
    """
    found: dict[str, Any] = {}
    for name in SCHEMAS:
        schema = schema_of(name)
        own = {key: part for key, part in schema.items() if key not in _OF_A_FILE}
        for key, part in ((name, own), *schema.get("$defs", {}).items()):
            moved = _moved(part)
            if found.setdefault(key, moved) != moved:
                raise ValueError(f"There are two different models that are named {key}: rename one of them.")
    return found


def references_in(part: Any) -> Iterator[str]:
    """The names of the components that this refers to."""
    match part:
        case {"$ref": str() as reference}:
            yield reference.removeprefix(HERE)
        case dict():
            for value in part.values():
                yield from references_in(value)
        case list():
            for value in part:
                yield from references_in(value)


def _moved(part: Any) -> Any:
    """The same, with references to where the definitions are in the document."""
    match part:
        case {"$ref": str() as reference, **others}:
            return {"$ref": reference.replace(_WITHIN, HERE), **others}
        case dict():
            return {key: _moved(value) for key, value in part.items()}
        case list():
            return [_moved(value) for value in part]
        case _:
            return part
