"""Ends what a step that always fails would otherwise retry for ever."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.ledger import refund
from bot.domain.status import FailureReason, JobStatus
from bot.engine.schedule import BACKOFF_AT_MOST, GIVE_UP, Step, backoff, is_ancient
from bot.errors import DeliveryError, DownloadError, InputError, ModelMissing, ProviderError, StaleJob, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from bot.domain.job import Job
    from bot.engine.ports import Clock, JobStore
    from bot.engine.progress import ProgressBoard

    Run = Callable[[Job], Awaitable[Job]]

MAX_STEP_FAILURES: Final = 20
"""The default of the setting. With the growing waits between them, so many failures take about an hour."""
REMEMBERED_AT_MOST: Final = 10_000
"""How many failing jobs a step remembers; the oldest are forgotten and begin to count anew."""
STILL_FAILING: Final = 3 * BACKOFF_AT_MOST
"""A job that has not failed for so long has ended some other way, or waits for something else."""
_HAS_ITS_OWN_END: Final = (ProviderError, InputError, DownloadError, DeliveryError, StaleJob)
"""The other side does not answer, or another step was faster: the steps themselves know how long that is waited for."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class _Failing:
    """The failures of one step of one job, in a row."""

    since: datetime
    last_at: datetime
    count: int = 0


@dataclass(slots=True)
class _Health:
    """What is known of one step over all jobs of this process."""

    failing: dict[str, _Failing]
    last_began_at: datetime | None = None
    succeeded_at: datetime | None = None

    def of(self, job_id: str, now: datetime) -> _Failing:
        if job_id not in self.failing:
            self.last_began_at = now
            while len(self.failing) >= REMEMBERED_AT_MOST:
                del self.failing[next(iter(self.failing))]
        failing = self.failing.setdefault(job_id, _Failing(now, now))
        failing.last_at = now
        return failing

    def is_doubtful(self, error: Exception, now: datetime) -> bool:
        """Whether the fault may be everybody's: several jobs fail, or the machine does, and no job succeeded since."""
        still = sum(now - one.last_at < STILL_FAILING for one in self.failing.values())
        if still < 2 and not isinstance(error, OSError):  # noqa: PLR2004 - one job, and another one
            return False
        began_at = self.last_began_at
        return self.succeeded_at is None or (began_at is not None and self.succeeded_at < began_at)


