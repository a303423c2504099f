"""Compares the tables of a database with those that this program expects: a version number alone proves nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import inspect
from sqlalchemy.types import JSON, Boolean, DateTime, Integer, Numeric, String, TypeDecorator, TypeEngine

from bot.errors import EXIT_CONFIG, StartupError
from bot.store.tables import metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Dialect, Table
    from sqlalchemy.engine.interfaces import ReflectedColumn

_NAMED_AT_MOST: Final = 5
_FAMILIES: Final = (Boolean, DateTime, Integer, JSON, Numeric, String)


def check_tables(connection: Connection) -> None:
    """Compare each table's columns: their names, whether they take NULL, and their kind of type.

    Raises:
        StartupError: They differ; it names the tables and columns.
    """
    inspector = inspect(connection)
    found = {key[1]: columns for key, columns in inspector.get_multi_columns().items()}
    differences = [
        difference
        for table in metadata.sorted_tables
        for difference in _differences(table, found.get(table.name), connection.dialect)
    ]
    if not differences:
        return
    named = "; ".join(differences[:_NAMED_AT_MOST])
    more = f"; and {len(differences) - _NAMED_AT_MOST} more" if len(differences) > _NAMED_AT_MOST else ""
    raise StartupError(
        f"DATABASE_URL: the tables are not as schema version says: {named}{more}. The database was left as it is: "
        "restore a backup, or undo what was changed by hand.",
        exit_code=EXIT_CONFIG,
    )


def _differences(table: Table, columns: Sequence[ReflectedColumn] | None, dialect: Dialect) -> Iterator[str]:
    if columns is None:
        yield f"there is no table {table.name}"
        return
    there: Mapping[str, ReflectedColumn] = {column["name"]: column for column in columns}
    for expected in table.columns:
        column = there.get(expected.name)
        if column is None:
            yield f"{table.name} has no column {expected.name}"
        elif column["nullable"] != expected.nullable:
            yield f"{table.name}.{expected.name} {'takes' if column['nullable'] else 'does not take'} NULL"
        elif (kind := _kind(column["type"], dialect)) != _kind(expected.type, dialect):
            yield f"{table.name}.{expected.name} is of the type {kind}"
    for name, column in there.items():
        if name not in table.columns and _must_be_given(column):
            yield f"{table.name} has a column {name} that needs a value"


def _must_be_given(column: ReflectedColumn) -> bool:
    """Whether an INSERT that does not know this column would fail."""
    return not column["nullable"] and column.get("default") is None


def _kind(of: TypeEngine[Any], dialect: Dialect) -> str:
    """Name the family of a type, by which both databases tell their columns apart."""
    resolved = of.dialect_impl(dialect)
    if isinstance(resolved, TypeDecorator):
        resolved = resolved.impl_instance
    return next((family.__name__ for family in _FAMILIES if isinstance(resolved, family)), str(resolved))
