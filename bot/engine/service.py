"""The use cases of members and moderators: what the cogs and buttons call."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import structlog

from bot.domain.job import Job
from bot.domain.ledger import reserve
from bot.domain.mending import refusals_of
from bot.domain.status import FailureReason, JobStatus
from bot.engine.double_clicks import DoubleClicks
from bot.engine.doubt import AcceptanceInDoubt
from bot.engine.lookup import Lookup
from bot.engine.moderation import request_cancel
from bot.engine.telemetry import NO_TELEMETRY
from bot.errors import (
    InvalidRequest,
    NotYourJob,
    QuotaExceeded,
    Refused,
    StoreUnavailable,
    TooLateToCancel,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.domain.catalog import ImageModel
    from bot.domain.ledger import Entry
    from bot.domain.origin import Origin
    from bot.domain.person import Person
    from bot.domain.remix_request import Input, OptionValue, RemixRequest
    from bot.engine.data_room import DataRoom
    from bot.engine.gate import Gate
    from bot.engine.intake import Intake
    from bot.engine.ports import Clock, JobStore
    from bot.engine.progress import ProgressBoard
    from bot.engine.telemetry import Telemetry

SETTLE_EVERY = timedelta(seconds=5)
"""How often the database is asked again whether it took a job."""
SETTLED_WITHIN = timedelta(minutes=14)
AGAIN_EVERY = timedelta(seconds=5)
"""How soon one person may press Again on the same result once more: a double click must not pay twice."""

_log = structlog.stdlib.get_logger(__name__)


class JobService(Lookup):
    """Creates, cancels and repeats jobs, and looks them up.

    Args:
        model: The model that ``/remix`` runs.
        models: The catalog, by model id.
        intake: Looks at the pictures of a new request.
        store: Where jobs live.
        gate: Knows whether the operator's account and the provider take work now.
        board: What is known of open jobs beside their rows.
        clock: The time.
        owner_id: This process, which owns what it accepts.
        wake: Tells the loop that a job changed.
        room: Knows whether there is room for another job; None where nothing bounds it.
        telemetry: Is told what begins here.
    """

    def __init__(
        self,
        *,
        model: ImageModel,
        models: Mapping[str, ImageModel],
        intake: Intake,
        store: JobStore,
        gate: Gate,
        board: ProgressBoard,
        clock: Clock,
        owner_id: str,
        wake: Callable[[Job], None],
        room: DataRoom | None = None,
        telemetry: Telemetry = NO_TELEMETRY,
    ) -> None:
        super().__init__(store=store, board=board)
        self.model = model
        self._models = models
        self._intake = intake
        self._store = store
        self._gate = gate
        self._clock = clock
        self._owner_id = owner_id
        self._wake = wake
        self._room = room
        self._telemetry = telemetry
        self.settle_every = SETTLE_EVERY
        self._again = DoubleClicks[tuple[int, str]](every=AGAIN_EVERY, clock=clock)

    # --- asking for pictures ------------------------------------------------------------------------------------------

    def check_intake(self) -> None:
        """Say at once, without input or output, whether new jobs are taken.

        Raises:
            Refused: ``paused``, ``outage`` or ``no_room``.
        """
        self._gate.judge_intake()
        if self._room is not None:
            self._room.check()

    def check_request(
        self, *, prompt: str, inputs: Sequence[Input], options: Mapping[str, OptionValue]
    ) -> RemixRequest:
        """Hold a request against what can be known without input or output.

        Raises:
            InvalidRequest: The first rule that is broken.
            Refused: ``paused`` or ``outage``.
        """
        request = self.model.request(prompt=prompt, inputs=inputs, options=options)
        self.check_intake()
        return request

    async def remix(self, request: RemixRequest, *, origin: Origin, interaction_id: int) -> Job:
        """Look at its pictures and accept a job: from here on it reaches its end before the requester's eyes.

        Pictures that could not be looked at in time are accepted unseen, and looked at later.

        Raises:
            InvalidRequest: A picture is of no use.
            Refused: ``paused`` or ``outage``.
        """
        self.check_intake()
        request, is_fine = await self._intake.look(request)
        draft = self._draft(request, origin=origin, interaction_id=interaction_id)
        return await self._accept(replace(draft, prepared_at=draft.created_at) if is_fine else draft)

    async def check_again(self, job_id: str, *, by: Person) -> Job:
        """Say whether a job may be repeated by this person now, and answer it; takes their turn of five seconds.

        Raises:
            JobNotFound: No such job, or of another server.
            QuotaExceeded: ``again``, pressed twice within five seconds.
            InvalidRequest: ``images``: ``inputs_expired``.
            Refused: What :meth:`Lookup.seen` refuses, ``made_elsewhere``, ``model_gone``, ``paused`` or ``outage``.
        """
        job = await self._repeatable(job_id, by=by)
        self.check_intake()
        self._check_inputs_usable(job)
        if (resets_at := self._again.take((by.user_id, job.id))) is not None:
            raise QuotaExceeded("again", resets_at=resets_at)
        return job

    async def again(self, job: Job, *, origin: Origin, interaction_id: int) -> Job:
        """Accept the same request once more, for whoever pressed the button."""
        return await self._accept(self._redraft(job, origin=origin, interaction_id=interaction_id))

    async def check_try_again(self, job_id: str, *, by: Person) -> Job:
        """Say whether a failed job may be tried again by this person now, and answer it.

        Raises:
            JobNotFound: No such job, or of another server.
            Refused: What :meth:`Lookup.seen` refuses, ``made_elsewhere``, ``model_gone``, ``paused``, ``outage``, or
                ``not_failed`` where there is nothing to try again.
            InvalidRequest: ``images``: ``inputs_expired``.
        """
        job = await self._repeatable(job_id, by=by)
        self.check_intake()
        if job.status not in (JobStatus.FAILED, JobStatus.EXPIRED) and job.failure != FailureReason.OUTPUT_LOST:
            raise Refused("not_failed")
        self._check_inputs_usable(job)
        return job

    async def try_again(self, job: Job, *, origin: Origin, interaction_id: int) -> Job:
        """Accept a failed request once more; a job is tried again at most once.

        Raises:
            Refused: ``already_retried``.
        """
        draft = replace(self._redraft(job, origin=origin, interaction_id=interaction_id), retry_of=job.id)
        accepted = await self._accept(draft)
        if accepted.id != draft.id and accepted.interaction_id != interaction_id:
            raise Refused("already_retried")
        return accepted

    # --- cancelling ---------------------------------------------------------------------------------------------------

    async def cancel(self, job_id: str, *, by: Person) -> Job:
        """Ask to cancel a job; the provider's own answer decides and is shown on the card.

        Returns:
            The job: CANCELLED where it had not been submitted, else still as it was, with the flag set.

        Raises:
            JobNotFound: No such job, or of another server.
            NotYourJob: Neither the requester nor a moderator of that place.
            TooLateToCancel: It runs or has ended.
        """
        job = await self.get(job_id, by=by)
        if not by.may_manage(job):
            raise NotYourJob
        if not job.status.is_cancellable:
            raise TooLateToCancel(has_ended=job.status.is_terminal)
        job = await request_cancel(self._store, job, by=by, at=self._clock.now())
        self._wake(job)
        if job.status.is_terminal and job.status is not JobStatus.CANCELLED:
            raise TooLateToCancel(has_ended=True)
        return job

    # --- inside -------------------------------------------------------------------------------------------------------

    async def _repeatable(self, job_id: str, *, by: Person) -> Job:
        job = await self.seen(job_id, by=by)
        if not by.may_repeat(job):
            raise Refused("made_elsewhere")
        if job.request.model not in self._models:  # else it would be accepted, and fail an hour later
            raise Refused("model_gone")
        return job

    def _draft(self, request: RemixRequest, *, origin: Origin, interaction_id: int) -> Job:
        now = self._clock.now()
        return Job(
            id=secrets.token_hex(8),
            interaction_id=interaction_id,
            origin=origin,
            request=request,
            status=JobStatus.PENDING,
            created_at=now,
            updated_at=now,
            owner_id=self._owner_id,
        )

    def _redraft(self, source: Job, *, origin: Origin, interaction_id: int) -> Job:
        """Draft a job of another one's request, with what is known of its pictures."""
        request = source.request.for_another_job()
        draft = self._draft(request, origin=origin, interaction_id=interaction_id)
        is_prepared = source.prepared_at is not None and request == source.request
        return replace(draft, parent_id=source.id, prepared_at=draft.created_at if is_prepared else None)

    async def _accept(self, draft: Job) -> Job:
        entries = (reserve(draft, self._gate.price_micros, at=draft.created_at),)
        try:
            job = await self._store.accept(draft, entries)
        except StoreUnavailable as error:
            # Perhaps only the answer was lost, or another process was told of it too: then this answers what is there.
            _log.warning("acceptance_uncertain", job_id=draft.id, detail=str(error))
            try:
                job = await self._store.accept(draft, entries)
            except StoreUnavailable as again:
                if error.nothing_stored and again.nothing_stored:
                    raise
                raise AcceptanceInDoubt(str(again), settle=partial(self._settle, draft, entries)) from again
        return self._begin(job, draft)

    async def _settle(self, draft: Job, entries: Sequence[Entry]) -> Job | None:
        """Ask for an acceptance again until it is known; None where its requester cannot be answered any more."""
        while self._clock.now() < (draft.origin.token_expires_at or draft.created_at + SETTLED_WITHIN):
            await asyncio.sleep(self.settle_every.total_seconds())
            try:
                return self._begin(await self._store.accept(draft, entries), draft)
            except StoreUnavailable as error:
                _log.warning("acceptance_uncertain", job_id=draft.id, detail=str(error))
        return None

    def _begin(self, job: Job, draft: Job) -> Job:
        if job.id == draft.id:
            self._telemetry.job_accepted(job)
        self._wake(job)
        return job

    def _check_inputs_usable(self, job: Job) -> None:
        for refusal in refusals_of(job.request):
            raise refusal
        if job.request.has_dead_inputs(at=self._clock.now()):
            raise InvalidRequest("images", "inputs_expired")
