"""How handlers get at the documents that are made from the table of routes, which names those handlers."""

from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    from tornado.web import RequestHandler

    from web.models import PrivilegeRegistry

SETTING: Final = "documents"
"""The application's setting that holds them."""


class Documents(Protocol):
    """The documents."""

    @property
    def openapi(self) -> bytes:
        """The OpenAPI document, as it is sent."""

    @property
    def privilege_map(self) -> "PrivilegeRegistry":
        """The privilege registry."""


def documents_of(handler: "RequestHandler") -> Documents:
    """The documents of the application that this handler belongs to."""
    return cast(Documents, handler.settings[SETTING])
