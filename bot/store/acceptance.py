"""How a job comes into the store: once, however often Discord or an impatient finger asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, case, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import StoreUnavailable
from bot.store import ledger_rows
from bot.store.job_rows import to_job, to_row
from bot.store.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.sql.dml import ReturningInsert

    from bot.domain.job import Job
    from bot.domain.ledger import Entry

_INSERT: Final[Mapping[str, ReturningInsert[Any]]] = {
    "sqlite": sqlite.insert(jobs).on_conflict_do_nothing().returning(jobs),
    "postgresql": postgresql.insert(jobs).on_conflict_do_nothing().returning(jobs),
}
_SAME_INTERACTION: Final = jobs.c.interaction_id == bindparam("interaction")
_TWIN: Final = (
    select(jobs)
    .where(or_(_SAME_INTERACTION, jobs.c.retry_of == bindparam("retried")))
    .order_by(case((_SAME_INTERACTION, 0), else_=1))
    .limit(1)
)


def accept(connection: Connection, job: Job, entries: Sequence[Entry]) -> Job:
    """Insert a job with its entries, or answer the one that the same interaction or retry has made already.

    Raises:
        StoreUnavailable: Its id is taken.
    """
    row = connection.execute(_INSERT[connection.dialect.name], to_row(job)).mappings().one_or_none()
    if row is not None:
        ledger_rows.add(connection, entries)
        return to_job(row)
    twin = (
        connection.execute(_TWIN, {"interaction": job.interaction_id, "retried": job.retry_of}).mappings().one_or_none()
    )
    if twin is None:
        raise StoreUnavailable(f"the id {job.id} is taken")
    return to_job(twin)
