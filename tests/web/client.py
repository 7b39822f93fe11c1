"""A client that checks, of every answer it gets, what every answer of the service must keep."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import orjson
from tornado.httpclient import AsyncHTTPClient, HTTPRequest, HTTPResponse
from tornado.httputil import HTTPHeaders

from tests.schemas import is_documented, is_error, schema_name_of, validate
from tests.web.standins import PASSWORD

LINK = re.compile(r"</redfish/v1/SchemaStore/en/(\w+)\.json>; rel=describedby")


@dataclass(frozen=True)
class Answer:
    """What came back. `json` is None where there was no body."""

    status: int
    headers: HTTPHeaders
    raw: bytes
    json: Any

    @property
    def untagged(self) -> dict[str, Any]:
        """The body without its tag, which only what can be read again has."""
        return {key: value for key, value in self.json.items() if key != "@odata.etag"}

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The extended messages of an error."""
        found: list[dict[str, Any]] = self.json["error"]["@Message.ExtendedInfo"]
        return found

    @property
    def keys(self) -> list[str]:
        """The keys of the extended messages of an error: the last part of each MessageId."""
        return [message["MessageId"].rpartition(".")[2] for message in self.messages]

    @property
    def words(self) -> str:
        """All that an error says to a person, in one string."""
        return " ".join(f"{m['Message']} {m['Resolution']} {m['MessageArgs']}" for m in self.messages)


class Client:
    """Requests of one server. `as_role` gives a client with the Basic credentials of that role."""

    def __init__(self, base: str, headers: Mapping[str, str] | None = None) -> None:
        self.base = base
        self.headers = dict(headers or {})

    def as_role(self, role: str, password: str = PASSWORD) -> "Client":
        pair = base64.b64encode(f"{role.lower()}:{password}".encode()).decode()
        return Client(self.base, {"Authorization": f"Basic {pair}"})

    def with_token(self, token: str) -> "Client":
        return Client(self.base, {"X-Auth-Token": token})

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, headers=headers)

    async def head(self, path: str, **headers: str) -> Answer:
        return await self.ask("HEAD", path, headers=headers)

    async def patch(self, path: str, body: Any, **headers: str) -> Answer:
        """PATCH bytes as they are, anything else as JSON."""
        return await self.ask("PATCH", path, body, headers)

    async def delete(self, path: str, **headers: str) -> Answer:
        return await self.ask("DELETE", path, headers=headers)

    async def post(self, path: str, body: Any, **headers: str) -> Answer:
        """POST bytes as they are, anything else as JSON."""
        return await self.ask("POST", path, body, headers)

    async def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Any request; header names may have underscores for hyphens."""
        sent = {**self.headers, **{name.replace("_", "-"): v for name, v in (headers or {}).items()}}
        if body is not None and not isinstance(body, bytes):
            body = orjson.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        request = HTTPRequest(
            self.base + path,
            method=method,
            headers=sent,
            body=body,
            allow_nonstandard_methods=True,
            follow_redirects=False,
            validate_cert=False,
        )
        response = await AsyncHTTPClient().fetch(request, raise_error=False)
        return checked(method, response, shaped="$select=" in path or "$expand=" in path)


def checked(method: str, response: HTTPResponse, *, shaped: bool = False) -> Answer:
    """The answer, after what REDFISH.md asks of all answers has been seen to hold for it.

    A resource that is `shaped` by its query is not as its schema says, which describes it whole.
    """
    headers, raw = response.headers, response.body
    assert headers["OData-Version"] == "4.0"
    assert headers["Cache-Control"] == "no-cache"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'self'"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert not {"Server", "Set-Cookie"} & set(headers)
    assert re.fullmatch(r'"[!#-~]+"|', headers.get("ETag", ""))
    body = _json_of(method, response)
    if response.code != 500:  # a crash, which no document promises
        asked = urlsplit(response.request.url)
        is_documented(method, asked.path, response.code, headers, query=asked.query, body=body)
    if response.code in (401,):
        assert headers["WWW-Authenticate"].startswith("Basic ")
    if response.code == 405:
        assert headers["Allow"]
    if method in ("GET", "HEAD") and response.code < 300:
        assert headers["Allow"].startswith("GET, HEAD")
    if body is None:
        return Answer(response.code, headers, raw, None)
    if not (shaped and response.code == 200):
        _check_body(response.code, headers, body)
    return Answer(response.code, headers, raw, body)


def _json_of(method: str, response: HTTPResponse) -> dict[str, Any] | None:
    """The body, where it is JSON; there is none in answers that have none, and some are other texts."""
    if method == "HEAD" or response.code in (204, 304):
        assert response.body == b""
        return None
    content_type = response.headers["Content-Type"]
    if content_type.startswith(("application/xml", "application/yaml", "text/plain")):
        return None
    assert content_type == "application/json; charset=utf-8"
    body = orjson.loads(response.body)
    assert isinstance(body, dict)
    return body


def _check_body(status: int, headers: HTTPHeaders, body: dict[str, Any]) -> None:
    described = LINK.fullmatch(headers.get("Link", ""))
    if status >= 400:
        assert described is None
        is_error(body)
    elif "@odata.id" in body:
        assert described is not None, "a resource without a Link to its schema"
        assert described[1] == schema_name_of(body)
        validate(body)
        assert body.get("@odata.etag") == headers.get("ETag")
    elif "$schema" not in body:
        validate(body)
