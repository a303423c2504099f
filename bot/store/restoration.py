"""A database that is older than what was done with it: a backup in the place of the database that it was made of.

A copy that ``backup`` made says so itself. Of any other copy the data folder tells: it holds the time of the last
heartbeat that was in the database. A data folder without any trace of a bot means another machine: where no process
lives, nobody knows what was done with the database there.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import structlog
from sqlalchemy import bindparam, func, select, text, update

from bot.domain.ledger import balance
from bot.domain.status import FailureReason, JobStatus
from bot.store import job_rows, ledger_rows
from bot.store.owner_rows import CLOCK, SILENCE
from bot.store.private_files import FOLDERS_OF_JOBS
from bot.store.tables import deliveries, jobs, owners

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from bot.domain.job import Job
    from bot.engine.ports import Clock
    from bot.store.database import Database

COPY_VERSION: Final = 1
"""``PRAGMA user_version`` of a copy; SQLite itself does not use it. Source: https://www.sqlite.org/pragma.html"""
BEAT_EVERY: Final = timedelta(seconds=10)
_ROUNDING: Final = timedelta(seconds=1)

_LAST_BEAT: Final = select(func.max(owners.c.heartbeat_at, type_=owners.c.heartbeat_at.type))
_UNDELIVERED: Final = update(jobs).where(jobs.c.delivered_at.is_(None))
_SEARCH: Final = (
    _UNDELIVERED.values(search_from=jobs.c.created_at),
    _UNDELIVERED.where(jobs.c.gallery_attempted_at.is_(None), jobs.c.kept_at.is_(None)).values(
        gallery_attempted_at=jobs.c.created_at
    ),
    update(deliveries)
    .where(deliveries.c.message_id.is_(None), deliveries.c.first_attempt_at.is_(None))
    .values(first_attempt_at=select(jobs.c.created_at).where(jobs.c.id == deliveries.c.job_id).scalar_subquery()),
)
_AT: Final = bindparam("at", type_=jobs.c.ended_at.type)
_WAITING: Final = select(jobs).where(jobs.c.status == JobStatus.PENDING)
_END: Final = (
    update(jobs)
    .where(jobs.c.status == JobStatus.PENDING)
    .values(
        status=JobStatus.FAILED,
        failure=FailureReason.RESTORED,
        failure_detail="the database was restored from a backup",
        ended_at=_AT,
        updated_at=_AT,
        next_step_at=None,
        card_revision=jobs.c.card_revision + 1,
    )
)

_log = structlog.stdlib.get_logger(__name__)


class Restoration:
    """Notices at a start that the database was restored, and lets nothing be sent or posted blindly.

    What waited to be submitted may have been submitted after the backup was made: it ends, and only its requester can
    send it again. What is to be posted may have been posted: it is searched for first.

    Args:
        database: The database.
        data_dir: The data folder.
        clock: The time.
        observer: Is told of each job that a restoration has ended, once that is committed; see ``JobStore.observe``.
    """

    def __init__(
        self,
        database: Database,
        *,
        data_dir: Path,
        clock: Clock,
        observer: Callable[[Job, Job, int], None] = lambda _before, _after, _spent: None,
    ) -> None:
        self._database = database
        self._file = data_dir / "heartbeat"
        self._clock = clock
        self._observer = observer

    async def settle(self) -> str | None:
        """Look whether the database was restored, and answer how that was noticed; before any job is taken over."""
        reason, ended = await self._database.write(
            partial(
                _settle,
                is_sqlite=not self._database.is_shared,
                seen_at=self._seen_at(),
                is_new_folder=self._is_new_folder(),
                now=self._clock.now(),
            )
        )
        if reason is not None:
            _log.warning("database_restored", detail=reason, jobs_not_sent=len(ended))
        for before, after, spent in ended:
            self._observer(before, after, spent)
        return reason

    async def beat(self) -> timedelta:
        """Keep the time of the last heartbeat in the data folder, and answer when to come back."""
        beat_at = await self._database.read(_last_beat)
        if beat_at is not None:
            part = self._file.with_suffix(".part")
            part.write_text(beat_at.isoformat(), encoding="ascii")
            part.replace(self._file)
        return BEAT_EVERY

    def _seen_at(self) -> datetime | None:
        try:
            return datetime.fromisoformat(self._file.read_text(encoding="ascii")).astimezone(UTC)
        except FileNotFoundError:
            return None
        except ValueError as error:
            _log.warning("heartbeat_unreadable", detail=str(error))
            return None

    def _is_new_folder(self) -> bool:
        """Whether nothing in the data folder was left by a process that has worked with it."""
        folders = (self._file.with_name(name) for name in FOLDERS_OF_JOBS)
        return not self._file.exists() and not any(folder.is_dir() for folder in folders)


def _last_beat(connection: Connection) -> datetime | None:
    return connection.execute(_LAST_BEAT).scalar_one()


def _clock(connection: Connection, now: datetime, *, is_sqlite: bool) -> datetime:
    """Tell the time by which heartbeats are judged: a shared database's own."""
    return now if is_sqlite else cast("datetime", connection.execute(CLOCK).scalar_one())


def _settle(
    connection: Connection, *, is_sqlite: bool, seen_at: datetime | None, is_new_folder: bool, now: datetime
) -> tuple[str | None, list[tuple[Job, Job, int]]]:
    """Answer how a restoration was noticed, and the jobs that ended by it: before, after, and what is held for each."""
    reason = None
    beat_at = _last_beat(connection)
    if is_sqlite and connection.execute(text("PRAGMA user_version")).scalar_one() == COPY_VERSION:
        reason = "it is a copy that the command backup made"
        connection.execute(text("PRAGMA user_version = 0"))
    elif seen_at is not None and (beat_at is None or seen_at > beat_at + _ROUNDING):
        last = "none" if beat_at is None else beat_at.isoformat()
        reason = f"its last heartbeat is {last}, and the data folder knows one of {seen_at.isoformat()}"
    elif is_new_folder and beat_at is not None and beat_at <= _clock(connection, now, is_sqlite=is_sqlite) - SILENCE:
        reason = f"its last heartbeat is {beat_at.isoformat()}, and the data folder is new"
    if reason is None:
        return None, []
    for statement in _SEARCH:
        connection.execute(statement, {"updated_at": now} if statement.table is jobs else {})
    waiting = job_rows.read_each(connection, _WAITING, {}, skipped=lambda _job_id, _error: None)
    connection.execute(_END, {"at": now})
    ended = [(job, job_rows.lock(connection, job.id), ledger_rows.of_job(connection, job.id)) for job in waiting]
    return reason, [(before, after, balance(entries)) for before, after, entries in ended]
