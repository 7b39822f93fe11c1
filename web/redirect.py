"""The listener that speaks plain HTTP only to say where HTTPS is."""

import re
from typing import Any, Final

import orjson
from tornado.web import Application, RequestHandler

from actors import Message
from web.render.messages import error_object
from web.targets import origin_form

_HOST: Final = re.compile(
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?"
)
"""What a Host header may be for its host to come into the answer: a name, or an address."""
HTTPS_PORT: Final = 443


def redirecting(host: str, port: int) -> Application:
    """An application that sends every GET and HEAD to the same path by HTTPS on `port`, and refuses the rest.

    The host is the one that the client asked, if its Host header is well-formed; else `host`. 308 keeps the
    method (RFC 9110, 15.4.9), and lets a client remember it: this port never has anything else to say.
    """
    return Application([(r".*", _Redirect, {"host": host, "port": port})], log_function=lambda handler: None)


class _Redirect(RequestHandler):
    def initialize(self, host: str, port: int) -> None:
        self._host = host
        self._port = port

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")

    def prepare(self) -> None:
        """Answer; no method of its own is needed."""
        if self.request.method not in ("GET", "HEAD"):
            self.send_error(403)
            return
        self.set_status(308)
        self.set_header("Location", self._elsewhere)
        self.finish()

    def write_error(self, status_code: int, **_: Any) -> None:
        message = Message(
            "GeneralError",
            detail="This port speaks plain HTTP, in which whatever was sent could be read on its way.",
            resolution_here=f"Send it to {self._elsewhere}. Change the password if one was sent.",
        )
        self.set_header("Content-Type", "application/json; charset=utf-8")
        self.finish(orjson.dumps(error_object((message,))))

    @property
    def _elsewhere(self) -> str:
        asked = _HOST.fullmatch(self.request.headers.get("Host", ""))
        host = asked["host"] if asked else self._host
        port = "" if self._port == HTTPS_PORT else f":{self._port}"
        path = origin_form(self.request.uri or "/")
        return f"https://{host}{port}{path if path.startswith('/') else '/'}"
