"""`$select`: a body cut down to the properties that were named, and to what every answer has."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

ALWAYS: Final = ("@odata.id", "@odata.type", "@odata.context", "@odata.etag")
ALWAYS_OF_COLLECTIONS: Final = ("Members", "Members@odata.count", "Members@odata.nextLink")

Names = Sequence[tuple[str, ...]]


def selected(body: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The body with the named properties alone, in its own order. A name that is not there is no error.

    A path goes on through the elements of an array. `*` names all.
    """
    return _cut(body, names, ALWAYS)


def selected_collection(body: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """A collection whose expanded members were cut down: itself whole as far as it must be."""
    return _cut(body, names, (*ALWAYS, *ALWAYS_OF_COLLECTIONS))


def _cut(body: Mapping[str, Any], names: Names, always: Sequence[str]) -> dict[str, Any]:
    if ("*",) in names:
        return dict(body)
    deeper: dict[str, list[tuple[str, ...]]] = {}
    whole = set(always)
    for first, *rest in names:
        if rest:
            deeper.setdefault(first, []).append(tuple(rest))
        else:
            whole.add(first)
    kept: dict[str, Any] = {}
    for key, value in body.items():
        if key in whole:
            kept[key] = value
        elif key in deeper and (part := _inside(value, deeper[key])) is not None:
            kept[key] = part
    return kept


def _inside(value: Any, names: Names) -> Any:
    if isinstance(value, Mapping):
        return _cut(value, names, ALWAYS)
    if isinstance(value, list):
        return [_cut(one, names, ALWAYS) for one in value if isinstance(one, Mapping)]
    return None
