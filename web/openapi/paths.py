"""Paths of the table of routes as OpenAPI writes them: each id with a name of its own."""

import re
from typing import Final

_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")
_BEFORE: Final = re.compile(r"(\w+)/\{(\w+)\}")


def openapi_path(path: str) -> str:
    """The path with ids named after what they are of: `/Tasks/{TaskId}/SubTasks/{SubTaskId}`."""
    return _BEFORE.sub(lambda found: f"{found[1]}/{{{_named(found[1], found[2])}}}", path)


def parameters_of(path: str) -> list[str]:
    """The names in braces of such a path, in order."""
    return _PLACEHOLDER.findall(path)


def _named(before: str, name: str) -> str:
    if name != "id":
        return name
    one = f"{before[:-3]}y" if before.endswith("ies") else before.removesuffix("s")
    return f"{one[:1].upper()}{one[1:]}Id"
