"""Jobs as rows of the table ``jobs``, and back."""

from __future__ import annotations

from dataclasses import asdict, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, case, select

from bot.domain.job import Job
from bot.domain.origin import Origin
from bot.domain.picture import Mend
from bot.domain.remix_request import Input, Kept, RemixRequest
from bot.errors import JobUnreadable, StaleJob
from bot.store.tables import HAS_NOT_ENDED, jobs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Connection, RowMapping, Select

_OF_JOB: Final = tuple(field.name for field in fields(Job) if field.name not in {"origin", "request"})
_OF_ORIGIN: Final = tuple(field.name for field in fields(Origin) if field.name != "parent_id")

GET: Final = select(jobs).where(jobs.c.id == bindparam("key"))
LOCK: Final = GET.with_for_update()
"""Reads a job and holds its row until the transaction ends; on SQLite the transaction alone does."""
_OF_USER: Final = (
    select(jobs)
    .where(jobs.c.user_id == bindparam("key"))
    .order_by(case((HAS_NOT_ENDED, 0), else_=1), jobs.c.created_at.desc(), jobs.c.interaction_id.desc())
    .limit(bindparam("limit"))
)
_OF_GUILD: Final = (
    select(jobs)
    .where(jobs.c.guild_id == bindparam("key"), HAS_NOT_ENDED)
    .order_by(jobs.c.created_at, jobs.c.interaction_id)
)
_BEGINNING_WITH: Final = (
    select(jobs)
    .where(jobs.c.id >= bindparam("first"), jobs.c.id < bindparam("after"))
    .order_by(jobs.c.created_at.desc(), jobs.c.interaction_id.desc())
    .limit(bindparam("limit"))
)
_OF_CARD: Final = select(jobs).where(jobs.c.card_message_id == bindparam("key")).order_by(jobs.c.created_at).limit(1)


UNREADABLE: Final = (LookupError, ValueError, TypeError, AttributeError)
"""What reading a row raises whose words or JSON this program does not understand."""


def to_row(job: Job) -> dict[str, Any]:
    """Spread a job over its columns."""
    row = {name: getattr(job, name) for name in _OF_JOB}
    row |= {name: getattr(job.origin, name) for name in _OF_ORIGIN}
    row["parent_channel_id"] = job.origin.parent_id
    row["model"], row["prompt"] = job.request.model, job.request.prompt
    row |= of_inputs(job.request.inputs)
    row["options"] = dict(job.request.options)
    return row


def of_inputs(inputs: Sequence[Input]) -> dict[str, Any]:
    """Spread inputs over their columns."""
    expiries = [one.signed_until for one in inputs]
    signed_until = min((one for one in expiries if one is not None), default=None)
    return {"inputs": [asdict(one) for one in inputs], "signed_until": signed_until}


def to_input(one: Mapping[str, Any]) -> Input:
    """Gather an input; rows of earlier versions lack what came later."""
    values = dict(one)
    values["mends"] = tuple(Mend(word) for word in one.get("mends", ()))
    values["kept"] = Kept(**one["kept"]) if one.get("kept") else None
    return Input(**values)


def to_job(row: RowMapping) -> Job:
    """Gather a job from its columns."""
    request = RemixRequest(
        model=row["model"],
        prompt=row["prompt"],
        inputs=tuple(to_input(one) for one in row["inputs"]),
        options=MappingProxyType(row["options"]),
    )
    origin = Origin(parent_id=row["parent_channel_id"], **{name: row[name] for name in _OF_ORIGIN})
    return Job(origin=origin, request=request, **{name: row[name] for name in _OF_JOB})


def to_jobs(rows: Iterable[RowMapping]) -> list[Job]:
    """Gather jobs from their rows."""
    return [to_job(row) for row in rows]


def get(connection: Connection, job_id: str) -> Job | None:
    """Read one job.

    Raises:
        JobUnreadable: Its row makes no job.
    """
    return _only(connection, GET, {"key": job_id})


def lock(connection: Connection, job_id: str) -> Job:
    """Read one job and keep others from changing it before this transaction ends.

    Raises:
        StaleJob: There is no such job.
        JobUnreadable: Its row makes no job.
    """
    job = _only(connection, LOCK, {"key": job_id})
    if job is None:
        raise StaleJob
    return job


def of_user(connection: Connection, user_id: int, *, limit: int) -> list[Job]:
    """Read a person's jobs, those that have not ended before the others, each newest first."""
    return _readable(connection, _OF_USER, {"key": user_id, "limit": limit})


def open_of_guild(connection: Connection, guild_id: int) -> list[Job]:
    """Read a server's jobs that have not ended, oldest first."""
    return _readable(connection, _OF_GUILD, {"key": guild_id})


def beginning_with(connection: Connection, beginning: str, *, limit: int) -> list[Job]:
    """Read the jobs whose ids, which are hexadecimal, begin so, newest first; by the index of ids."""
    values = {"first": beginning, "after": f"{beginning}g", "limit": limit}
    return _readable(connection, _BEGINNING_WITH, values)


def of_card(connection: Connection, message_id: int) -> Job | None:
    """Read the job whose card is this message.

    Raises:
        JobUnreadable: Its row makes no job.
    """
    return _only(connection, _OF_CARD, {"key": message_id})


def _only(connection: Connection, statement: Select[Any], values: Mapping[str, Any]) -> Job | None:
    try:
        row = connection.execute(statement, values).mappings().one_or_none()
        return None if row is None else to_job(row)
    except UNREADABLE as error:
        raise JobUnreadable from error


def read_each(
    connection: Connection,
    statement: Select[Any],
    values: Mapping[str, Any],
    *,
    skipped: Callable[[str, JobUnreadable], None],
) -> list[Job]:
    """Read jobs, one by one where they cannot be read together.

    Args:
        connection: Inside a transaction.
        statement: Selects all columns of jobs.
        values: Its parameters.
        skipped: Is told the id of each row that makes no job, and why; the cause is what reading it raised.
    """
    try:
        return to_jobs(connection.execute(statement, values).mappings())
    except UNREADABLE:
        ids = connection.execute(statement.with_only_columns(jobs.c.id), values).scalars().all()
    found: list[Job | None] = []
    for job_id in ids:
        try:
            found.append(get(connection, job_id))
        except JobUnreadable as error:
            skipped(job_id, error)
    return [job for job in found if job is not None]


def _readable(connection: Connection, statement: Select[Any], values: Mapping[str, Any]) -> list[Job]:
    """Read jobs for a list, which leaves out what cannot be read; the engine tells of those that are owed."""
    return read_each(connection, statement, values, skipped=lambda _job_id, _error: None)
