"""Watches the steps as they run: what is logged meanwhile bears the job's id, and what happened is told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from bot.engine.schedule import Step
from bot.engine.telemetry import StepOutcome
from bot.errors import BotError, StaleJob

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from bot.domain.job import Job
    from bot.engine.telemetry import Telemetry

    Run = Callable[[Job], Awaitable[Job]]


class StepWatch:
    """Stands between the loop and the steps; changes nothing of what they do.

    Args:
        telemetry: Is told.
        timer: Seconds that only ever grow.
    """

    def __init__(self, *, telemetry: Telemetry, timer: Callable[[], float] = time.perf_counter) -> None:
        self._telemetry = telemetry
        self._timer = timer
        self._polls: dict[str, int] = {}

    def over(self, steps: Mapping[Step, Run]) -> dict[Step, Run]:
        """Wrap every step."""
        return {step: self._watched(step, run) for step, run in steps.items()}

    def _watched(self, step: Step, run: Run) -> Run:
        async def watched(job: Job) -> Job:
            with structlog.contextvars.bound_contextvars(job_id=job.id, step=step.value):
                return await self._timed(step, run, job)

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
        # Only the poll that ended the job comes here with its end: any later one meets a row that has moved on.
        if step is Step.POLL and after.status.is_terminal:
            self._telemetry.job_polled(self._polls.pop(job.id, 0))
        return after
