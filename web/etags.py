"""Entity tags: what they are made of, and how those that a client sends are compared (REDFISH.md E1 to E12).

All are strong. What is one stored record is tagged with its revision, anything else with a digest of what is
shown; nothing that moves with the clock goes into either.
"""

from hashlib import blake2b

import orjson


def revision_tag(revision: int) -> str:
    """The tag of what shows one record, and nothing else that changes."""
    return f'"{revision}"'


def digest_tag(shown: object) -> str:
    """The tag of what is shown, given as bytes or as plain values."""
    facts = shown if isinstance(shown, bytes) else orjson.dumps(shown)
    return f'"{blake2b(facts, digest_size=12).hexdigest()}"'


def matches(header: str, tag: str) -> bool:
    """Whether If-Match or If-None-Match names this tag: verbatim in its list, or `*` for any.

    What is no tag matches none. Ours hold no comma, so the list may be cut at every one.
    """
    named = [one.strip() for one in header.split(",")]
    return named == ["*"] or tag in named
