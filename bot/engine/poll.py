"""The step that follows a request at the provider to its end, and asks there to cancel it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.job import Artifact
from bot.domain.ledger import refund, settle
from bot.domain.status import CancelOutcome, FailureReason, JobStatus
from bot.engine.answers import Phase, Progress, RequestResult, Verdict
from bot.engine.schedule import (
    GIVE_UP,
    MISSING_PATIENCE,
    POLL_EVERY_OVERDUE,
    is_ancient,
    is_given_up,
    is_overdue,
)
from bot.errors import (
    OutOfCredit,
    ProviderError,
    ProviderProtocolError,
    ProviderRejected,
    ProviderUnauthorized,
    ProviderUnavailable,
)

if TYPE_CHECKING:
    from bot.domain.job import Job
    from bot.domain.ledger import Entry
    from bot.engine.answers import RequestStatus
    from bot.engine.gate import Gate
    from bot.engine.ports import Clock, JobStore, Provider
    from bot.engine.progress import ProgressBoard
    from bot.engine.published import PublishedInputs

UNKNOWN_REQUEST = "404001"
"""The provider's code for a request that it does not know, or no longer.

Source: https://docs.runcomfy.com/model-apis/error-codes
"""

MOST_ADDRESSES: Final = 1000
"""How many addresses of outputs are kept of a result; no model makes so many, and each is a row."""
PERHAPS_UNKNOWN: Final = "404"
"""The code of a 404 that may be a gateway's: the request may be unknown, or the address may not be reached."""

_log = structlog.stdlib.get_logger(__name__)


@dataclass
class _Watch:
    """How long the provider has answered for one job; polls are not written, so a restart begins anew.

    Silence counts for nothing: what was answered before and after it may be two answers alone.
    """

    answered: timedelta = timedelta()
    last_answer_at: datetime | None = None
    refused: timedelta = timedelta()
    last_refusal_at: datetime | None = None

    def note_answer(self, now: datetime) -> None:
        if self.last_answer_at is not None:
            self.answered += min(now - self.last_answer_at, POLL_EVERY_OVERDUE)
        self.last_answer_at = now

    def note_refusal(self, now: datetime) -> timedelta:
        """Answer for how long the request has been refused, and never known in between."""
        self.last_answer_at = None
        if self.last_refusal_at is not None:
            self.refused += min(now - self.last_refusal_at, POLL_EVERY_OVERDUE)
        self.last_refusal_at = now
        return self.refused

    def note_silence(self) -> None:
        self.last_answer_at = self.last_refusal_at = None

    def forget_refusals(self) -> None:
        self.refused, self.last_refusal_at = timedelta(), None


