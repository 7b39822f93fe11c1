"""Taking secrets out of what is written to the request log."""

import re
from typing import Any

SECRET = re.compile(r"passw|passphrase|secret|token|credential", re.IGNORECASE)
REDACTED = "***"


def redacted(value: Any) -> Any:
    """The same JSON value with everything under a name that speaks of a secret replaced, at any depth."""
    if isinstance(value, dict):
        return {name: REDACTED if SECRET.search(name) else redacted(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [redacted(inner) for inner in value]
    return value
