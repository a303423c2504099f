"""When a job's thread is asked for, and how long its messages wait for that thread: kept in memory only.

Discord limits how many threads are made in a channel, and others saw waits of 145 to 280 seconds. A limit is remembered
for its channel, so that no other job asks within it. A channel is asked for one thread at a time.

Nothing of this is stored. Whether a message still waits follows from the times in the job's row, so that after a
restart a result that went beside the card gets no thread afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.domain.status import JobStatus

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.job import Job
    from bot.domain.origin import Origin

THREAD_PATIENCE: Final = timedelta(seconds=10)
"""How long a message waits for its thread, from when it could be posted; then it goes to the channel."""
ORIGINALS_PATIENCE: Final = timedelta(minutes=10)
"""How long originals that nothing waits for wait for it, so as to stand where the result will; until the job ends."""
CHANNELS_AT_ONCE: Final = 4
"""In how many channels a thread is asked for at the same time; the courier's other places stay free."""
LOOK_AGAIN: Final = timedelta(milliseconds=250)
"""How soon a job looks again that waits until another job's thread is asked for."""
ASKED_AGAIN_AFTER: Final = timedelta(seconds=2)
"""How soon a thread is asked for again after a failure; each further failure doubles it ..."""
ASKED_AGAIN_AT_MOST: Final = timedelta(minutes=1)
"""... up to this."""


class ThreadState(StrEnum):
    """What a job's messages do about its thread."""

    SETTLED = "settled"
    """It is there, or there is none, or it was waited for long enough: they go where there is a place."""
    DUE = "due"
    """It may be asked for now."""
    AWAITED = "awaited"
    """It may not be asked for now, and they still wait."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """The last attempts for a job, none of which made a thread.

    Args:
        at: When the last one failed.
        count: How many there were in a row.
    """

    at: datetime
    count: int

    @property
    def again_at(self) -> datetime:
        return self.at + min(ASKED_AGAIN_AFTER * 2 ** min(self.count - 1, 10), ASKED_AGAIN_AT_MOST)


class Threads:
    """Which threads are asked for, which may not be, and where Discord wants no more for now."""

    def __init__(self) -> None:
        self._without: set[str] = set()
        self._failed: dict[str, _Failed] = {}
        self._limited_until: dict[int, datetime] = {}
        self._asking: dict[int, str] = {}

    def state(self, job: Job, *, now: datetime) -> ThreadState:
        """Say what a job's messages do about its thread.

        Args:
            job: The job, whose card stands.
            now: The time.
        """
        if not may_get_thread(job.origin) or job.id in self._without:
            return ThreadState.SETTLED
        deadline, next_at = _deadline(job), self._next_at(job, now)
        if now >= deadline or self._limited_until.get(job.origin.channel_id, now) >= deadline:
            return ThreadState.SETTLED
        return ThreadState.DUE if next_at <= now else ThreadState.AWAITED

    def changes_at(self, job: Job, *, now: datetime) -> datetime:
        """Say when the state of an awaited thread changes by itself."""
        return min(self._next_at(job, now), _deadline(job))

    def begin(self, job: Job) -> None:
        """Note that a thread is being asked for."""
        self._asking[job.origin.channel_id] = job.id

    def end(self, job: Job) -> None:
        """Note that the asking is over, however it ended."""
        if self._asking.get(job.origin.channel_id) == job.id:
            del self._asking[job.origin.channel_id]

    def fail(self, job: Job, *, now: datetime, retry_after: timedelta | None) -> None:
        """Note that no thread was made.

        Args:
            job: The job.
            now: The time.
            retry_after: For how long Discord makes no thread in that channel, where it says so.
        """
        known = self._failed.get(job.id)
        self._failed[job.id] = _Failed(now, 1 if known is None else known.count + 1)
        if retry_after is not None:
            self._limited_until = {channel: at for channel, at in self._limited_until.items() if at > now}
            self._limited_until[job.origin.channel_id] = now + retry_after

    def go_without(self, job: Job) -> None:
        """Note that there can be no thread from this job's card."""
        self._without.add(job.id)

    def forget(self, job_id: str) -> None:
        """Drop a job that is no longer open."""
        self._without.discard(job_id)
        self._failed.pop(job_id, None)

    def shift(self, by: timedelta) -> None:
        """Move all times by so much: the clock was set."""
        self._limited_until = {channel: at + by for channel, at in self._limited_until.items()}
        self._failed = {job_id: replace(one, at=one.at + by) for job_id, one in self._failed.items()}

    def _next_at(self, job: Job, now: datetime) -> datetime:
        """Say when a thread may be asked for; a channel's limit counts for all its jobs."""
        channel_id = job.origin.channel_id
        next_at = self._limited_until.get(channel_id, now)
        failed = self._failed.get(job.id)
        if failed is not None:
            next_at = max(next_at, failed.again_at)
        if channel_id in self._asking or len(self._asking) >= CHANNELS_AT_ONCE:
            next_at = max(next_at, now + LOOK_AGAIN)
        return next_at


def may_get_thread(origin: Origin) -> bool:
    """Whether a thread for the results can still be made from a job's card."""
    can_have_one = origin.guild_id is not None and not origin.in_thread and not origin.by_interaction
    return can_have_one and origin.thread_id is None and origin.card_message_id is not None


def _deadline(job: Job) -> datetime:
    """Say until when the message that is owed now waits for the thread."""
    has_ended = job.status.is_terminal
    fetched_at = job.fetched_at or job.partly_fetched_at
    ready_at = (fetched_at if job.status is JobStatus.SUCCEEDED else job.ended_at) if has_ended else job.prepared_at
    is_needed = has_ended or any(one.awaits_keeping for one in job.request.inputs)
    patience = THREAD_PATIENCE if is_needed else ORIGINALS_PATIENCE
    return max(ready_at or job.created_at, job.opened_at or job.created_at) + patience
