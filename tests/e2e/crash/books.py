"""The databases of a torture, as they are read from outside, without writing."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import create_async_engine

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import RowMapping

Rows = list[dict[str, Any]]


class Book(Protocol):
    """A database that bots write and a torture reads."""

    @property
    def url(self) -> str:
        """Its address, for the bots."""
        ...

    def rows(self, query: str) -> Rows:
        """Ask it; before a bot's first start there is nothing in it."""
        ...


class SqliteBook:
    """A file.

    Args:
        file: Where.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self.url = f"sqlite+aiosqlite:///{file}"

    def rows(self, query: str) -> Rows:
        """Ask it."""
        if not self._file.exists():
            return []
        database = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True)
        database.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in database.execute(query)]
        finally:
            database.close()


class PostgresBook:
    """A database of a server.

    Args:
        url: Its address.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._reader = ThreadPoolExecutor(1)

    def rows(self, query: str) -> Rows:
        """Ask it, in a loop of its own: whoever looks at a table does not await."""
        return self._reader.submit(asyncio.run, self._ask(query)).result()

    async def _ask(self, query: str) -> Rows:
        engine = create_async_engine(self.url)
        try:
            async with engine.connect() as connection:
                return [_as_text(row) for row in (await connection.execute(text(query))).mappings()]
        except ProgrammingError:  # no bot has made the tables yet
            return []
        finally:
            await engine.dispose()


def _as_text(row: RowMapping) -> dict[str, Any]:
    """Let JSON be text, as in a file of SQLite."""
    return {name: json.dumps(value) if isinstance(value, list | dict) else value for name, value in row.items()}
