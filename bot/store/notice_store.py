"""Notices of an outage as rows, and the places where jobs wait."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Final, Unpack

from sqlalchemy import bindparam, delete, func, not_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.notice import OutageNotice, WaitingPlace
from bot.store.tables import HAS_NOT_ENDED, jobs, outage_notices

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import BindParameter, Connection
    from sqlalchemy.sql.dml import Insert

    from bot.domain.notice import NoticeChanges
    from bot.store.database import Database

_READ: Final = select(outage_notices).order_by(outage_notices.c.channel_id)
_CHANNEL: Final[BindParameter[int]] = bindparam("channel", type_=outage_notices.c.channel_id.type)
_OF_CHANNEL: Final = select(outage_notices).where(outage_notices.c.channel_id == _CHANNEL)
_THIS: Final = (outage_notices.c.channel_id == _CHANNEL, outage_notices.c.nonce == bindparam("known_nonce"))
_INSERT: Final[Mapping[str, Insert]] = {
    "sqlite": sqlite.insert(outage_notices).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(outage_notices).on_conflict_do_nothing(),
}
_DROP: Final = delete(outage_notices).where(*_THIS)
_UPDATE: Final = update(outage_notices).where(*_THIS)
_PRUNE: Final = delete(outage_notices).where(
    outage_notices.c.over_at < bindparam("before", type_=outage_notices.c.over_at.type)
)
_WAITING: Final = (
    select(
        jobs.c.channel_id,
        jobs.c.guild_id,
        jobs.c.locale,
        jobs.c.card_message_id,
        func.count().over(partition_by=jobs.c.channel_id).label("waiting"),
        func.row_number()
        .over(partition_by=jobs.c.channel_id, order_by=(jobs.c.created_at, jobs.c.interaction_id))
        .label("place"),
    )
    .where(HAS_NOT_ENDED, not_(jobs.c.by_interaction), not_(jobs.c.is_private))
    .subquery()
)
_PLACES: Final = select(_WAITING).where(_WAITING.c.place == 1).order_by(_WAITING.c.channel_id)


class SqlNoticeStore:
    """The ``NoticeStore`` on SQLite or PostgreSQL.

    Args:
        database: Where the rows are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def places(self) -> list[WaitingPlace]:
        """Count the jobs that have not ended by the channel of their command, where the bot itself may post."""
        return await self._database.read(_places)

    async def notices(self) -> list[OutageNotice]:
        """Read every notice that is kept."""
        return await self._database.read(_notices)

    async def begin(self, notice: OutageNotice, *, instead_of: str | None = None) -> OutageNotice:
        """Insert a notice or put it in the place of another; answers what then stands for its channel."""
        return await self._database.write(partial(_begin, notice=notice, instead_of=instead_of))

    async def note(self, notice: OutageNotice, **changes: Unpack[NoticeChanges]) -> None:
        """Write what became of a notice that is still there."""
        await self._database.write(partial(_note, notice=notice, changes=changes))

    async def prune(self, *, over_before: datetime) -> int:
        """Delete the notices that were over before a time, and answer how many there were."""
        return await self._database.write(partial(_prune, before=over_before))


def _places(connection: Connection) -> list[WaitingPlace]:
    return [
        WaitingPlace(row.channel_id, row.guild_id, row.locale, row.waiting, row.card_message_id)
        for row in connection.execute(_PLACES)
    ]


def _notices(connection: Connection) -> list[OutageNotice]:
    return [OutageNotice(*row) for row in connection.execute(_READ)]


def _begin(connection: Connection, notice: OutageNotice, instead_of: str | None) -> OutageNotice:
    if instead_of is not None:
        connection.execute(_DROP, {"channel": notice.channel_id, "known_nonce": instead_of})
    connection.execute(_INSERT[connection.dialect.name], asdict(notice))
    return OutageNotice(*connection.execute(_OF_CHANNEL, {"channel": notice.channel_id}).one())


def _note(connection: Connection, notice: OutageNotice, changes: NoticeChanges) -> None:
    known = {"channel": notice.channel_id, "known_nonce": notice.nonce}
    connection.execute(_UPDATE.values(**changes), known)


def _prune(connection: Connection, before: datetime) -> int:
    return connection.execute(_PRUNE, {"before": before}).rowcount
