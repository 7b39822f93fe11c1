"""HTTP methods as the base handler takes them: all that there are, since the table of routes decides."""

from typing import Final

VERBS: Final = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
WITH_BODY: Final = frozenset({"POST", "PATCH", "PUT"})


class AnyMethod(tuple[str, ...]):
    """Tornado's list of methods: all of them, since the table of routes decides."""

    __slots__ = ()

    def __contains__(self, method: object) -> bool:
        return True


async def not_served(*path_args: str) -> None:
    """In place of a method that a handler does not have."""
    raise TypeError("The table of routes names a method that its handler does not have.")
