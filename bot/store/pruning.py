"""Deleting what is finished and old: jobs with their outputs and deliveries, never money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, not_, select

from bot.store.tables import IS_DELIVERED, IS_OWED, artifacts, deliveries, jobs

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import BindParameter, Connection

_OLD: Final = (
    select(jobs.c.id)
    .where(
        IS_DELIVERED,
        jobs.c.delivered_at < bindparam("before", type_=jobs.c.delivered_at.type),
        jobs.c.undeliverable_at.is_(None),
        not_(IS_OWED),
    )
    .order_by(jobs.c.delivered_at, jobs.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_DELETE: Final = tuple(
    delete(table).where(column.in_(_IDS))
    for table, column in ((artifacts, artifacts.c.job_id), (deliveries, deliveries.c.job_id), (jobs, jobs.c.id))
)


def prune(connection: Connection, *, before: datetime, limit: int) -> list[str]:
    """Delete the oldest jobs that were delivered before a time and owe nothing, and answer their ids.

    Args:
        connection: Inside a writing transaction.
        before: The age.
        limit: How many at most, so that no transaction holds up the others for long.
    """
    ids = list(connection.execute(_OLD, {"before": before, "limit": limit}).scalars())
    for statement in _DELETE if ids else ():
        connection.execute(statement, {"ids": ids})
    return ids
