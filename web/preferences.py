"""The header Prefer (RFC 7240): which answer a client would rather have, and how long it would wait."""

import re
from typing import Final

from tornado.httputil import HTTPHeaders

SECONDS: Final = re.compile(r"[0-9]{1,9}")


def preferred_return(headers: HTTPHeaders) -> str:
    """What `return=…` says, in lower case, or an empty string; of several for `return` the first counts."""
    return _preferred("return", headers).lower()


def preferred_wait(headers: HTTPHeaders) -> int | None:
    """The seconds of `wait=…`, or None where there are none that can be understood; the first one counts."""
    value = _preferred("wait", headers)
    return int(value) if SECONDS.fullmatch(value) else None


def _preferred(wanted: str, headers: HTTPHeaders) -> str:
    for preference in ",".join(headers.get_list("Prefer")).split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        if name.strip().lower() == wanted:
            return value.strip().strip('"')
    return ""
