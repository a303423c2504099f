"""Which process a job belongs to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, cast

from sqlalchemy import and_, bindparam, delete, func, insert, not_, or_, select, text, update

from bot.engine.schedule import KEPT_TRIED_EVERY, KEPT_TRIED_FOR, NEVER_TRIED_AGAIN
from bot.store.days_between import DaysBetween
from bot.store.tables import IS_OWED, TERMINAL, jobs, owners
from bot.store.unreadable_rows import read_all, read_others

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.domain.job import Job

SILENCE: Final = timedelta(seconds=60)
"""An owner that was not heard of for so long is dead, and its jobs are taken over."""

_OWNER: Final = bindparam("owner", type_=jobs.c.owner_id.type)
# Without it, two processes could take the same job one after the other, each before it sees the other's heartbeat.
_ONE_AT_A_TIME: Final = text("LOCK TABLE owners IN SHARE ROW EXCLUSIVE MODE")
CLOCK: Final = select(func.clock_timestamp(type_=owners.c.heartbeat_at.type))
_BEAT: Final = update(owners).where(owners.c.id == _OWNER)
_LEAVE: Final = delete(owners).where(owners.c.id != _OWNER)
_JOIN: Final = insert(owners)
_BURY: Final = delete(owners).where(owners.c.heartbeat_at <= bindparam("dead_at", type_=owners.c.heartbeat_at.type))
_TAKE_ALL: Final = update(jobs).where(IS_OWED, jobs.c.owner_id.is_distinct_from(_OWNER)).values(owner_id=_OWNER)
_ORPHANS: Final = (
    select(jobs.c.id)
    .where(IS_OWED, or_(jobs.c.owner_id.is_(None), jobs.c.owner_id.not_in(select(owners.c.id))))
    .with_for_update(skip_locked=True)
)
_TAKE_ORPHANS: Final = update(jobs).where(jobs.c.id.in_(_ORPHANS)).values(owner_id=_OWNER)
_KEPT_AT: Final = jobs.c.undeliverable_at
# What no place took is read when it is tried again, not at every refresh: there may be thousands.
_RESTS: Final = and_(
    jobs.c.delivered_at.is_(None),
    _KEPT_AT.is_not(None),
    jobs.c.shown_revision >= jobs.c.card_revision,
    jobs.c.status.in_(TERMINAL),
    or_(
        bindparam("tried_after", type_=_KEPT_AT.type) < _KEPT_AT,
        and_(jobs.c.failure.is_not(None), jobs.c.failure.in_(NEVER_TRIED_AGAIN)),
        func.coalesce(DaysBetween(jobs.c.ended_at, _KEPT_AT), 0) >= KEPT_TRIED_FOR / timedelta(days=1),
    ),
)
_OWNED: Final = (
    select(jobs)
    .where(IS_OWED, jobs.c.owner_id == _OWNER, not_(_RESTS))
    .order_by(jobs.c.created_at, jobs.c.interaction_id)
)


def take_all(connection: Connection, owner_id: str, *, now: datetime, is_first: bool) -> list[Job]:
    """Own every open job of a database of one process, and answer those that something is due for.

    Args:
        connection: Inside a writing transaction.
        owner_id: This process.
        now: The time.
        is_first: Whether it is the first time in this process: rows that could not be read are tried again.
    """
    if is_first:
        connection.execute(_LEAVE, {"owner": owner_id})
    _beat(connection, owner_id, at=now)
    connection.execute(_TAKE_ALL, {"owner": owner_id, "updated_at": now})
    return _owned(connection, owner_id, now=now, is_first=is_first)


def take_orphans(
    connection: Connection, owner_id: str, *, now: datetime, beat_at: datetime | None, is_first: bool
) -> list[Job]:
    """Tell that this process lives, own the open jobs of the dead, and answer as ``take_all`` does.

    Whether an owner is dead is judged by the database's clock alone: the clocks of two machines may differ by more than
    the silence after which an owner is taken for dead.

    Args:
        connection: Inside a writing transaction.
        owner_id: This process.
        now: The time of this process, for what is due.
        beat_at: The time of the heartbeat instead of the database's, for tests.
        is_first: Whether rows that could not be read are tried again.
    """
    connection.execute(_ONE_AT_A_TIME)
    beat_at = beat_at or cast("datetime", connection.execute(CLOCK).scalar_one())
    _beat(connection, owner_id, at=beat_at)
    connection.execute(_BURY, {"dead_at": beat_at - SILENCE})
    connection.execute(_TAKE_ORPHANS, {"owner": owner_id, "updated_at": now})
    return _owned(connection, owner_id, now=now, is_first=is_first)


def _beat(connection: Connection, owner_id: str, *, at: datetime) -> None:
    if connection.execute(_BEAT, {"owner": owner_id, "heartbeat_at": at}).rowcount == 0:
        connection.execute(_JOIN, {"id": owner_id, "heartbeat_at": at})


def _owned(connection: Connection, owner_id: str, *, now: datetime, is_first: bool) -> list[Job]:
    values = {"owner": owner_id, "tried_after": now - KEPT_TRIED_EVERY}
    return (read_all if is_first else read_others)(connection, _OWNED, values, now=now)
