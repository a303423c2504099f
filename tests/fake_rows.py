"""What the store in memory knows of a row: whether it is owed, old or signed, and how it is changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from bot.engine.schedule import KEPT_TRIED_EVERY, KEPT_TRIED_FOR, NEVER_TRIED_AGAIN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.domain.job import Job, JobChanges

_OF_ORIGIN: Final = frozenset({"card_message_id", "thread_id", "interaction_token", "token_expires_at"})
_OF_REQUEST: Final = frozenset({"inputs"})


def is_owed(job: Job) -> bool:
    """Whether a process must go on with it."""
    return job.is_open or not job.status.is_terminal


def rests(job: Job, now: datetime) -> bool:
    """Whether no place took its result, and it is not to be tried again now."""
    if job.undeliverable_at is None or job.delivered_at is not None or job.shown_revision < job.card_revision:
        return False
    if not job.status.is_terminal:
        return False
    is_over = job.ended_at is not None and job.undeliverable_at - job.ended_at >= KEPT_TRIED_FOR
    return is_over or job.failure in NEVER_TRIED_AGAIN or job.undeliverable_at > now - KEPT_TRIED_EVERY


def is_old(job: Job, before: datetime) -> bool:
    """Whether it was delivered before a time and owes nothing."""
    is_delivered = job.delivered_at is not None and job.delivered_at < before
    return is_delivered and job.undeliverable_at is None and not is_owed(job)


def has_dead_token(job: Job, now: datetime) -> bool:
    """Whether its interaction token has expired."""
    expires_at = job.origin.token_expires_at
    return job.origin.interaction_token is not None and expires_at is not None and expires_at <= now


def signed_until(job: Job) -> datetime | None:
    """When the first signature of its inputs dies."""
    expiries = [one.signed_until for one in job.request.inputs]
    return min((one for one in expiries if one is not None), default=None)


def by_age(jobs: Iterable[Job]) -> list[Job]:
    """Put the oldest first."""
    return sorted(jobs, key=lambda job: (job.created_at, job.interaction_id))


def changed(job: Job, changes: JobChanges, **more: object) -> Job:
    """Change fields of a job, its origin or its request by their columns' names."""
    values: Mapping[str, object] = {**changes, **more}
    check_aware(value for value in values.values() if isinstance(value, datetime))
    of_origin = {name: value for name, value in values.items() if name in _OF_ORIGIN}
    of_request = {name: value for name, value in values.items() if name in _OF_REQUEST}
    of_job = {name: value for name, value in values.items() if name not in _OF_ORIGIN | _OF_REQUEST}
    request = replace(job.request, **of_request)
    return replace(job, origin=replace(job.origin, **of_origin), request=request, **of_job)


def check_aware(times: Iterable[datetime | None]) -> None:
    """Refuse a time that the database would refuse.

    Raises:
        ValueError: It says no zone.
    """
    if any(at is not None and at.tzinfo is None for at in times):
        raise ValueError("a time must say its zone")
