"""Entity tags: what they are made of, and how those that a client sends are compared (REDFISH.md E1 to E12).

All are strong. What is one stored record is tagged with its revision, anything else with a digest of what is
shown; nothing that moves with the clock goes into either.
"""

from hashlib import blake2b

import orjson
from tornado.httputil import HTTPHeaders

from actors import ChangedError, UnchangedError


def revision_tag(revision: int) -> str:
    """The tag of what shows one record, and nothing else that changes."""
    return f'"{revision}"'


def digest_tag(shown: object) -> str:
    """The tag of what is shown, given as bytes or as plain values."""
    facts = shown if isinstance(shown, bytes) else orjson.dumps(shown)
    return f'"{blake2b(facts, digest_size=12).hexdigest()}"'


def matches(header: str, tag: str) -> bool:
    """Whether If-Match names this tag: to the letter in its list, `W/` included, or `*` for any.

    What is no tag matches none. Ours hold no comma, so the list may be cut at every one.
    """
    named = [one.strip() for one in header.split(",")]
    return named == ["*"] or tag in named


def is_had(header: str, tag: str) -> bool:
    """Whether If-None-Match names this tag: as `matches`, but `W/` makes no difference (RFC 9110, 13.1.2)."""
    return header == tag or matches(header, tag) or matches(header, f"W/{tag}")


def expected_revision(headers: HTTPHeaders, etag: str, revision: int) -> int | None:
    """The revision that a record must still have when it is changed, or None: whatever it has by then.

    `etag` is what the record with this revision is shown with. If-Match is looked at first, as RFC 9110
    has it (13.2.2).

    Raises:
        ChangedError: If-Match names another tag.
        UnchangedError: If-None-Match names this one, or `*`.
    """
    wanted, unwanted = headers.get("If-Match"), headers.get("If-None-Match")
    if wanted is not None and not matches(wanted, etag):
        raise ChangedError
    if unwanted is not None and is_had(unwanted, etag):
        raise UnchangedError
    return None if wanted is None or wanted.strip() == "*" else revision


def be_new(headers: HTTPHeaders) -> None:
    """For a POST to what is there: whether the request is not meant for what is not there yet.

    Raises:
        UnchangedError: If-None-Match is `*`.
    """
    if headers.get("If-None-Match", "").strip() == "*":
        raise UnchangedError
