"""Rows of ``jobs`` that make no job: they are set apart one by one, so that all others are still read.

A row is tried again by the next process, whose program may know the word that this one does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import bindparam, delete, exists, not_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.domain.unreadable import UnreadableJob
from bot.store.job_rows import read_each
from bot.store.tables import jobs, unreadable_jobs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Select
    from sqlalchemy.sql.dml import Insert

    from bot.domain.job import Job
    from bot.errors import JobUnreadable

_REASON_LIMIT: Final = 300
_INSERT: Final[Mapping[str, Insert]] = {
    "sqlite": sqlite.insert(unreadable_jobs).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(unreadable_jobs).on_conflict_do_nothing(),
}
_KEY: Final = unreadable_jobs.c.job_id == bindparam("key")
_DROP: Final = delete(unreadable_jobs).where(_KEY)
_NOTE_TOLD: Final = update(unreadable_jobs).where(_KEY)
_KNOWN: Final = select(unreadable_jobs.c.job_id)
_IS_APART: Final = exists().where(unreadable_jobs.c.job_id == jobs.c.id)
# No column here is converted when it is read, so whatever is in the others stops nothing.
_APART: Final = (
    select(
        jobs.c.id,
        unreadable_jobs.c.reason,
        jobs.c.user_id,
        jobs.c.channel_id,
        jobs.c.guild_id,
        jobs.c.thread_id,
        jobs.c.locale,
        jobs.c.by_interaction,
        jobs.c.is_private,
        unreadable_jobs.c.told_at,
    )
    .join(unreadable_jobs, unreadable_jobs.c.job_id == jobs.c.id)
    .order_by(unreadable_jobs.c.found_at, jobs.c.id)
)

_log = structlog.stdlib.get_logger(__name__)


def read_all(connection: Connection, statement: Select[Any], values: Mapping[str, Any], *, now: datetime) -> list[Job]:
    """Read jobs, those that were set apart before included; set apart what cannot be read.

    Args:
        connection: Inside a writing transaction.
        statement: Selects all columns of jobs.
        values: Its parameters.
        now: The time.
    """
    known = set(connection.execute(_KNOWN).scalars())
    found = _read(connection, statement, values, now=now)
    for job in found:
        if job.id in known:
            connection.execute(_DROP, {"key": job.id})
            _log.info("job_readable_again", job_id=job.id)
    return found


def read_others(
    connection: Connection, statement: Select[Any], values: Mapping[str, Any], *, now: datetime
) -> list[Job]:
    """Read jobs without those that were set apart; else as ``read_all``."""
    return _read(connection, statement.where(not_(_IS_APART)), values, now=now)


def set_apart(connection: Connection) -> list[UnreadableJob]:
    """Say what is set apart, oldest first."""
    return [
        UnreadableJob(
            id=row.id,
            reason=row.reason,
            user_id=row.user_id,
            channel_id=row.channel_id,
            guild_id=row.guild_id,
            thread_id=row.thread_id,
            locale=row.locale,
            can_be_told=not (row.by_interaction or row.is_private),
            is_told=row.told_at is not None,
        )
        for row in connection.execute(_APART)
    ]


def note_told(connection: Connection, job_id: str, *, at: datetime) -> None:
    """Note that a job's requester was told, or never can be."""
    connection.execute(_NOTE_TOLD, {"key": job_id, "told_at": at})


def _read(connection: Connection, statement: Select[Any], values: Mapping[str, Any], *, now: datetime) -> list[Job]:
    def put_apart(job_id: str, error: JobUnreadable) -> None:
        reason = f"{type(error.__cause__).__name__}: {error.__cause__}"[:_REASON_LIMIT]
        connection.execute(_INSERT[connection.dialect.name], {"job_id": job_id, "reason": reason, "found_at": now})
        _log.error("job_unreadable", job_id=job_id, reason=reason)

    return read_each(connection, statement, values, skipped=put_apart)
