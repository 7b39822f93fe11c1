"""The schemas of what queries make of resources: some properties (`$select`), or more than links (`$expand`).

Each is the resource's own schema, but asks for less, and allows a whole resource wherever there is a link.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from web.openapi.schemas import HERE, component, references_in
from web.query.select import ALWAYS
from web.versions import ODATA_TYPE

_SHAPED: Final = "Shaped"
_EXPANDED: Final = "ExpandedResource"
_LINK: Final = "Link"


def shaped(name: str) -> str:
    """The name of the schema of what a query makes of this."""
    return _SHAPED + name


def shaped_schemas(names: Iterable[str], components: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas of what queries make of these resources, and what they refer to, by name.

    Raises:
        ValueError: there is a schema of this name already.
    """
    found: dict[str, Any] = {_EXPANDED: _any_of(names)}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if shaped(name) in found or name == _LINK:
            continue
        about = {"title": shaped(name), "description": f"What a query made of a {name}."}
        found[shaped(name)] = {**_loose(components[name]), **about}
        waiting += references_in(components[name])
    if taken := found.keys() & components.keys():
        raise ValueError(f"There are two different schemas that are named {taken}: rename one of them.")
    return found


def _any_of(names: Iterable[str]) -> dict[str, Any]:
    """Any of these resources, told by its type."""
    kinds = {ODATA_TYPE[name]: component(shaped(name)) for name in sorted(names)}
    return {
        "description": "A resource in place of a link to it.",
        "type": "object",
        "required": ["@odata.id", "@odata.type"],
        "anyOf": list(kinds.values()),
        "discriminator": {
            "propertyName": "@odata.type",
            "mapping": {odata_type: kind["$ref"] for odata_type, kind in kinds.items()},
        },
    }


def _loose(part: Any) -> Any:
    match part:
        case {"$ref": str() as reference, **others}:
            name = reference.removeprefix(HERE)
            if name == _LINK:
                return {"anyOf": [component(_LINK), component(_EXPANDED)], **others}
            return {**component(shaped(name)), **others}
        case {"type": "object", "required": [*required], **others}:
            return {
                "type": "object",
                "required": [name for name in required if name in ALWAYS],
                **_loose(others),
            }
        case dict():
            return {key: _loose(value) for key, value in part.items()}
        case list():
            return [_loose(value) for value in part]
        case _:
            return part
