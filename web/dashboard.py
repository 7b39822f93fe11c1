"""The dashboard: the files of `web/ui/`, read once at the start, and the way there for a browser at `/`.

They are a client of the Redfish interface like any other and hold nothing secret, so anybody may read them.
What the page may do, its Content-Security-Policy says: scripts, styles and requests of this service alone,
nothing written into the page, and no string that becomes markup anywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from tornado.httputil import HTTPHeaders

from web.accept import weight_of
from web.compression import collection_tag
from web.errors import no_such_uri
from web.etags import digest_tag
from web.handler import RedfishHandler
from web.route import Route

FOLDER: Final = Path(__file__).parent / "ui"
HOME: Final = "/ui/"
INDEX: Final = "index.html"
SETTING: Final = "dashboard"
"""The application's setting that holds the files."""

CONTENT_TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "deny",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent; its tag stays as long as its bytes do."""

    content_type: str
    body: bytes
    tag: str


Files = Mapping[str, StaticFile]
"""The files by their path below `/ui/`; the page itself is `index.html`."""


def read_files(folder: Path = FOLDER) -> Files:
    """Every file of the dashboard, as it is now.

    Raises:
        ValueError: there is one whose type nobody has named.
        OSError: one cannot be read.
    """
    files: dict[str, StaticFile] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            continue
        name = path.relative_to(folder).as_posix()
        content_type = CONTENT_TYPES.get(path.suffix)
        if content_type is None:
            raise ValueError(f"Say in web/dashboard.py what type {name} has, or take it out of {folder}.")
        body = path.read_bytes()
        files[name] = StaticFile(content_type, body, digest_tag(body))
    return files


class DashboardHandler(RedfishHandler):
    """A file of the dashboard; `/ui/` is the page."""

    async def get(self, *names: str) -> None:
        file = cast(Files, self.settings[SETTING]).get("/".join(names) or INDEX)
        if file is None:
            raise no_such_uri(self.request.path)
        tag = collection_tag(file.tag, self.request.headers, file.body)
        for header, value in SECURITY_HEADERS.items():
            self.set_header(header, value)
        if not self.is_known(tag):
            self.set_header("ETag", tag)
            self.send_text(file.body, file.content_type)


class FrontDoorHandler(RedfishHandler):
    """`/`: a browser is shown to the dashboard; for everybody else there is nothing here."""

    async def _admit(self) -> None:
        if self.request.method not in ("GET", "HEAD") or not asks_for_a_page(self.request.headers):
            self.route = Route("", FrontDoorHandler, {})
        await super()._admit()

    async def get(self) -> None:
        self.set_header("Vary", "Accept")
        self.set_header("Location", HOME)
        self.set_status(303)


def asks_for_a_page(headers: HTTPHeaders) -> bool:
    """Whether HTML is asked for by its name, as browsers do; that anything would do is not enough."""
    for choice in ",".join(headers.get_list("Accept")).split(","):
        name, *parameters = (piece.strip() for piece in choice.split(";"))
        if name.lower() == "text/html":
            return weight_of(parameters) > 0
    return False
