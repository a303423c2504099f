"""The days between two columns of instants, which SQLite and PostgreSQL calculate differently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

if TYPE_CHECKING:
    from sqlalchemy.sql.compiler import SQLCompiler


class DaysBetween(FunctionElement[float]):
    """``DaysBetween(first, second)``: how many days the second instant lies after the first."""

    inherit_cache = True
    type = Float()


@compiles(DaysBetween, "sqlite")
def _in_sqlite(element: DaysBetween, compiler: SQLCompiler, **options: Any) -> str:
    first, second = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(julianday({second}) - julianday({first}))"


@compiles(DaysBetween, "postgresql")
def _in_postgresql(element: DaysBetween, compiler: SQLCompiler, **options: Any) -> str:
    first, second = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(EXTRACT(EPOCH FROM {second} - {first}) / 86400)"
