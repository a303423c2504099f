"""The choices of servers in SQL."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.store.tables import servers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection, Insert

    from bot.store.database import Database

_READ: Final = select(servers.c.keeps_inputs).where(
    servers.c.guild_id == bindparam("guild", type_=servers.c.guild_id.type)
)
_CHOICE: Final = bindparam("choice", type_=servers.c.keeps_inputs.type)
_VALUES: Final = {"guild_id": bindparam("guild", type_=servers.c.guild_id.type), "keeps_inputs": _CHOICE}
_WRITE: Final[Mapping[str, Insert]] = {
    "sqlite": sqlite.insert(servers)
    .values(_VALUES)
    .on_conflict_do_update(index_elements=["guild_id"], set_={"keeps_inputs": _CHOICE}),
    "postgresql": postgresql.insert(servers)
    .values(_VALUES)
    .on_conflict_do_update(index_elements=["guild_id"], set_={"keeps_inputs": _CHOICE}),
}


class SqlServerStore:
    """The ``ServerStore`` on SQLite or PostgreSQL.

    Args:
        database: Where the rows are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keeps_inputs(self, guild_id: int) -> bool:
        """Read whether a server keeps the pictures that go in; one that never chose does."""
        return await self._database.read(partial(_read, guild_id=guild_id))

    async def choose_keeping(self, guild_id: int, *, keeps: bool) -> None:
        """Write that choice."""
        await self._database.write(partial(_write, guild_id=guild_id, keeps=keeps))


def _read(connection: Connection, *, guild_id: int) -> bool:
    chosen = connection.execute(_READ, {"guild": guild_id}).scalar_one_or_none()
    return True if chosen is None else bool(chosen)


def _write(connection: Connection, *, guild_id: int, keeps: bool) -> None:
    connection.execute(_WRITE[connection.dialect.name], {"guild": guild_id, "choice": keeps})
