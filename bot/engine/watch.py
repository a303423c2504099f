"""Watches the steps as they run: what is logged meanwhile bears the job's id, and what happened is told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.ledger import balance
from bot.domain.status import FailureReason
from bot.engine.schedule import Step
from bot.engine.telemetry import StepOutcome
from bot.errors import BotError, StaleJob, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.domain.job import Job
    from bot.engine.ports import JobStore
    from bot.engine.telemetry import Telemetry

    Run = Callable[[Job], Awaitable[Job]]

UNCERTAIN_REMEMBERED: Final = 1000
"""How many jobs that may yet go on are remembered as told of; they are rare, and go on soon or never."""

_log = structlog.stdlib.get_logger(__name__)


class StepWatch:
    """Stands between the loop and the steps; changes nothing of what they do.

    Args:
        telemetry: Is told.
        store: Knows what a job has cost.
        timer: Seconds that only ever grow.
    """

    def __init__(
        self, *, telemetry: Telemetry, store: JobStore, timer: Callable[[], float] = time.perf_counter
    ) -> None:
        self._telemetry = telemetry
        self._store = store
        self._timer = timer
        self._polls: dict[str, int] = {}
        self._uncertain: dict[str, int] = {}

    def over(self, steps: Mapping[Step, Run]) -> dict[Step, Run]:
        """Wrap every step."""
        return {step: self._watched(step, run) for step, run in steps.items()}

    def _watched(self, step: Step, run: Run) -> Run:
        async def watched(job: Job) -> Job:
            with structlog.contextvars.bound_contextvars(job_id=job.id, step=step.value):
                after = await self._timed(step, run, job)
                await self._tell(step, job, after)
                return after

        return watched

    async def _timed(self, step: Step, run: Run, job: Job) -> Job:
        started, outcome = self._timer(), StepOutcome.BROKEN
        try:
            after = await run(job)
            outcome = StepOutcome.DONE
        except StaleJob:
            outcome = StepOutcome.STALE
            raise
        except BotError:
            outcome = StepOutcome.POSTPONED
            raise
        finally:
            if step is Step.POLL:
                self._polls[job.id] = self._polls.get(job.id, 0) + 1
            self._telemetry.step_ended(step, outcome, seconds=self._timer() - started)
        return after

    async def _tell(self, step: Step, before: Job, after: Job) -> None:
        if not before.status.is_terminal and after.status.is_terminal:
            await self._tell_end(after)
        if before.delivered_at is None and after.delivered_at is not None and step in (Step.DELIVER, Step.CARD):
            self._telemetry.job_delivered(after)

    async def _tell_end(self, job: Job) -> None:
        """Tell of an end once, also where an uncertain job turned out to be accepted after all."""
        polls, spent = self._polls.pop(job.id, 0), await self._spent(job)
        told = self._uncertain.pop(job.id, None)
        if told is not None:
            self._telemetry.job_ended_anew(job, polls=polls, more_spent_micros=spent - told)
            return
        self._telemetry.job_ended(job, polls=polls, spent_micros=spent)
        if job.failure is FailureReason.UNCERTAIN:
            self._uncertain[job.id] = spent
            while len(self._uncertain) > UNCERTAIN_REMEMBERED:
                self._uncertain.pop(next(iter(self._uncertain)))

    async def _spent(self, job: Job) -> int:
        try:
            return balance(await self._store.entries(job.id))
        except StoreUnavailable as error:
            _log.warning("spend_not_counted", job_id=job.id, detail=str(error))
            return 0