class GiveUp:
    """Counts the failures of each step of each job that nobody foresaw, and ends what has failed too often in a row.

    Failures of RunComfy and Discord do not count: the steps wait for them by rules of their own. A failure of the
    database counts only where it takes another write of the same job right afterwards. A failure that several jobs
    share counts only once another job has passed the step since, or after a day.

    Counts are kept in memory: a restart begins anew. A week after its submission no job is owed more than the count.

    Args:
        store: Where jobs live.
        board: What is known of open jobs beside their rows.
        clock: The time.
        limit: So many failures in a row end the job.
    """

    def __init__(self, *, store: JobStore, board: ProgressBoard, clock: Clock, limit: int = MAX_STEP_FAILURES) -> None:
        self._store = store
        self._board = board
        self._clock = clock
        self._limit = limit
        self._health = {step: _Health({}) for step in Step}

    def over(self, steps: Mapping[Step, Run]) -> dict[Step, Run]:
        """Bound every step."""
        return {step: self._bounded(step, run) for step, run in steps.items()}

    def _bounded(self, step: Step, run: Run) -> Run:
        health = self._health[step]

        async def bounded(job: Job) -> Job:
            try:
                after = await run(job)
            except _HAS_ITS_OWN_END:
                raise
            except Exception as error:
                if not await self._is_enough(step, job, error):
                    raise
                ended = await self._end(step, job, error)
                health.failing.pop(job.id, None)
                return ended
            health.failing.pop(job.id, None)
            health.succeeded_at = self._clock.now()
            return after

        return bounded

    # --- counting -----------------------------------------------------------------------------------------------------

    async def _is_enough(self, step: Step, job: Job, error: Exception) -> bool:
        """Count a failure, where it is one of this job; answer whether it is the last one."""
        health, now = self._health[step], self._clock.now()
        failing = health.of(job.id, now)
        is_long = now - failing.since >= GIVE_UP or is_ancient(job, now=now)
        if isinstance(error, StoreUnavailable):
            if not await self._takes_writes(job):
                return False
        elif not isinstance(error, ModelMissing) and health.is_doubtful(error, now) and not is_long:
            return False
        failing.count += 1
        if failing.count < self._limit:
            if step is Step.SUBMIT:
                await self._store.note(job.id, next_step_at=now + backoff(failing.count))
            return False
        return is_long or not _may_be_paid(step, job)

    async def _takes_writes(self, job: Job) -> bool:
        try:
            await self._store.mark_shown(job.id, revision=job.shown_revision)
        except StoreUnavailable:
            return False
        return True

    # --- ending -------------------------------------------------------------------------------------------------------

    async def _end(self, step: Step, job: Job, error: Exception) -> Job:
        failing = self._health[step].failing.get(job.id)
        _log.error(
            "step_given_up",
            job_id=job.id,
            step=step.value,
            request_id=job.request_id,
            failures=failing.count if failing is not None else self._limit,
            detail=f"{type(error).__name__}: {error}",
            exc_info=error,
        )
        found = await self._store.get(job.id)
        if found is None:
            raise StaleJob
        if step in (Step.PREPARE, Step.SUBMIT, Step.POLL) or (step is Step.KEEP and found.awaits_pictures):
            return await self._fail(found, error)
        return await self._leave(step, found)

    async def _leave(self, step: Step, job: Job) -> Job:
        """Let a job go on without what a step owes."""
        now = self._clock.now()
        match step:
            case Step.FETCH:
                return await self._end_fetching(job)
            case Step.CARD:
                return await self._leave_card(job)
            case Step.KEEP:
                return await self._store.note(job.id, kept_at=now)
            case Step.OPEN:
                return await self._store.note(job.id, opened_at=now)
            case Step.THREAD:
                self._board.threads.go_without(job)
                return job
            case _:
                is_new = job.undeliverable_at is None
                return await self._store.note(job.id, undeliverable_at=now, redraw=is_new)

    async def _fail(self, job: Job, error: Exception) -> Job:
        """End a job before its result; what may have been paid for stays in the ledger."""
        if job.status.is_terminal:
            return job
        is_unsent = job.status is JobStatus.PENDING
        is_unclear = job.status is JobStatus.SUBMITTING
        now = self._clock.now()
        return await self._store.advance(
            job,
            JobStatus.FAILED,
            entries=refund(job, await self._store.entries(job.id), at=now) if is_unsent else (),
            failure=FailureReason.UNCERTAIN if is_unclear else FailureReason.INTERNAL,
            failure_detail=f"{type(error).__name__}: {error}",
            ended_at=now,
        )

    async def _end_fetching(self, job: Job) -> Job:
        """Deliver what is here; where nothing is, its result is lost."""
        is_here = any(one.path is not None for one in await self._store.artifacts(job.id))
        now = self._clock.now()
        if is_here:
            return await self._store.note(job.id, fetched_at=now)
        return await self._store.note(job.id, fetched_at=now, failure=FailureReason.OUTPUT_LOST, redraw=True)

    async def _leave_card(self, job: Job) -> Job:
        """Let a card stay as it is; a cancelled job is told by its card alone, so it stays untold."""
        self._board.mark_shown(job, self._board.of(job))
        shown = await self._store.mark_shown(job.id, revision=job.card_revision)
        if job.status is JobStatus.CANCELLED and shown.delivered_at is None:
            return await self._store.note(job.id, undeliverable_at=self._clock.now())
        return shown


def _may_be_paid(step: Step, job: Job) -> bool:
    """Whether a step that is given up leaves paid work behind; such work is waited for at least a day."""
    return step in (Step.POLL, Step.FETCH) or (step is Step.SUBMIT and job.status is JobStatus.SUBMITTING)