class PollStep:
    """Asks for the status, and for the result once the run has ended: only the result says whether it succeeded.

    Args:
        store: Where jobs live.
        provider: The queue API.
        gate: Is told of a refused token, and whether the provider answers.
        board: Takes the queue position.
        clock: The time.
        published: Knows which addresses of an answer are inputs that this process serves.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        provider: Provider,
        gate: Gate,
        board: ProgressBoard,
        clock: Clock,
        published: PublishedInputs | None = None,
    ) -> None:
        self._store = store
        self._provider = provider
        self._gate = gate
        self._board = board
        self._clock = clock
        self._published = published
        self._watches: dict[str, _Watch] = {}

    async def run(self, job: Job) -> Job:
        """Poll once.

        Raises:
            ProviderError: To be postponed; nothing has changed.
            StaleJob: Another step was faster.
        """
        watch = self._watches.setdefault(job.id, _Watch())
        try:
            job = await self._ask(job, watch)
        except ProviderRejected as error:
            job = await self._outlast_refusal(job, watch, error)
        except (ProviderUnauthorized, OutOfCredit) as error:
            watch.note_silence()
            await self._gate.close(error, now=self._clock.now())
            raise
        if job.status.is_terminal:
            del self._watches[job.id]
        return job

    async def _ask(self, job: Job, watch: _Watch) -> Job:
        status = await self._status(job, watch)
        if status.phase is Phase.ENDED:
            return await self._end_by_result(job, watch)
        watch.forget_refusals()
        job = await self._check_deadline(await self._follow(job, status), watch)
        if not job.is_cancelling:
            return job
        # After the status, so that a cancellation that keeps failing never hides the end of the run.
        job = await self._cancel(job)
        return await self._ask(job, watch) if job.cancel_outcome is CancelOutcome.CANCELLED else job

    async def _status(self, job: Job, watch: _Watch) -> RequestStatus:
        try:
            status = await self._provider.status(_request_id(job))
        except ProviderUnavailable:
            watch.note_silence()
            self._gate.note_silence(self._clock.now())
            raise
        except ProviderProtocolError as error:  # waited for like a refusal: what is never readable ends after a day
            raise ProviderRejected(f"unreadable: {error}") from error
        watch.note_answer(self._clock.now())
        self._gate.note_answer()
        return status

    async def _end_by_result(self, job: Job, watch: _Watch) -> Job:
        """Ask for the result; one that does not come is waited for no longer than a run."""
        # An output may repeat the prompt too, which may be an address; with a slash at its end it would stand for more.
        sent = [job.request.prompt.rstrip("/"), *(one.sent_url for one in job.request.inputs)]
        sent += [] if self._published is None else [self._published.beginning(job.id)]
        try:
            result = await self._provider.result(_request_id(job), sent_urls=sent)
        except (ProviderUnavailable, ProviderProtocolError):
            job = await self._check_deadline(job, watch)
            if job.status.is_terminal:
                return job
            raise
        watch.forget_refusals()
        return await self._conclude(job, result, watch)

    async def _cancel(self, job: Job) -> Job:
        try:
            outcome = await self._provider.cancel(_request_id(job))
        except ProviderRejected as error:  # says nothing about the run: only polls may end a job
            raise ProviderProtocolError(f"cancellation refused: {error}", code=error.code) from error
        _log.info("cancellation_answered", job_id=job.id, request_id=job.request_id, outcome=outcome.value)
        # What RunComfy cancelled is shown once the result confirms it, in the same turn.
        redraw = outcome is CancelOutcome.NOT_CANCELLABLE
        return await self._store.note(job.id, cancel_outcome=outcome, redraw=redraw)

    async def _follow(self, job: Job, status: RequestStatus) -> Job:
        now = self._clock.now()
        if status.phase is Phase.RUNNING and job.status is JobStatus.IN_QUEUE:
            self._board.pin(job, Progress())
            return await self._store.advance(job, JobStatus.IN_PROGRESS, started_at=job.started_at or now)
        if status.phase is Phase.QUEUED:
            self._board.pin(job, Progress(place=status.queue_position))
            if job.status is JobStatus.IN_PROGRESS:
                return await self._store.advance(job, JobStatus.IN_QUEUE)
        return job

    async def _conclude(self, job: Job, result: RequestResult, watch: _Watch) -> Job:
        match result.verdict:
            case Verdict.NOT_READY:
                return await self._check_deadline(job, watch)
            case Verdict.SUCCEEDED if result.output_urls:
                outputs = [
                    Artifact(job.id, index, url) for index, url in enumerate(result.output_urls[:MOST_ADDRESSES])
                ]
                await self._store.save_artifacts(outputs)
                return await self._end(job, JobStatus.SUCCEEDED, result)
            case Verdict.SUCCEEDED:
                return await self._end(job, JobStatus.FAILED, result, failure=FailureReason.NO_OUTPUT)
            case Verdict.FAILED:
                return await self._end(job, JobStatus.FAILED, result, failure=FailureReason.RUN_FAILED)
            case Verdict.CANCELLED:
                return await self._end(job, JobStatus.CANCELLED, result)

    async def _end(
        self, job: Job, status: JobStatus, result: RequestResult, *, failure: FailureReason | None = None
    ) -> Job:
        _log.info("job_ended", job_id=job.id, request_id=job.request_id, status=status.value, detail=result.error)
        return await self._store.advance(
            job,
            status,
            entries=await self._account(job, result),
            ended_at=self._clock.now(),
            failure=failure,
            failure_detail=result.error,
            cost_micros=result.cost_micros,
        )

    async def _account(self, job: Job, result: RequestResult) -> tuple[Entry, ...]:
        now, held = self._clock.now(), await self._store.entries(job.id)
        if result.cost_micros is not None:
            return settle(job, held, cost_micros=result.cost_micros, at=now)
        # Without a stated cost, what succeeded is taken to have cost what was held for it.
        return () if result.verdict is Verdict.SUCCEEDED else refund(job, held, at=now)

    async def _check_deadline(self, job: Job, watch: _Watch) -> Job:
        now = self._clock.now()
        if is_given_up(job, now=now):
            return await self._store.advance(job, JobStatus.EXPIRED, ended_at=now)
        if is_overdue(job, answered=watch.answered):
            _log.warning("job_overdue", job_id=job.id, request_id=job.request_id)
            job = await self._store.note(job.id, overdue_at=now, redraw=True)
        if job.overdue_at is not None and job.cancel_outcome is None:
            return await self._cancel(job)
        return job

    async def _outlast_refusal(self, job: Job, watch: _Watch, error: ProviderRejected) -> Job:
        now = self._clock.now()
        refused_for = watch.note_refusal(now)
        if await self._is_bearable(job, error.code, refused_for):
            raise ProviderProtocolError(f"refused for {refused_for}: {error}", code=error.code) from error
        _log.error("request_unknown", job_id=job.id, request_id=job.request_id, detail=str(error))
        return await self._store.advance(job, JobStatus.EXPIRED, ended_at=now, failure_detail=str(error))

    async def _is_bearable(self, job: Job, code: str | None, refused_for: timedelta) -> bool:
        """Whether to ask again after a refusal; a gateway's 404 ends a job only while the provider itself answers."""
        if code == PERHAPS_UNKNOWN and refused_for < GIVE_UP:
            self._gate.suspect()
            return refused_for < MISSING_PATIENCE or not await self._answers(job)
        is_short = code == UNKNOWN_REQUEST or is_ancient(job, now=self._clock.now())
        return refused_for < (MISSING_PATIENCE if is_short else GIVE_UP)

    async def _answers(self, job: Job) -> bool:
        """Whether the provider answers a free question about the job's model."""
        try:
            await self._provider.model(job.request.model)
        except ProviderRejected as error:
            return error.code != PERHAPS_UNKNOWN
        except ProviderError:
            return False
        return True


def _request_id(job: Job) -> str:
    if job.request_id is None:  # pragma: no cover - the store writes both in one statement
        raise AssertionError(f"job {job.id} is {job.status} without a request")
    return job.request_id
