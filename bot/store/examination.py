"""A look at the database from outside: what a start would meet, found without changing anything."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import NullPool, create_engine, make_url

from bot.store.database import postgresql_engine, startup_errors
from bot.store.schema import examine as examine_schema

if TYPE_CHECKING:
    from sqlalchemy import URL


@dataclass(frozen=True)
class Examination:
    """What was found.

    Args:
        version: The version of the schema; None where the database is yet to be made.
        newest: The version that this program brings it to.
    """

    version: str | None
    newest: str | None


async def examine(url: str) -> Examination:
    """Connect, read the version, write and roll back; works while a bot is running on it.

    Args:
        url: The database, as ``DATABASE_URL`` names it.

    Raises:
        StartupError: A start would fail, and why.
    """
    address = make_url(url)
    if address.get_backend_name() != "postgresql":
        return await asyncio.to_thread(_examine_file, address)
    engine = postgresql_engine(address)
    try:
        with startup_errors(address):
            async with engine.connect() as connection:
                found = Examination(*await connection.run_sync(examine_schema))
                await connection.rollback()
                return found
    finally:
        await engine.dispose()


def _examine_file(address: URL) -> Examination:
    file = Path(str(address.database)).resolve()
    if not file.exists():
        return Examination(None, None)
    engine = create_engine(
        f"sqlite:///{file.as_uri()}?mode=rw&uri=true", poolclass=NullPool, connect_args={"timeout": 5.0}
    )
    with startup_errors(address), engine.connect() as connection:
        found = Examination(*examine_schema(connection))
        connection.rollback()
        return found
