"""Types for proxies of actors whose methods are coroutine functions, beside those of `pykka.typing`."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from pykka import Future
    from pykka.typing import Method

P = ParamSpec("P")
T = TypeVar("T")


def proxy_coroutine(
    field: Callable[Concatenate[Any, P], Coroutine[Any, Any, T]],
) -> "Method[P, Future[T]]":
    """Type a coroutine method on an actor proxy: it answers with a future of what the coroutine returns.

    `pykka.typing.proxy_method` would make it a future of a coroutine.
    """
    return cast("Method[P, Future[T]]", field)
