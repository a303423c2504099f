"""The operator's pause as the one row that it is."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, insert, select, update

from bot.domain.policy import Pause
from bot.domain.status import JobStatus
from bot.store.tables import jobs, pauses

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_SCOPE: Final = "operator"
_LOAD: Final = select(pauses.c.reason, pauses.c.detail, pauses.c.since, pauses.c.retry_at).where(
    pauses.c.scope == _SCOPE
)
_END: Final = delete(pauses).where(pauses.c.scope == _SCOPE)
_NOW: Final = bindparam("now", type_=pauses.c.retry_at.type)
_HASTEN: Final = (
    update(pauses)
    .where(pauses.c.scope == _SCOPE)
    .values(retry_at=_NOW)
    .returning(pauses.c.reason, pauses.c.detail, pauses.c.since, pauses.c.retry_at)
)
_HASTEN_JOBS: Final = (
    update(jobs).where(jobs.c.status == JobStatus.PENDING, jobs.c.next_step_at > _NOW).values(next_step_at=None)
)
_BEGIN: Final = insert(pauses).values(scope=_SCOPE)


def load(connection: Connection) -> Pause | None:
    """Read the pause that is in force."""
    row = connection.execute(_LOAD).one_or_none()
    return None if row is None else Pause(*row)


def save(connection: Connection, pause: Pause | None) -> None:
    """Begin, prolong or end the pause."""
    connection.execute(_END)
    if pause is not None:
        connection.execute(_BEGIN, asdict(pause))


def hasten(connection: Connection, *, now: datetime) -> Pause | None:
    """Let the pause, and the jobs that were put back by it, be tried again at once; return the pause, if any."""
    row = connection.execute(_HASTEN, {"now": now}).one_or_none()
    if row is None:
        return None
    connection.execute(_HASTEN_JOBS, {"now": now, "updated_at": now})
    return Pause(*row)
