"""A keeper: makes those changes to what is known that depend on what is there, one at a time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from actors.runtime import LoopActor
from actors.tasks.errors import AlreadyThereError, ChangedError, ClientError, RevisionConflictError
from actors.tasks.mail import Ping
from actors.tasks.ports import Change, Store


class Book(Protocol):
    """Records of some kinds in memory, as last committed."""

    async def refresh(self, store: Store) -> None:
        """Take over what the store has instead of what is known."""

    def apply(self, changes: Iterable[Change]) -> None:
        """Take over what has been committed."""


B = TypeVar("B", bound=Book)


@dataclass(frozen=True, slots=True)
class Keep(Generic[B]):
    """Commit what `settle` makes of the book as it is then. Answered with the changes made.

    Nothing is changed if `settle` raises; a ClientError is the answer then, for `asking.ask` to raise.
    """

    settle: Callable[[B], Sequence[Change]]


class Revisioned(Protocol):
    """A record whose revision changes with every change of it."""

    @property
    def revision(self) -> int: ...


def be_of(record: Revisioned, revision: int | None) -> None:
    """For a `settle` that is meant for one revision of a record only; None is any.

    Raises:
        ChangedError: the record has another.
    """
    if revision not in (None, record.revision):
        raise ChangedError


class Keeper(LoopActor, Generic[B]):
    """While one change is under way the next one waits in the mailbox, so none works on old records."""

    def __init__(self, book: B, store: Store, on_lost: Callable[[str], None]) -> None:
        super().__init__()
        self._on_lost = on_lost
        self._book = book
        self._store = store
        self._in_doubt = False  # whether a commit may have been stored that the book does not show

    async def on_receive(self, message: Keep[B] | Ping) -> Sequence[Change] | ClientError | None:
        match message:
            case Ping():
                return None
            case Keep(settle):
                if self._in_doubt:
                    await self._read_again()
                await self.look()
                try:
                    changes = settle(self._book)
                except ClientError as error:
                    return error
                if not changes:
                    return changes
                self._in_doubt = True
                try:
                    await self._store.commit(*changes)
                except (RevisionConflictError, AlreadyThereError):
                    await self._read_again()  # an earlier commit of unknown outcome was stored after all
                    raise
                self._in_doubt = False
                self._book.apply(changes)
                return changes

    async def look(self) -> None:
        """What a keeper does before each change to see what others have committed; by default nothing."""

    async def _read_again(self) -> None:
        """The stored records decide. Raises StoreUnavailableError, and the doubt remains."""
        await self._book.refresh(self._store)
        self._in_doubt = False

    def on_failure(self, *_: Any) -> None:
        """Without it nothing of this kind can be changed any more: the service stops."""
        self._on_lost(type(self).__name__)
