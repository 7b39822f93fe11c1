"""The `.sql` files of the package: statements by name, and the numbered migrations in their order."""

import re
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files

_FILES = files("store") / "sql"
_NAMED = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the tables from a version to the next; `number` is the version it leads to."""

    number: int
    name: str
    sql: str


def queries(file: str = "queries.sql") -> Mapping[str, str]:
    """The statements of that file by their names."""
    _, *parts = _NAMED.split((_FILES / file).read_text("utf-8"))
    return {name: sql.strip() for name, sql in zip(parts[::2], parts[1::2], strict=True)}


def schema() -> str:
    """The statements that make all tables as they are now."""
    return (_FILES / "schema.sql").read_text("utf-8")


def migrations() -> list[Migration]:
    """All migrations, `NNNN_name.sql`, in the order of their numbers, which are 1, 2, 3, …"""
    found = [
        Migration(int(number), name, file.read_text("utf-8"))
        for file in (_FILES / "migrations").iterdir()
        if file.name.endswith(".sql")
        for number, name in [file.name.removesuffix(".sql").split("_", 1)]
    ]
    return sorted(found, key=lambda migration: migration.number)


def statements(sql: str) -> Iterator[str]:
    """The statements of a script one by one, for sqlite3's own way would commit what is under way."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement
