"""Transactions of a command on a database that the running bot may have open: no lock is taken, nothing is migrated."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import NullPool, create_engine, make_url

from bot.store.database import postgresql_engine, startup_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import URL, Connection

_T = TypeVar("_T")


async def beside_the_bot(url: str, work: Callable[[Connection], _T]) -> _T | None:
    """Run a function in one transaction, and commit what it has not rolled back itself.

    Args:
        url: The database, as ``DATABASE_URL`` names it.
        work: What to do; runs in a thread where the database is SQLite.

    Returns:
        What the function returns; None where there is no database file yet.

    Raises:
        StartupError: The database cannot be used, and why.
    """
    address = make_url(url)
    if address.get_backend_name() != "postgresql":
        return await asyncio.to_thread(_in_file, address, work)
    engine = postgresql_engine(address)
    try:
        with startup_errors(address):
            async with engine.connect() as connection:
                result = await connection.run_sync(work)
                await connection.commit()
                return result
    finally:
        await engine.dispose()


def _in_file(address: URL, work: Callable[[Connection], _T]) -> _T | None:
    file = Path(str(address.database)).resolve()
    if not file.exists():
        return None
    engine = create_engine(
        f"sqlite:///{file.as_uri()}?mode=rw&uri=true", poolclass=NullPool, connect_args={"timeout": 5.0}
    )
    with startup_errors(address), engine.connect() as connection:
        result = work(connection)
        connection.commit()
        return result
