"""The step that pays: at most one POST of a job can ever have been accepted."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import structlog

from bot.domain.catalog import model_of
from bot.domain.ledger import refund
from bot.domain.status import FailureReason, JobStatus
from bot.engine.gate import UNKNOWN_MODEL
from bot.engine.gone_places import end_without_place
from bot.engine.ownership import OWNED_FOR
from bot.engine.schedule import GIVE_UP, RENEW_AGAIN_AFTER, backoff
from bot.errors import (
    DeliveryPostponed,
    InputPostponed,
    InputRefused,
    OutOfCredit,
    ProviderRejected,
    ProviderUnauthorized,
    ProviderUnavailable,
    SubmissionUncertain,
)
from bot.log import PAID_LOGGER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from bot.domain.catalog import ImageModel
    from bot.domain.job import Job, JobChanges
    from bot.domain.ledger import Entry
    from bot.domain.remix_request import RemixRequest
    from bot.engine.courier_port import Courier
    from bot.engine.gate import Gate
    from bot.engine.ports import Clock, JobStore, Provider
    from bot.engine.published import PublishedInputs
    from bot.engine.renewal import Renewal

_log = structlog.stdlib.get_logger(__name__)
_paid = structlog.stdlib.get_logger(PAID_LOGGER)


class SubmitStep:
    """Commits SUBMITTING, sends the one paid POST, and keeps its outcome.

    Args:
        store: Where jobs live.
        provider: The queue API.
        gate: Is told of every failure.
        courier: Knows whether there is anybody left to answer.
        models: The catalog, by model id.
        renewal: Signs the URLs of kept pictures anew.
        clock: The time.
        published: Serves inputs from this process; None where the provider fetches them from Discord.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        provider: Provider,
        gate: Gate,
        courier: Courier,
        models: Mapping[str, ImageModel],
        renewal: Renewal,
        clock: Clock,
        published: PublishedInputs | None = None,
    ) -> None:
        self._store = store
        self._provider = provider
        self._gate = gate
        self._courier = courier
        self._models = models
        self._renewal = renewal
        self._clock = clock
        self._published = published
        self._accepted: dict[str, tuple[str, str]] = {}
        self._without_inputs_since: dict[str, datetime] = {}

    async def run(self, job: Job) -> Job:
        """Submit a PENDING job, or end one that was left in SUBMITTING.

        Raises:
            StaleJob: It was cancelled, another step was faster, or another process has taken it over.
        """
        if job.id in self._accepted:
            return await self._keep(job.id)
        if job.status is JobStatus.SUBMITTING:
            return await self._fail(job, FailureReason.UNCERTAIN, "the process ended between submission and answer")
        if job.cancel_requested_at is not None:
            by = job.cancel_requested_by or job.origin.user_id
            return await self._store.request_cancel(job.id, by=by, at=self._clock.now())
        if await self._courier.is_place_gone(job):
            return await end_without_place(self._store, job, now=self._clock.now())
        return await self._submit_inputs(job)

    async def _submit_inputs(self, job: Job) -> Job:
        """Bring the inputs to where the provider can fetch them, and submit the job; or let it wait, or end it."""
        try:
            request = await self._renewal.renew(job.request)
        except DeliveryPostponed as error:
            return await self._wait_for_inputs(job, request=job.request, detail=str(error), wait=error.retry_after)
        if request.has_dead_inputs(at=self._clock.now()):
            return await self._expire(job, request, "inputs expired")
        try:
            sent = request if self._published is None else await self._published.publish(job.id, request)
        except InputPostponed as error:
            return await self._wait_for_inputs(job, request=request, detail=str(error))
        except InputRefused as error:
            return await self._expire(job, request, f"inputs could not be copied: {error}")
        self._without_inputs_since.pop(job.id, None)
        return await self._submit(job, request, sent)

    async def _wait_for_inputs(
        self, job: Job, *, request: RemixRequest, detail: str, wait: timedelta | None = None
    ) -> Job:
        """Let a job wait for its inputs, for a day at most."""
        _log.warning("inputs_not_renewed", job_id=job.id, detail=detail)
        now = self._clock.now()
        if now - self._without_inputs_since.setdefault(job.id, now) >= GIVE_UP:
            del self._without_inputs_since[job.id]
            return await self._expire(job, request, f"inputs could not be had for a day: {detail}")
        return await self._store.note(job.id, next_step_at=now + max(wait or RENEW_AGAIN_AFTER, RENEW_AGAIN_AFTER))

    async def _expire(self, job: Job, request: RemixRequest, detail: str) -> Job:
        return await self._store.advance(
            job,
            JobStatus.EXPIRED,
            entries=await self._refund(job),
            inputs=request.inputs,
            ended_at=self._clock.now(),
            failure_detail=detail,
        )

    async def _submit(self, job: Job, request: RemixRequest, sent: RemixRequest) -> Job:
        """Commit that it is submitted, and submit it.

        Args:
            job: The job.
            request: What is written down.
            sent: The same with the addresses that the provider is given.
        """
        attempt_id, asked_at = secrets.token_hex(8), self._clock.now()
        payload = model_of(self._models, request.model).payload(sent)
        changes: JobChanges = {"attempt_id": attempt_id, "attempts": job.attempts + 1, "next_step_at": None}
        if request != job.request:  # else the gallery, which is kept meanwhile, would be written over
            changes["inputs"] = request.inputs
        job = await self._store.advance(job, JobStatus.SUBMITTING, **changes)
        if self._clock.now() - asked_at > OWNED_FOR:
            # Frozen meanwhile: another process may have taken it over and told its people. Surely nothing was sent.
            return await self._store.advance(job, JobStatus.PENDING)
        try:
            request_id = await self._provider.submit(job.request.model, payload)
        except ProviderUnavailable as error:
            self._gate.suspect()
            return await self._put_back(job, error, retry_after=error.retry_after)
        except (ProviderUnauthorized, OutOfCredit) as error:
            pause = await self._gate.close(error, now=self._clock.now())
            return await self._put_back(job, error, retry_after=pause.retry_at - self._clock.now())
        except ProviderRejected as error:
            return await self._heed_refusal(job, error)
        except SubmissionUncertain as error:
            await self._hold_others_back(error)
            return await self._fail(job, FailureReason.UNCERTAIN, str(error))
        # The id goes to the log first: should the disk fail now, the operator can still find the paid work.
        _paid.info("submission_accepted", job_id=job.id, attempt_id=attempt_id, request_id=request_id)
        self._accepted[job.id] = (attempt_id, request_id)
        return await self._keep(job.id)

    async def _hold_others_back(self, error: SubmissionUncertain) -> None:
        """Spare the jobs that wait the same uncertain end."""
        now = self._clock.now()
        if error.account_error is not None:
            await self._gate.close(error.account_error, now=now)
        else:
            self._gate.suspect(until=None if error.retry_after is None else now + error.retry_after)

    async def _heed_refusal(self, job: Job, error: ProviderRejected) -> Job:
        """End a refused job; but keep one whose model is unknown, and take no new ones: the operator can mend that.

        One of an earlier model is kept for a day.
        """
        if error.code != UNKNOWN_MODEL:
            return await self._fail(job, FailureReason.REJECTED, str(error), told=error.reason)
        if job.request.model != self._gate.model_id:  # an earlier DEFAULT_MODEL: new commands do not use it
            if self._clock.now() - job.created_at >= GIVE_UP:
                return await self._fail(job, FailureReason.REJECTED, str(error), told=error.reason)
            return await self._put_back(job, error, retry_after=None)
        pause = await self._gate.close(error, now=self._clock.now())
        return await self._put_back(job, error, retry_after=pause.retry_at - self._clock.now())

    async def _keep(self, job_id: str) -> Job:
        """Store the accepted request; the loop repeats this step until it is committed."""
        attempt_id, request_id = self._accepted[job_id]
        job = await self._store.store_request(
            job_id, attempt_id=attempt_id, request_id=request_id, at=self._clock.now()
        )
        del self._accepted[job_id]
        return job

    async def _put_back(
        self,
        job: Job,
        error: ProviderUnavailable | ProviderUnauthorized | OutOfCredit | ProviderRejected,
        *,
        retry_after: timedelta | None,
    ) -> Job:
        wait = backoff(job.attempts, retry_after=retry_after)
        _log.warning("submission_not_accepted", job_id=job.id, detail=str(error), retry_in=wait.total_seconds())
        return await self._store.advance(job, JobStatus.PENDING, next_step_at=self._clock.now() + wait)

    async def _fail(self, job: Job, reason: FailureReason, detail: str, *, told: str | None = None) -> Job:
        """End a job without a request.

        Args:
            job: The job.
            reason: Why.
            detail: What the operator reads in the log.
            told: The provider's own words, where it refused the job.
        """
        _log.error("submission_failed", job_id=job.id, attempt_id=job.attempt_id, reason=reason.value, detail=detail)
        entries = () if reason is FailureReason.UNCERTAIN else await self._refund(job)
        return await self._store.advance(
            job,
            JobStatus.FAILED,
            entries=entries,
            failure=reason,
            failure_detail=told if reason is FailureReason.REJECTED else detail,
            ended_at=self._clock.now(),
        )

    async def _refund(self, job: Job) -> tuple[Entry, ...]:
        return refund(job, await self._store.entries(job.id), at=self._clock.now())
