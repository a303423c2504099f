"""How a row of ``jobs`` may change: by compare and set, one statement each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, case, delete, func, or_, update

from bot.domain.ledger import refund
from bot.domain.status import REVIVAL, TRANSITIONS, FailureReason, JobStatus
from bot.errors import StaleJob
from bot.store import audit_store, delivery_rows, job_rows, ledger_rows
from bot.store.job_rows import to_job
from bot.store.tables import HAS_NOT_ENDED, HAS_TOKEN, deliveries, jobs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Update

    from bot.domain.job import Delivery, Job
    from bot.domain.ledger import Entry
    from bot.domain.moderation import ModerationEntry

_ONE: Final = jobs.c.id == bindparam("key")
_NEXT_REVISION: Final = jobs.c.card_revision + 1
_IS_PENDING: Final = jobs.c.status == JobStatus.PENDING

# A column that is named among the parameters is set besides those that the statement names itself.
_ADVANCE: Final = (
    update(jobs)
    .where(_ONE, jobs.c.status == bindparam("expected"))
    .values(card_revision=_NEXT_REVISION)
    .returning(jobs)
)
_IS_OURS: Final = jobs.c.owner_id.is_not_distinct_from(bindparam("owner", type_=jobs.c.owner_id.type))
_ADVANCE_TO_SUBMISSION: Final = _ADVANCE.where(jobs.c.cancel_requested_at.is_(None), _IS_OURS)
_CLAIM: Final = update(jobs).where(_ONE, _IS_OURS).returning(jobs)
_NOTE: Final = update(jobs).where(_ONE).returning(jobs)
_NOTE_AND_REDRAW: Final = _NOTE.values(card_revision=_NEXT_REVISION)
_STORE_REQUEST: Final = (
    update(jobs)
    .where(
        _ONE,
        jobs.c.attempt_id == bindparam("attempt"),
        jobs.c.request_id.is_(None),
        or_(
            jobs.c.status == JobStatus.SUBMITTING,
            and_(jobs.c.status == REVIVAL[0], jobs.c.failure == FailureReason.UNCERTAIN),
        ),
    )
    .values(
        status=JobStatus.IN_QUEUE,
        card_revision=_NEXT_REVISION,
        failure=None,
        failure_detail=None,
        ended_at=None,
        delivered_at=None,
        undeliverable_at=None,
    )
    .returning(jobs)
)
_FORGET_PLAN: Final = delete(deliveries).where(deliveries.c.job_id == bindparam("key"))
_REQUEST_CANCEL: Final = (
    update(jobs)
    .where(_ONE, HAS_NOT_ENDED, or_(jobs.c.cancel_requested_at.is_(None), _IS_PENDING))
    .values(
        status=case((_IS_PENDING, JobStatus.CANCELLED), else_=jobs.c.status),
        ended_at=case((_IS_PENDING, bindparam("at", type_=jobs.c.ended_at.type)), else_=jobs.c.ended_at),
        cancel_requested_at=func.coalesce(jobs.c.cancel_requested_at, bindparam("at", type_=jobs.c.ended_at.type)),
        cancel_requested_by=func.coalesce(jobs.c.cancel_requested_by, bindparam("by", type_=jobs.c.user_id.type)),
        card_revision=_NEXT_REVISION,
    )
    .returning(jobs)
)
_REVISION: Final = bindparam("revision", type_=jobs.c.shown_revision.type)
_MARK_SHOWN: Final = (
    update(jobs)
    .where(_ONE)
    .values(shown_revision=case((jobs.c.shown_revision < _REVISION, _REVISION), else_=jobs.c.shown_revision))
    .returning(jobs)
)
_ERASE_TOKENS: Final = (
    update(jobs)
    .where(HAS_TOKEN, jobs.c.token_expires_at <= bindparam("now", type_=jobs.c.token_expires_at.type))
    .values(interaction_token=None, token_expires_at=None)
)


def advance(
    connection: Connection, job: Job, status: JobStatus, *, entries: Sequence[Entry], changes: Mapping[str, Any]
) -> Job:
    """Move a job to the next status and write the money that goes with it.

    Raises:
        StaleJob: The row stands elsewhere; or, before its submission, its cancellation was asked for, or another
            process has taken it over.
    """
    values = {**_columns(changes), "key": job.id, "expected": job.status, "status": status}
    if status is JobStatus.SUBMITTING:
        moved = _changed(connection, _ADVANCE_TO_SUBMISSION, {**values, "owner": job.owner_id})
    else:
        moved = _changed(connection, _ADVANCE, values)
    ledger_rows.add(connection, entries)
    return moved


def check(before: JobStatus, after: JobStatus) -> None:
    """Hold a step against the table of transitions.

    Raises:
        ValueError: The table does not know it.
    """
    if after not in TRANSITIONS[before]:
        raise ValueError(f"{before} -> {after} is not in the table of transitions")


def note(connection: Connection, job_id: str, *, redraw: bool, changes: Mapping[str, Any]) -> Job:
    """Write facts that change no status.

    Raises:
        StaleJob: There is no such job.
    """
    return _changed(connection, _NOTE_AND_REDRAW if redraw else _NOTE, {**_columns(changes), "key": job_id})


def claim(connection: Connection, job: Job, *, part: Delivery | None, changes: Mapping[str, Any]) -> Job:
    """Write that something is about to be sent, and keep a takeover waiting until that is committed.

    Raises:
        StaleJob: Another process has taken the job over, or the part is in no plan.
    """
    claimed = _changed(connection, _CLAIM, {**_columns(changes), "key": job.id, "owner": job.owner_id})
    if part is not None:
        delivery_rows.save_delivery(connection, part)
    return claimed


def store_request(connection: Connection, job_id: str, *, attempt_id: str, request_id: str, at: datetime) -> Job:
    """Keep the id of an accepted submission; the plan of telling a failure that it disproves is forgotten.

    Raises:
        StaleJob: The row has another attempt.
    """
    values = {"key": job_id, "attempt": attempt_id, "request_id": request_id, "submitted_at": at, "updated_at": at}
    row = connection.execute(_STORE_REQUEST, values).mappings().one_or_none()
    if row is not None:
        connection.execute(_FORGET_PLAN, {"key": job_id})
        return to_job(row)
    known = job_rows.lock(connection, job_id)
    if known.attempt_id != attempt_id or known.request_id != request_id:
        raise StaleJob
    return known


def request_cancel(connection: Connection, job_id: str, *, by: int, at: datetime, entry: ModerationEntry | None) -> Job:
    """Set the flag of cancellation; a PENDING job becomes CANCELLED and gives back what it holds.

    Raises:
        StaleJob: There is no such job.
    """
    row = (
        connection.execute(_REQUEST_CANCEL, {"key": job_id, "by": by, "at": at, "updated_at": at})
        .mappings()
        .one_or_none()
    )
    if row is None:
        return job_rows.lock(connection, job_id)
    job = to_job(row)
    if entry is not None and (job.cancel_requested_at, job.cancel_requested_by) == (at, by):
        audit_store.add(connection, entry)
    if job.status is JobStatus.CANCELLED:
        ledger_rows.add(connection, refund(job, ledger_rows.of_job(connection, job_id), at=at))
    return job


def mark_shown(connection: Connection, job_id: str, *, revision: int, at: datetime) -> Job:
    """Note which revision of the card Discord has shown; it is never lowered.

    Raises:
        StaleJob: There is no such job.
    """
    return _changed(connection, _MARK_SHOWN, {"key": job_id, "revision": revision, "updated_at": at})


def erase_tokens(connection: Connection, *, now: datetime) -> int:
    """Erase the interaction tokens that have expired, and answer how many there were."""
    return connection.execute(_ERASE_TOKENS, {"now": now, "updated_at": now}).rowcount


def _columns(changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Name changes by their columns and in their columns' form."""
    return changes if "inputs" not in changes else {**changes, **job_rows.of_inputs(changes["inputs"])}


def _changed(connection: Connection, statement: Update[Any] | Any, values: Mapping[str, Any]) -> Job:
    row = connection.execute(statement, values).mappings().one_or_none()
    if row is None:
        raise StaleJob
    return to_job(row)
