"""A copy of a SQLite database while the bot goes on working, by SQLite's own online backup.

Source: https://www.sqlite.org/backup.html
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import make_url

from bot.errors import EXIT_CONFIG, EXIT_UNAVAILABLE, StartupError
from bot.store.restoration import COPY_VERSION

if TYPE_CHECKING:
    from sqlalchemy import URL

_PATIENCE_SECONDS: Final = 20.0
"""How long a step waits for the bot's own transactions."""


async def back_up(url: str, to: Path) -> int:
    """Copy the database into a new file: whole, consistent, and without living interaction tokens.

    The bot's writers are not held up: the copy is one reader's snapshot.

    Args:
        url: The database, as ``DATABASE_URL`` names it.
        to: The copy; it must not be there yet.

    Returns:
        Its size in bytes.

    Raises:
        StartupError: It is no SQLite database, there is none, the copy is there already, or it cannot be written.
    """
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        raise StartupError(
            f"A PostgreSQL database is backed up by its own tool: {_pg_dump(address, to)}", exit_code=EXIT_CONFIG
        )
    return await asyncio.to_thread(_copy, Path(str(address.database)), to)


def _pg_dump(address: URL, to: Path) -> str:
    host = address.query.get("host") or address.host or "localhost"
    user = f" --username={address.username}" if address.username else ""
    return f"pg_dump --format=custom --file={to} --host={host}{user} {address.database}"


def _copy(source: Path, to: Path) -> int:
    """Claim the name first, fill a file beside it, and put that in its place when it is whole."""
    if not source.is_file():
        raise StartupError(f"{source}: there is no database. See DATABASE_URL.", exit_code=EXIT_UNAVAILABLE)
    try:
        os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        raise StartupError(f"{to} is there already, and is not overwritten.", exit_code=EXIT_CONFIG) from error
    except OSError as error:
        raise _refusal(to, error) from error
    part = to.with_name(f"{to.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        _fill(source, part)
        part.replace(to)
    except BaseException as error:
        for file in (part, to):
            with suppress(FileNotFoundError):
                file.unlink()
        if isinstance(error, sqlite3.Error | OSError):
            raise _refusal(to, error) from error
        raise
    return to.stat().st_size


def _fill(source: Path, part: Path) -> None:
    with (
        closing(
            sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE_SECONDS)
        ) as database,
        closing(sqlite3.connect(part)) as copy,
    ):
        database.backup(copy)
        copy.isolation_level = None
        # One plain file: a copy in WAL mode would grow two more beside it when somebody looks into it.
        copy.execute("PRAGMA journal_mode=DELETE")
        # A copy outlives the fifteen minutes that a token may be kept for; overwritten, not only unlinked.
        copy.execute("PRAGMA secure_delete=ON")
        copy.execute(
            "UPDATE jobs SET interaction_token = NULL, token_expires_at = NULL WHERE interaction_token IS NOT NULL"
        )
        # At its first start a copy must know that the world may be ahead of it.
        copy.execute(f"PRAGMA user_version = {COPY_VERSION}")
        copy.execute("VACUUM")
        verdict = str(copy.execute("PRAGMA quick_check(1)").fetchone()[0])
        if verdict != "ok":
            raise sqlite3.DatabaseError(f"the copy is damaged: {verdict}")
    with part.open("rb") as file:
        os.fsync(file.fileno())


def _refusal(to: Path, error: Exception) -> StartupError:
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return StartupError(f"{to}: no backup was made ({words}).", exit_code=EXIT_UNAVAILABLE)
