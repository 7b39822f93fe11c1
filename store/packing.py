"""How a record becomes bytes and a record again, whatever its kind: a versioned msgpack array."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar

import msgpack  # type: ignore[import-untyped]

from actors.tasks.errors import StoreUnavailableError

T = TypeVar("T")
Fields = Sequence[Any]


class RecordUnreadableError(StoreUnavailableError):
    """What is stored cannot be made into a record: it is damaged, or a newer program wrote it."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """How one kind of record is stored; `steps[n - 1]` makes fields of version n into version n + 1."""

    name: str
    fields: Callable[[T], Fields]
    record: Callable[[Fields], T]
    steps: tuple[Callable[[Fields], Fields], ...] = ()

    @property
    def version(self) -> int:
        return len(self.steps) + 1


def pack(kind: Kind[Any], record: Any, name: str) -> bytes:
    """The record as bytes.

    Raises:
        ValueError: it holds something that cannot be stored, such as a time without its zone.
    """
    row = (kind.version, *kind.fields(record))
    stored: bytes
    try:
        try:
            stored = _packers.strict.pack(row)
        except UnicodeEncodeError:
            stored = _packers.lenient.pack(row)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"The {kind.name} {name} cannot be stored: {error}.") from error
    return stored


def unpack(kind: Kind[T], stored: bytes) -> T:
    """The record that these bytes are.

    Raises:
        RecordUnreadableError: they are not such a record, or one of a newer version.
    """
    try:
        version, *fields = msgpack.unpackb(
            stored, timestamp=3, strict_map_key=False, unicode_errors="surrogatepass"
        )
        return read(kind, version, fields)
    except StoreUnavailableError:
        raise
    except Exception as error:
        raise RecordUnreadableError(
            f"A stored {kind.name} cannot be read ({type(error).__name__}: {error}). "
            "Restore the data folder from a backup, or remove the record."
        ) from error


def read(kind: Kind[T], version: int, fields: Fields) -> T:
    """The record that fields of that version are. Raises as `unpack` does."""
    if not 1 <= version <= kind.version:
        raise RecordUnreadableError(
            f"A stored {kind.name} has version {version} and this program reads up to version "
            f"{kind.version}. Start the newer program that wrote it."
        )
    for step in kind.steps[version - 1 :]:
        fields = step(fields)
    return kind.record(fields)


class _Packers(threading.local):
    """A pair of packers for each thread: one must not be used by two, and making one is not free."""

    def __init__(self) -> None:
        self.strict = msgpack.Packer(datetime=True, default=_plain)
        # Half a UTF-16 pair is legal in JSON; the fast packer refuses it, and no server must break a task.
        self.lenient = msgpack.Packer(datetime=True, default=_plain, unicode_errors="surrogatepass")


def _plain(value: object) -> object:
    match value:
        case Mapping():
            return dict(value)
        case datetime() if value.tzinfo is None:
            raise TypeError(f"the time {value} needs its zone")
        case datetime():  # of a class derived from it: the packer takes over only the class itself
            return msgpack.Timestamp.from_datetime(value)
        case int():
            raise TypeError("a number in it is longer than 64 bits")
        case _:
            raise TypeError(f"a value of type {type(value).__name__} is not a plain one")


_packers = _Packers()


def simple(
    record_type: type[T],
    names: tuple[str, ...],
    steps: tuple[Callable[[Fields], Fields], ...] = (),
    **made_of: Callable[[Any], Any],
) -> Kind[T]:
    """The kind of a flat record; `made_of` makes a field of what msgpack gives back for it."""

    def record(fields: Fields) -> T:
        values = dict(zip(names, fields, strict=True))
        for name, make in made_of.items():
            values[name] = make(values[name])
        return record_type(**values)

    return Kind(record_type.__name__, attrgetter(*names), record, steps)
