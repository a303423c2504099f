"""Erasing signed addresses: what a finished job knows of pictures that Discord serves no more by that address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import bindparam, not_, select, update

from bot.store.job_rows import UNREADABLE, of_inputs, to_input
from bot.store.tables import HAS_NOT_ENDED, IS_SIGNED, jobs

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bot.domain.remix_request import Input

_DEAD: Final = (
    select(jobs.c.id)
    .where(
        IS_SIGNED,
        jobs.c.signed_until <= bindparam("now", type_=jobs.c.signed_until.type),
        not_(HAS_NOT_ENDED),
    )
    .order_by(jobs.c.signed_until, jobs.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_INPUTS: Final = select(jobs.c.inputs).where(jobs.c.id == bindparam("key"))
_WRITE: Final = update(jobs).where(jobs.c.id == bindparam("key"))

_log = structlog.stdlib.get_logger(__name__)


def erase(connection: Connection, *, now: datetime, limit: int) -> int:
    """Erase the signatures of finished jobs that are past, and answer of how many jobs.

    Args:
        connection: Inside a writing transaction.
        now: The time.
        limit: How many jobs at most, so that no transaction holds up the others for long.
    """
    ids = connection.execute(_DEAD, {"now": now, "limit": limit}).scalars().all()
    for job_id in ids:
        connection.execute(_WRITE, {"key": job_id, **of_inputs(_inputs(connection, job_id, now=now))})
    return len(ids)


def _inputs(connection: Connection, job_id: str, *, now: datetime) -> list[Input]:
    """Read the inputs of a job without their dead signatures; of inputs that cannot be read nothing is kept."""
    try:
        stored = connection.execute(_INPUTS, {"key": job_id}).scalar_one()
        return [to_input(one).without_dead_signatures(at=now) for one in stored]
    except UNREADABLE as error:
        _log.warning("inputs_unreadable", job_id=job_id, detail=f"{type(error).__name__}: {error}")
        return []
