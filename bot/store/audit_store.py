"""The moderation log in SQL."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, insert, select

from bot.domain.moderation import ModerationAction, ModerationEntry
from bot.store.tables import moderation_log as log

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

    from bot.store.database import Database

_ADD: Final = insert(log)
_OF_GUILD: Final = (
    select(log.c.at, log.c.guild_id, log.c.actor_id, log.c.action, log.c.job_id, log.c.user_id)
    .where(log.c.guild_id == bindparam("guild"))
    .order_by(log.c.at.desc(), log.c.id.desc())
    .limit(bindparam("limit"))
)
_OLD: Final = (
    select(log.c.id)
    .where(log.c.at < bindparam("before", type_=log.c.at.type))
    .order_by(log.c.at, log.c.id)
    .limit(bindparam("limit"))
)
_PRUNE: Final = delete(log).where(log.c.id.in_(_OLD))


class SqlAuditStore:
    """The ``AuditStore`` on SQLite or PostgreSQL.

    Args:
        database: Where the rows are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, entry: ModerationEntry) -> None:
        """Write an entry."""
        await self._database.write(partial(add, entry=entry))

    async def entries_of_guild(self, guild_id: int, *, limit: int) -> list[ModerationEntry]:
        """Read a server's entries, newest first."""
        return await self._database.read(partial(_of_guild, guild_id=guild_id, limit=limit))

    async def prune_entries(self, *, before: datetime, limit: int) -> int:
        """Delete the oldest entries that are older than a time, and answer how many there were."""
        return await self._database.write(partial(_prune, before=before, limit=limit))


def add(connection: Connection, entry: ModerationEntry) -> None:
    """Write an entry in the transaction of what it tells."""
    connection.execute(_ADD, asdict(entry))


def _of_guild(connection: Connection, guild_id: int, *, limit: int) -> list[ModerationEntry]:
    rows = connection.execute(_OF_GUILD, {"guild": guild_id, "limit": limit}).mappings()
    return [_to_entry(row) for row in rows]


def _to_entry(row: RowMapping) -> ModerationEntry:
    return ModerationEntry(
        at=row["at"],
        guild_id=row["guild_id"],
        actor_id=row["actor_id"],
        action=ModerationAction(row["action"]),
        job_id=row["job_id"],
        user_id=row["user_id"],
    )


def _prune(connection: Connection, *, before: datetime, limit: int) -> int:
    return connection.execute(_PRUNE, {"before": before, "limit": limit}).rowcount
