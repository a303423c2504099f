"""Erasing signed addresses: what a finished job knows of pictures that Discord serves no more by that address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, not_, select, update

from bot.store.job_rows import of_inputs, to_input
from bot.store.tables import HAS_NOT_ENDED, IS_SIGNED, jobs

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_DEAD: Final = (
    select(jobs.c.id, jobs.c.inputs)
    .where(
        IS_SIGNED,
        jobs.c.signed_until <= bindparam("now", type_=jobs.c.signed_until.type),
        not_(HAS_NOT_ENDED),
    )
    .order_by(jobs.c.signed_until, jobs.c.id)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_WRITE: Final = update(jobs).where(jobs.c.id == bindparam("key"))


def erase(connection: Connection, *, now: datetime, limit: int) -> int:
    """Erase the signatures of finished jobs that are past, and answer of how many jobs.

    Args:
        connection: Inside a writing transaction.
        now: The time.
        limit: How many jobs at most, so that no transaction holds up the others for long.
    """
    rows = connection.execute(_DEAD, {"now": now, "limit": limit}).all()
    for job_id, stored in rows:
        inputs = [to_input(one).without_dead_signatures(at=now) for one in stored]
        connection.execute(_WRITE, {"key": job_id, **of_inputs(inputs)})
    return len(rows)
