"""The request that made a task, as its Payload shows it: redacted before anybody stores it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

SHOWN_HEADERS = frozenset({"accept", "content-type", "odata-version", "prefer", "user-agent"})
SECRET_NAMES = ("password", "passwd", "passphrase", "secret", "token", "credential", "privatekey", "apikey",
                "authorization", "communitystring", "encryptionkey", "authenticationkey")  # fmt: skip
REDACTED = "******"
LARGEST_BODY = 16 * 1024
LONGEST_HEADER = 256
LONGEST_LIST = LARGEST_BODY // 16
"""Entries: a list of more is counted unseen, for that many links would be too long by far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """Redfish's `Task.Payload`; `json_body` is JSON text, or empty where the request had no body."""

    target_uri: str
    http_operation: str
    http_headers: tuple[str, ...] = ()
    json_body: str = ""


def redacted(value: Any) -> Any:
    """The same JSON value with every value whose name tells of a secret replaced, at any depth."""
    match value:
        case Mapping():
            return {
                key: REDACTED if _is_secret(str(key)) and inner is not None else redacted(inner)
                for key, inner in value.items()
            }
        case list() | tuple():
            return [redacted(inner) for inner in value]
        case _:
            return value


def payload_of(
    method: str, path: str, headers: Iterable[tuple[str, str]], body: Mapping[str, Any] | None
) -> Payload:
    """The Payload of a request: secrets redacted, headers that carry none, a large body cut.

    Of a body whose JSON text is over 16 kB the longest lists are replaced by a count of their entries.
    """
    shown = tuple(
        f"{name}: {value[:LONGEST_HEADER]}" for name, value in headers if name.lower() in SHOWN_HEADERS
    )
    return Payload(target_uri=path, http_operation=method, http_headers=shown, json_body=_body_text(body))


def _body_text(body: Mapping[str, Any] | None) -> str:
    """Long lists are counted before anything is redacted: ten thousand targets would take the loop's time."""
    if not body:
        return ""
    if all(not isinstance(inner, list) or len(inner) <= LONGEST_LIST for inner in body.values()):
        text = _dumps(redacted(body))
        if len(text) <= LARGEST_BODY:
            return text
    cut = {key: inner for key, inner in body.items() if not isinstance(inner, list)}
    for key, inner in body.items():
        if isinstance(inner, list):
            cut[f"{key}@odata.count"] = len(inner)
    text = _dumps(redacted(cut))
    return text if len(text) <= LARGEST_BODY else ""


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _is_secret(name: str) -> bool:
    plain = name.lower().replace("_", "").replace("-", "")
    return any(word in plain for word in SECRET_NAMES)
