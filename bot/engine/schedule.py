"""When a step may run, and which step a job owes: pure functions of what is known."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.status import FailureReason, JobStatus
from bot.engine.threads import ThreadState

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

FOLLOWED_FOR: Final = timedelta(days=7)
"""So long after its submission a job that meets only refusals or faults has no more than the shortest patience left:
patience is counted in memory, and a bot that is restarted every day would never run out of it."""

DRAIN_FOR: Final = timedelta(minutes=1)
"""For so long after a silence of the provider, what has piled up goes out one by one: it may be weak on its feet."""
DRAIN_GROWS_EVERY: Final = timedelta(seconds=10)
"""It begins with one submission a second, and every ten seconds another one a second is added ..."""
DRAIN_AT_MOST: Final = 5
"""... up to so many a second. After that, as always, only the places at the provider bound a burst."""

RESUME_EVERY: Final = timedelta(milliseconds=200)
"""After a silence, polls that had been put off follow each other so closely."""

RENEW_AGAIN_AFTER: Final = timedelta(seconds=15)
"""A job whose pictures could not be signed anew, since Discord does not answer, is tried again so much later."""

PUT_OFF_AT_MOST: Final = timedelta(hours=2)
"""Nothing is put off for longer: neither backoff nor what another side may ask for reaches it. A time that lies further
ahead was written by a clock that was wrong, and counts as past."""

LATE: Final = timedelta(minutes=30)
"""So long after a job's end an output that answers 404, or is no picture, is asked for again, with growing pauses:
storage may show a new file late (others saw 20 seconds to minutes), and a passing error page is no picture."""
PARTLY_AFTER: Final = timedelta(minutes=1)
"""So long after a job's end what is here of its outputs waits for the others; then it is posted before them."""

NEVER_TRIED_AGAIN: Final = frozenset({FailureReason.CONTENT_REFUSED, FailureReason.PLACE_GONE})
"""What no place took for what it shows, and what has no place."""
KEPT_TRIED_EVERY: Final = timedelta(hours=6)
KEPT_TRIED_FOR: Final = timedelta(days=7)
"""How often, and how long after its end, a result that no place took is tried again: a few requests a day and job, for
Discord shuts out who collects 10,000 refusals in ten minutes; ``/jobs`` shows it at any time.

Source: https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
"""

BACKOFF_FIRST: Final = timedelta(seconds=2)
BACKOFF_AT_MOST: Final = timedelta(minutes=5)
JITTER: Final = 0.1
"""A tenth more or less, so that jobs that failed together do not return together."""


class Step(StrEnum):
    """One unit of engine work."""

    OPEN = "open"
    THREAD = "thread"
    PREPARE = "prepare"
    SUBMIT = "submit"
    POLL = "poll"
    FETCH = "fetch"
    KEEP = "keep"
    CARD = "card"
    DELIVER = "deliver"


class Lane(StrEnum):
    """The two tracks on which a job moves at once, so that a slow Discord never holds up paid work."""

    PROVIDER = "provider"
    COURIER = "courier"


AT_ONCE: Final = {Lane.PROVIDER: 32, Lane.COURIER: 12}
"""How many steps of a lane run at the same time ..."""
PREPARING_AT_ONCE: Final = 8
"""... and, beside them, how many jobs are prepared: a slow CDN must not hold up the polls of paid work."""


def provider_step(job: Job) -> Step | None:
    """Say what a job owes towards the provider."""
    match job.status:
        case JobStatus.PENDING if job.prepared_at is None:
            return Step.PREPARE
        case JobStatus.PENDING | JobStatus.SUBMITTING:
            return Step.SUBMIT
        case JobStatus.IN_QUEUE | JobStatus.IN_PROGRESS:
            return Step.POLL
        case JobStatus.SUCCEEDED if job.fetched_at is None:
            return Step.FETCH
        case _:
            return None


