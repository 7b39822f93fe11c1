"""A small Redfish client: what the demo asks of the service, and what it makes of the answers."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp

from cli.demo.errors import DemoError

ANSWER_WITHIN = 15.0
POLL_EVERY = 0.2
"""Seconds between two looks at something that is under way."""


class Resource(dict[str, Any]):
    """A JSON object of an answer. To ask it for what it lacks is a DemoError that names the answer."""

    def __init__(self, request: str, members: Mapping[str, Any]) -> None:
        super().__init__(members)
        self._request = request

    def __missing__(self, name: str) -> Any:
        raise DemoError(f"{self._request} was answered without {name}, which should be there.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one request; `seconds` is the time from sending it to having read the answer."""

    request: str
    status: int
    location: str
    token: str
    body: Resource
    seconds: float

    @property
    def error(self) -> str:
        """The sentence of the error object; empty when there is none."""
        told = self.body.get("error")
        return str(told.get("message", "")) if isinstance(told, dict) else ""

    def expect(self, *statuses: int) -> "Answer":
        """This answer.

        Raises:
            DemoError: its HTTP status is none of these.
        """
        if self.status in statuses:
            return self
        wanted = " or ".join(map(str, statuses))
        told = f": {self.error}" if self.error else "."
        raise DemoError(f"{self.request} was answered {self.status} and not {wanted}{told}")


class Redfish:
    """A session with the service. Requests that get no answer raise DemoError."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._token: dict[str, str] = {}

    async def log_in(self, user: str, password: str) -> None:
        """Open a session; all that follows is asked with its token."""
        body = {"UserName": user, "Password": password}
        answer = (await self.post("/redfish/v1/SessionService/Sessions", body)).expect(201)
        self._token = {"X-Auth-Token": answer.token}

    async def get(self, path: str) -> Answer:
        return await self._ask("GET", path)

    async def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        return await self._ask("POST", path, body)

    async def delete(self, path: str) -> Answer:
        return await self._ask("DELETE", path)

    async def follow(self, monitor: str, within: float) -> Answer:
        """The last answer of a task monitor: the first that is not 202.

        Raises:
            DemoError: it is still 202 after so many seconds.
        """
        deadline = time.monotonic() + within
        while (answer := await self.get(monitor)).status == 202:
            if time.monotonic() > deadline:
                raise DemoError(f"{monitor} is still answered 202 after {within:g} s.")
            await asyncio.sleep(POLL_EVERY)
        return answer

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        request = f"{method} {path}"
        sent = time.monotonic()
        try:
            async with self._http.request(method, path, json=body, headers=self._token) as response:
                content = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            why = str(error) or f"nothing came within {ANSWER_WITHIN:g} s"
            raise DemoError(f"{request} was not answered: {why}.") from error
        seconds = time.monotonic() - sent
        return Answer(
            request=request,
            status=response.status,
            location=response.headers.get("Location", ""),
            token=response.headers.get("X-Auth-Token", ""),
            body=_resource(request, content),
            seconds=seconds,
        )


def _resource(request: str, content: bytes) -> Resource:
    try:
        body = json.loads(content or b"{}", object_hook=partial(Resource, request))
    except ValueError as error:
        raise DemoError(f"{request} was answered with what is no JSON: {error}.") from error
    if not isinstance(body, Resource):
        raise DemoError(f"{request} was answered with JSON that is no object.")
    return body


@asynccontextmanager
async def connect(url: str, certificate: Path) -> AsyncIterator[Redfish]:
    """A client of the service at this URL that trusts exactly this certificate, and checks it."""
    trust = ssl.create_default_context(cafile=certificate)
    async with aiohttp.ClientSession(
        base_url=url,
        connector=aiohttp.TCPConnector(ssl=trust),
        timeout=aiohttp.ClientTimeout(total=ANSWER_WITHIN),
    ) as http:
        yield Redfish(http)
