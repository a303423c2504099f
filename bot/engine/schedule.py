"""When a step may run, and which step a job owes: pure functions of what is known."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.status import JobStatus

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.job import Job

POLL_EVERY: Final = timedelta(seconds=2)
"""A steady poll beats exponential backoff: that asks often while nothing can be ready, and seldom when it is."""
POLL_EVERY_OVERDUE: Final = timedelta(minutes=5)
PER_PLACE: Final = timedelta(seconds=0.5)
"""Each place in the provider's queue lets the next poll wait this much longer ..."""
POLL_QUEUED_AT_MOST: Final = timedelta(seconds=8)
"""... up to this."""
DEADLINE: Final = timedelta(minutes=30)
"""So much time of answered polls, and the requester is told that it takes unusually long."""
GIVE_UP: Final = timedelta(hours=24)
"""So long after the deadline, and a job expires; so long after its end, and an output is taken for lost."""
MISSING_PATIENCE: Final = timedelta(minutes=10)
"""A request that the provider does not know (404001) is asked for that long."""

OWNED_FOR: Final = timedelta(seconds=40)
"""A process that was silent for longer may have lost its jobs to another (after 60 s): it looks before it acts."""
BACKOFF_FIRST: Final = timedelta(seconds=2)
BACKOFF_AT_MOST: Final = timedelta(minutes=5)
JITTER: Final = 0.1
"""A tenth more or less, so that jobs that failed together do not return together."""


class Step(StrEnum):
    """One unit of engine work."""

    OPEN = "open"
    SUBMIT = "submit"
    POLL = "poll"
    FETCH = "fetch"
    CARD = "card"
    DELIVER = "deliver"


class Lane(StrEnum):
    """The two tracks on which a job moves at once, so that a slow Discord never holds up paid work."""

    PROVIDER = "provider"
    COURIER = "courier"


AT_ONCE: Final = {Lane.PROVIDER: 32, Lane.COURIER: 12}
"""How many steps of a lane run at the same time."""


def provider_step(job: Job) -> Step | None:
    """Say what a job owes towards the provider."""
    match job.status:
        case JobStatus.PENDING | JobStatus.SUBMITTING:
            return Step.SUBMIT
        case JobStatus.IN_QUEUE | JobStatus.IN_PROGRESS:
            return Step.POLL
        case JobStatus.SUCCEEDED if job.fetched_at is None:
            return Step.FETCH
        case _:
            return None


def courier_step(job: Job, *, is_card_behind: bool) -> Step | None:
    """Say what a job owes towards its people.

    Args:
        job: The job.
        is_card_behind: Whether the card shows less than what is known beside the row.
    """
    if job.opened_at is None:
        return Step.OPEN
    if job.delivered_at is None and job.undeliverable_at is None and _is_deliverable(job):
        return Step.DELIVER
    if job.shown_revision < job.card_revision or is_card_behind or _ends_with_its_card(job):
        return Step.CARD
    return None


def next_poll(job: Job, *, queue_position: int | None) -> timedelta:
    """Say how long to wait before the next poll of a job that was just polled."""
    if job.overdue_at is not None:
        return POLL_EVERY_OVERDUE
    if job.status is JobStatus.IN_QUEUE and queue_position:
        return min(POLL_EVERY + queue_position * PER_PLACE, POLL_QUEUED_AT_MOST)
    return POLL_EVERY


def backoff(failures: int, *, retry_after: timedelta | None = None, chance: float = 0.5) -> timedelta:
    """Say how long to wait after a failure.

    Args:
        failures: How often in a row, from 1.
        retry_after: What the other side asked for; never undercut.
        chance: A number from 0 to 1 that spreads the waits.
    """
    doublings = min(failures - 1, 20)
    wait = min(BACKOFF_FIRST * 2**doublings, BACKOFF_AT_MOST)
    return max(spread(wait, chance), retry_after or timedelta())


def spread(wait: timedelta, chance: float) -> timedelta:
    """Lengthen or shorten a wait by up to a tenth, by a chance from 0 to 1."""
    return wait * (1 + JITTER * (2 * chance - 1))


def is_overdue(job: Job, *, answered: timedelta) -> bool:
    """Whether the deadline has passed; outages do not count, since only answered polls do."""
    return job.overdue_at is None and answered >= DEADLINE


def is_given_up(job: Job, *, now: datetime) -> bool:
    """Whether a job that is overdue has been waited for long enough."""
    return job.overdue_at is not None and now - job.overdue_at >= GIVE_UP


def _is_deliverable(job: Job) -> bool:
    if job.status is JobStatus.SUCCEEDED:
        return job.fetched_at is not None
    return job.status in (JobStatus.FAILED, JobStatus.EXPIRED)


def _ends_with_its_card(job: Job) -> bool:
    return job.status is JobStatus.CANCELLED and job.delivered_at is None and job.undeliverable_at is None
