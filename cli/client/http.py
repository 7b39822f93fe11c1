"""Requests to one Redfish service, and what went wrong with them as sentences."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode, urljoin, urlsplit

import aiohttp

from cli.client.answer import Answer, parsed
from cli.client.errors import CertificateError, CommandError, ExpiredError, RefusedError, UnreachableError
from cli.client.trust import fingerprint_at, tls_context

ANSWER_WITHIN = 60.0
CONNECT_WITHIN = 15.0
SILENT_AFTER = 90.0
"""A stream that sends nothing for so many seconds, not even a comment, is taken as broken."""
CLOSING = 0.1
"""Seconds for a TLS connection to end in order that was cut off in the midst of a request, or that the
service has not kept open."""
MOST_REDIRECTS = 3
_MOVED = frozenset({301, 302, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a service is, how it is trusted, and who asks: a token, or a user with a password, or nobody."""

    url: str
    ca: str = ""
    insecure: bool = False
    token: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def headers(self) -> dict[str, str]:
        if self.token:
            return {"X-Auth-Token": self.token}
        if self.password:
            return {"Authorization": aiohttp.encode_basic_auth(self.user, self.password)}
        return {}


class Client:
    """Asks one service. To be used as an async context manager. What it sends, it sends nowhere else."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.url = place.url
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_WITHIN)
        secure = place.url.startswith("https:")
        context = tls_context(place.ca, insecure=place.insecure) if secure else True
        self._closing = False  # whether a connection may not have ended yet
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=context), timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()
        if self._closing:
            await asyncio.sleep(CLOSING)

    # --- requests

    async def get(
        self, uri: str, headers: Mapping[str, str] | None = None, within: float = ANSWER_WITHIN
    ) -> Answer:
        """The answer to a GET, whatever its HTTP status but 401."""
        return await self.ask("GET", uri, headers=headers, within=within)

    async def post(self, uri: str, body: Any, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.ask("POST", uri, body, headers=headers)

    async def delete(self, uri: str, headers: Mapping[str, str] | None = None) -> Answer:
        return await self.ask("DELETE", uri, headers=headers)

    async def ask(
        self,
        method: str,
        uri: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        within: float = ANSWER_WITHIN,
    ) -> Answer:
        """The answer to any request.

        Raises:
            UnreachableError: none came.
            CertificateError: the service could not prove who it is; nothing was sent.
            ExpiredError: it is 401, for a client that has said who it is.
        """
        path = self.path_of(uri)
        for _ in range(MOST_REDIRECTS):
            answer = await self._asked(method, path, body, headers or {}, within)
            if method != "GET" or answer.status not in _MOVED or not answer.location:
                break
            path = self.path_of(answer.location)
        if answer.status == 401 and self.place.headers:
            raise self._expired(answer)
        return answer

    def path_of(self, uri: str) -> str:
        """The path of a URI of this service, query included.

        Raises:
            CommandError: it leads to somewhere else, and there the session has no business.
        """
        if not uri.startswith(("/", "http://", "https://")):
            raise CommandError(f"{self.url} sent {uri!r} where the URI of a resource belongs.")
        here, there = urlsplit(self.url), urlsplit(urljoin(self.url + "/", uri))
        if _origin(here.scheme, here.hostname, here.port) != _origin(
            there.scheme, there.hostname, there.port
        ):
            raise CommandError(
                f"{self.url} leads to {there.scheme}://{there.netloc}: log in there, if you trust it."
            )
        return there.path + (f"?{there.query}" if there.query else "")

    async def _asked(
        self, method: str, path: str, body: Any, headers: Mapping[str, str], within: float
    ) -> Answer:
        sent = {
            "Accept": "application/json",
            "OData-Version": "4.0",
            "User-Agent": "taskmon",
            **self.place.headers,
            **headers,
        }
        async with self.guarded(f"{method} {path}", within):
            before, self._closing = self._closing, True
            async with (
                asyncio.timeout(within),
                self._http.request(
                    method, self.url + path, json=body, headers=sent, allow_redirects=False
                ) as response,
            ):
                content = await response.read()
            self._closing = before or not _is_kept(response)
            read, is_json = parsed(content)
            return Answer(
                request=f"{method} {path}",
                status=response.status,
                headers={name.lower(): value for name, value in response.headers.items()},
                body=read,
                is_json=is_json,
            )

    @asynccontextmanager
    async def stream(self, uri: str, headers: Mapping[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """The open answer to a GET that goes on and on. Raises as `ask`, also while it is read."""
        path = self.path_of(uri)
        sent = {"Accept": "text/event-stream", **self.place.headers, **headers}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_WITHIN, sock_read=SILENT_AFTER)
        async with (
            self.guarded(f"GET {path}", SILENT_AFTER),
            self._http.get(self.url + path, headers=sent, timeout=timeout, allow_redirects=False) as response,
        ):
            if response.status == 401:
                raise self._expired(None)
            if response.status != 200:
                body, is_json = parsed(await response.read())
                answer = Answer(
                    request=f"GET {path}",
                    status=response.status,
                    headers={name.lower(): value for name, value in response.headers.items()},
                    body=body,
                    is_json=is_json,
                )
                answer.expect(200)
            yield response

    # --- what went wrong

    @asynccontextmanager
    async def guarded(self, request: str, within: float) -> AsyncIterator[None]:
        """Errors of the connection inside leave as ours."""
        url = self.url
        try:
            yield
        except aiohttp.ClientConnectorCertificateError as error:
            raise await self._not_trusted(error.certificate_error) from None
        except (aiohttp.ClientConnectorSSLError, aiohttp.ClientSSLError) as error:
            if isinstance(error.__cause__ or error, ssl.SSLCertVerificationError):
                raise await self._not_trusted(error) from None
            sentence = (
                f"{url} does not speak TLS as it should ({_reason(error)}): is it https, and the port right?"
            )
            raise UnreachableError(sentence, sent=False) from None
        except aiohttp.ClientConnectorDNSError:
            sentence = f"There is no address for {urlsplit(url).hostname}: is {url} right?"
            raise UnreachableError(sentence, sent=False) from None
        except aiohttp.ConnectionTimeoutError:
            sentence = f"{url} cannot be reached: no connection within {CONNECT_WITHIN:g} s."
            raise UnreachableError(sentence, sent=False) from None
        except aiohttp.ClientConnectorError as error:
            sentence = f"{url} cannot be reached: {_reason(error)}. Does the service run?"
            raise UnreachableError(sentence, sent=False) from None
        except TimeoutError:
            raise UnreachableError(
                f"{url} did not answer {request} within {within:g} s.", sent=True
            ) from None
        except aiohttp.InvalidURL:
            raise CommandError(f"{url} is no URL of a service: give one such as https://host:8443.") from None
        except aiohttp.ClientError as error:
            what = f"{url} ended the connection before it had answered {request} ({_reason(error)})."
            hint = "" if url.startswith("https:") else " Is it https?"
            raise UnreachableError(what + hint, sent=True) from None

    async def _not_trusted(self, error: BaseException) -> CertificateError:
        found = await fingerprint_at(self.url)
        shown = f" Its SHA-256 fingerprint is {found}." if found else ""
        return CertificateError(
            f"The certificate of {self.url} is not trusted ({_reason(error)}).{shown} "
            f"If it is the right one, log in with --ca FILE, its own certificate or that of who signed it; "
            f"--insecure trusts whatever answers."
        )

    def _expired(self, answer: Answer | None) -> RefusedError:
        if self.place.token:
            return ExpiredError(
                f"The session at {self.url} has ended: log in again with `taskmon login {self.url}`.", 401
            )
        words = f" {answer.words}" if answer else ""
        return ExpiredError(f"{self.url} refused {self.place.user} with this password.{words}", 401)


def _is_kept(response: aiohttp.ClientResponse) -> bool:
    """Whether its connection stays open for the next request (RFC 9112, 9.3)."""
    said = response.headers.get("Connection", "").lower()
    return said != "close" and (response.version != aiohttp.HttpVersion10 or said == "keep-alive")


def with_query(uri: str, **options: str) -> str:
    """This URI with these query options more; `_filter` stands for `$filter`."""
    named = {
        name.replace("_", "$", 1) if name.startswith("_") else name: text for name, text in options.items()
    }
    if not named:
        return uri
    joined = urlencode(named, quote_via=quote, safe="$*()'/.:")
    return f"{uri}{'&' if '?' in uri else '?'}{joined}"


def _origin(scheme: str, host: str | None, port: int | None) -> tuple[str, str | None, int]:
    return scheme, host, port or (443 if scheme == "https" else 80)


def _reason(error: BaseException) -> str:
    """What the system says is wrong, without what only a programmer wants to know."""
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "it was closed"
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    told = getattr(error, "os_error", None) or error
    if isinstance(told, ssl.SSLCertVerificationError):
        return str(told.verify_message)
    number = getattr(told, "errno", None)
    if isinstance(number, int) and number > 0 and not isinstance(told, ssl.SSLError):
        return os.strerror(number).lower()
    return (str(told) or type(told).__name__).lower().rstrip(".")
