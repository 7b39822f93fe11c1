"""The credentials that a request carries, read from its headers."""

import base64
import binascii
from dataclasses import dataclass

from tornado.httputil import HTTPHeaders

from actors import Viewer
from web.errors import NoCredentialsError
from web.services import Gate

CHALLENGE = 'Basic realm="taskmon", charset="UTF-8"'
"""What every 401 says in WWW-Authenticate (RFC 7617)."""


@dataclass(frozen=True, slots=True)
class Token:
    """A session's token, from X-Auth-Token."""

    text: str


@dataclass(frozen=True, slots=True)
class Basic:
    """A name and a password, from Authorization: Basic."""

    name: str
    password: str


def credentials(headers: HTTPHeaders) -> Token | Basic | None:
    """What the request says of who makes it. A token goes before Basic; what cannot be read is None."""
    token = headers.get("X-Auth-Token", "").strip()
    if token:
        return Token(token)
    scheme, _, encoded = headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    name, colon, password = pair.partition(":")
    return Basic(name, password) if colon else None


async def viewer_of(headers: HTTPHeaders, gate: Gate) -> Viewer:
    """Who makes the request.

    Raises:
        NoCredentialsError: it carries none that can be read.
        BadCredentialsError: they are not valid.
    """
    match credentials(headers):
        case Token(text):
            return await gate.by_token(text)
        case Basic(name, password):
            return await gate.by_password(name, password)
        case None:
            raise NoCredentialsError
