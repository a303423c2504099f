"""A look at the database from outside: what a start would meet, found without changing anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.store import pause_row
from bot.store.beside import beside_the_bot
from bot.store.schema import examine as examine_schema

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.domain.policy import Pause


@dataclass(frozen=True)
class Examination:
    """What was found.

    Args:
        version: The version of the schema; None where the database is yet to be made.
        newest: The version that this program brings it to.
        pause: The pause of all submissions that is in force.
    """

    version: str | None
    newest: str | None
    pause: Pause | None = None


async def examine(url: str) -> Examination:
    """Connect, read the version and the pause, write and roll back; works while a bot is running on it.

    Args:
        url: The database, as ``DATABASE_URL`` names it.

    Raises:
        StartupError: A start would fail, and why.
    """
    return await beside_the_bot(url, _examine) or Examination(None, None)


def _examine(connection: Connection) -> Examination:
    version, newest = examine_schema(connection)
    pause = pause_row.load(connection) if version == newest else None
    connection.rollback()
    return Examination(version, newest, pause)
