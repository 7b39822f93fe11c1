"""The target of a request line (RFC 9112, 3.2): a path, or a whole URI, which a server must take as well."""

import re
from typing import Final

_ABSOLUTE: Final = re.compile(r"https?://[^/?#]+", re.IGNORECASE)


def origin_form(target: str) -> str:
    """Path and query of the target. What its host is makes no difference: there is one service here.

    A target that is neither of the two forms is returned as it is.
    """
    whole = _ABSOLUTE.match(target)
    if whole is None:
        return target
    rest = target[whole.end() :]
    return rest if rest.startswith("/") else f"/{rest}"
