"""One row of the table of routes: a path, who answers it, and who may do what there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from actors import AnyOf

if TYPE_CHECKING:
    from web.handler import RedfishHandler

OPEN: Final = None
"""In place of privileges: no credentials are needed, and none that come along are looked at."""

_ORDER: Final = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE")
_PLACEHOLDER: Final = re.compile(r"\{\w+\}")


@dataclass(frozen=True, slots=True)
class Route:
    """A path such as `/taskmon/{id}`, its handler, and per method the privileges: any of them is enough.

    HEAD follows GET. What is not named in `privileges` is answered with 405. A trailing slash makes no
    difference to any path. `of_properties` has what the change of single properties takes instead, per method
    and by their names: who has only that is let in, and the change of others is refused where it is made.
    """

    path: str
    handler: "type[RedfishHandler]"
    privileges: Mapping[str, AnyOf | None]
    of_properties: Mapping[str, Mapping[str, AnyOf]] = field(default_factory=dict)
    allow: str = field(init=False)
    _let_in: Mapping[str, AnyOf | None] = field(init=False)

    def __post_init__(self) -> None:
        methods = {*self.privileges, "HEAD"} if "GET" in self.privileges else set(self.privileges)
        object.__setattr__(self, "allow", ", ".join(method for method in _ORDER if method in methods))
        object.__setattr__(self, "_let_in", {method: self._enough(method) for method in self.privileges})

    def __str__(self) -> str:
        return self.path

    @property
    def pattern(self) -> str:
        """The path as a regular expression; what stands for an id is any one segment."""
        pieces = _PLACEHOLDER.split(self.path.removesuffix("/"))
        return "([^/]+)".join(re.escape(piece) for piece in pieces) + "/?"

    def needs(self, method: str) -> AnyOf | None:
        """The privileges with which a method that is served here can be of use.

        Raises:
            KeyError: the method is not served here.
        """
        return self._let_in["GET" if method == "HEAD" else method]

    def is_open(self, method: str) -> bool:
        """Whether this method needs no credentials. One that is not served needs some, like the rest here."""
        served = "GET" if method == "HEAD" else method
        if served in self.privileges:
            return self.privileges[served] is OPEN
        return bool(self.privileges) and all(needed is OPEN for needed in self.privileges.values())

    def _enough(self, method: str) -> AnyOf | None:
        needed = self.privileges[method]
        if needed is OPEN:
            return OPEN
        ways = (needed, *self.of_properties.get(method, {}).values())
        return tuple(dict.fromkeys(privilege for any_of in ways for privilege in any_of))
