"""JSON that can be looked at: the document of the service, and nothing in it that steers a terminal."""

import json
import re
from typing import Any, Final

_STEERING: Final = re.compile(
    "["
    "\x7f-\x9f"  # DEL and the C1 controls: to many terminals U+009B is ESC [
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what turns the direction of a text
    "\u2028\u2029"  # ends of lines, of which a line of JSON has none
    "\ud800-\udfff"  # half a character, which cannot be written at all
    "]"
)


def written(body: Any, indent: int | None = None) -> str:
    """This body as JSON. What would steer a terminal is escaped, so that it reads as the same document.

    The controls below U+0020 JSON escapes by itself.
    """
    text = json.dumps(body, indent=indent, ensure_ascii=False)
    # Outside a string there is none of them, and within one each may be escaped (RFC 8259, 7).
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
