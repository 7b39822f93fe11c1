"""The options of a query: what each is for, and what it takes."""

from collections.abc import Mapping
from typing import Any, Final

from web.query.parse import (
    LARGEST_NUMBER,
    LONGEST_QUERY,
    LONGEST_TEXT,
    MOST_LEVELS,
    MOST_SELECTED,
    NEWEST,
    OLDEST,
)

_ROOM: Final = f"All options together may have {LONGEST_QUERY} characters, as they are sent."
_NUMBER: Final = {"type": "integer", "minimum": 0, "maximum": LARGEST_NUMBER}
_NAME: Final = r"(\*|[A-Za-z@#][A-Za-z0-9_@#.\-]*(/[A-Za-z0-9_@#.\-]+)*)"

QUERY_PARAMETERS: Final[Mapping[str, dict[str, Any]]] = {
    "$filter": {
        "description": f"Leaves the members that meet it. {_ROOM}",
        "schema": {"type": "string"},
    },
    "$top": {"description": "At most so many members.", "schema": _NUMBER},
    "$skip": {"description": "Without the first so many.", "schema": _NUMBER},
    "$select": {
        "description": f"These properties alone. {_ROOM}",
        "schema": {
            "type": "string",
            "pattern": rf"^ *{_NAME} *(, *{_NAME} *){{0,{MOST_SELECTED - 1}}}$",
        },
    },
    "$expand": {
        "description": "What is linked to, in place of the links.",
        "schema": {"type": "string", "pattern": rf"^[.*~](\(\$levels=[1-{MOST_LEVELS}]\))?$"},
    },
    "only": {"description": "The one member, if there is one.", "schema": {"type": "string", "maxLength": 0}},
    "taskmon.order": {
        "description": "The order of members.",
        "schema": {"type": "string", "enum": [NEWEST, OLDEST]},
    },
    "taskmon.text": {
        "description": "Members with this in their id or target.",
        "schema": {"type": "string", "maxLength": LONGEST_TEXT},
    },
    "taskmon.after": {
        "description": "Where a page begins; of a nextLink.",
        "schema": {"type": "string", "pattern": "^-?[0-9]{1,18}[.][0-9]{1,18}$"},
    },
}
"""Options of a query; one that a resource has no use for is refused or ignored, as `docs/api.md` says."""
