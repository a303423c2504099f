"""The operator's word that what paused the bot is mended: the pause is tried at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bot.errors import EXIT_CONFIG, StartupError
from bot.store import pause_row
from bot.store.beside import beside_the_bot
from bot.store.schema import examine as examine_schema

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.domain.policy import Pause


async def resume(url: str, *, now: datetime) -> Pause | None:
    """Let a running bot, or the next start, try again at once whether submissions may go on.

    Args:
        url: The database, as ``DATABASE_URL`` names it.
        now: The time.

    Returns:
        The pause that is tried; None where none is in force.

    Raises:
        StartupError: The database cannot be used, or its tables are not those of this program.
    """
    return await beside_the_bot(url, partial(_hasten, now=now))


def _hasten(connection: Connection, *, now: datetime) -> Pause | None:
    version, newest = examine_schema(connection)
    if version != newest:
        raise StartupError(
            f"DATABASE_URL: the database has schema {version}, this program {newest}. Start the bot once, or run "
            "`python -m bot migrate`.",
            exit_code=EXIT_CONFIG,
        )
    return pause_row.hasten(connection, now=now)