def courier_step(job: Job, *, is_card_behind: bool, thread: ThreadState = ThreadState.SETTLED) -> Step | None:
    """Say what a job owes towards its people.

    Args:
        job: The job.
        is_card_behind: Whether the card shows less than what is known beside the row.
        thread: Whether its messages wait for a thread; the card never does.
    """
    if job.opened_at is None:
        return Step.OPEN
    posts = _first_post(job)
    if posts is not None and thread is not ThreadState.AWAITED:
        return Step.THREAD if thread is ThreadState.DUE else posts
    if job.shown_revision < job.card_revision or is_card_behind or _ends_with_its_card(job):
        return Step.CARD
    # All else goes before the second attempt: neither cards nor results wait for a gallery that does not come.
    if job.gallery_attempted_at is not None and owes_gallery(job):
        return Step.KEEP
    return Step.DELIVER if is_tried_again(job) else None


def waits_for_thread(job: Job, thread: ThreadState) -> bool:
    """Whether a message of a job would be posted now, had its thread been made."""
    return thread is ThreadState.AWAITED and job.opened_at is not None and _first_post(job) is not None


def owes_gallery(job: Job) -> bool:
    """Whether the pictures of a job are still to be kept; those of one that came to nothing never are."""
    came_to_nothing = job.status in (JobStatus.CANCELLED, JobStatus.EXPIRED) or (
        job.failure is FailureReason.INPUT_REFUSED
    )
    is_settled = job.kept_at is not None or job.delivered_at is not None or job.undeliverable_at is not None
    return job.prepared_at is not None and not came_to_nothing and not is_settled


def is_tried_again(job: Job) -> bool:
    """Whether what is kept may still find its place open; never where that was a token."""
    kept_at, ended_at = job.undeliverable_at, job.ended_at
    if kept_at is None or ended_at is None or job.delivered_at is not None or not _is_deliverable(job):
        return False
    if job.origin.by_interaction:
        return False
    return job.failure not in NEVER_TRIED_AGAIN and kept_at - ended_at < KEPT_TRIED_FOR


def lies_ahead(at: datetime, *, now: datetime) -> bool:
    """Whether there is still to be waited for that time; see ``PUT_OFF_AT_MOST``."""
    return now < at <= now + PUT_OFF_AT_MOST


def next_poll(job: Job, *, queue_position: int | None) -> timedelta:
    """Say how long to wait before the next poll of a job that was just polled."""
    if job.overdue_at is not None:
        return POLL_EVERY_OVERDUE
    if job.status is JobStatus.IN_QUEUE and queue_position:
        return min(POLL_EVERY + queue_position * PER_PLACE, POLL_QUEUED_AT_MOST)
    return POLL_EVERY


def drain_gap(answering_for: timedelta) -> timedelta:
    """Say how long to wait after a submission before the next one; nothing, but for a while after a silence.

    Args:
        answering_for: How long ago the provider began to answer again.
    """
    if answering_for >= DRAIN_FOR:
        return timedelta()
    return timedelta(seconds=1) / min(1 + answering_for / DRAIN_GROWS_EVERY, DRAIN_AT_MOST)


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


def is_ancient(job: Job, *, now: datetime) -> bool:
    """Whether a job was submitted so long ago that restarts alone can have kept it open."""
    return job.submitted_at is not None and now - job.submitted_at >= FOLLOWED_FOR


def _first_post(job: Job) -> Step | None:
    """Say which message of a job is owed beside its card and was not tried, or not refused, so far."""
    if owes_gallery(job) and job.gallery_attempted_at is None:
        return Step.KEEP
    is_owed = job.delivered_at is None and job.undeliverable_at is None and _is_deliverable(job)
    return Step.DELIVER if is_owed else None


def _is_deliverable(job: Job) -> bool:
    if job.status is JobStatus.SUCCEEDED:
        return job.fetched_at is not None or job.partly_fetched_at is not None
    return job.status in (JobStatus.FAILED, JobStatus.EXPIRED)


def _ends_with_its_card(job: Job) -> bool:
    return job.status is JobStatus.CANCELLED and job.delivered_at is None and job.undeliverable_at is None
