"""Which process a job belongs to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, insert, or_, select, text, update

from bot.store.job_rows import to_jobs
from bot.store.tables import IS_OWED, jobs, owners

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.domain.job import Job

SILENCE: Final = timedelta(seconds=60)
"""An owner that was not heard of for so long is dead, and its jobs are taken over."""

_OWNER: Final = bindparam("owner", type_=jobs.c.owner_id.type)
# Without it, two processes could take the same job one after the other, each before it sees the other's heartbeat.
_ONE_AT_A_TIME: Final = text("LOCK TABLE owners IN SHARE ROW EXCLUSIVE MODE")
_BEAT: Final = update(owners).where(owners.c.id == _OWNER)
_JOIN: Final = insert(owners)
_BURY: Final = delete(owners).where(owners.c.heartbeat_at <= bindparam("dead_at", type_=owners.c.heartbeat_at.type))
_TAKE_ALL: Final = update(jobs).where(IS_OWED, jobs.c.owner_id.is_distinct_from(_OWNER)).values(owner_id=_OWNER)
_ORPHANS: Final = (
    select(jobs.c.id)
    .where(IS_OWED, or_(jobs.c.owner_id.is_(None), jobs.c.owner_id.not_in(select(owners.c.id))))
    .with_for_update(skip_locked=True)
)
_TAKE_ORPHANS: Final = update(jobs).where(jobs.c.id.in_(_ORPHANS)).values(owner_id=_OWNER)
_OWNED: Final = (
    select(jobs).where(IS_OWED, jobs.c.owner_id == _OWNER).order_by(jobs.c.created_at, jobs.c.interaction_id)
)


def take_all(connection: Connection, owner_id: str, *, now: datetime) -> list[Job]:
    """Own every open job of a database of one process, and answer them."""
    connection.execute(_TAKE_ALL, {"owner": owner_id, "updated_at": now})
    return to_jobs(connection.execute(_OWNED, {"owner": owner_id}).mappings())


def take_orphans(connection: Connection, owner_id: str, *, now: datetime) -> list[Job]:
    """Tell that this process lives, own the open jobs of the dead, and answer all that it owns."""
    connection.execute(_ONE_AT_A_TIME)
    if connection.execute(_BEAT, {"owner": owner_id, "heartbeat_at": now}).rowcount == 0:
        connection.execute(_JOIN, {"id": owner_id, "heartbeat_at": now})
    connection.execute(_BURY, {"dead_at": now - SILENCE})
    connection.execute(_TAKE_ORPHANS, {"owner": owner_id, "updated_at": now})
    return to_jobs(connection.execute(_OWNED, {"owner": owner_id}).mappings())
