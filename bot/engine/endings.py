"""Tells what the transitions of jobs mean, each once: by the process whose write made them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.status import FailureReason, JobStatus

if TYPE_CHECKING:
    from bot.domain.job import Job
    from bot.engine.telemetry import Telemetry

UNCERTAIN_REMEMBERED: Final = 1000
"""How many jobs that may yet go on are remembered as told of; they are rare, and go on soon or never."""


class Endings:
    """Observes the store, which tells each committed change of a row with the money in the same transaction.

    Args:
        telemetry: Is told.
    """

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._uncertain: dict[str, int] = {}

    def changed(self, before: Job, after: Job, spent_micros: int) -> None:
        """Tell of an end, of a result that is lost, and of a delivery.

        Args:
            before: The row before the write.
            after: The row after it.
            spent_micros: What the ledger holds for the job, in micro-dollars.
        """
        if after.status.is_terminal and not before.status.is_terminal:
            self._tell_end(after, spent_micros)
        if after.status is JobStatus.SUCCEEDED and after.failure not in (None, before.failure):
            self._telemetry.result_lost(after)
        if after.delivered_at is not None and before.delivered_at is None:
            self._telemetry.job_delivered(after)

    def _tell_end(self, job: Job, spent_micros: int) -> None:
        """Tell of an end once, also where an uncertain job turned out to be accepted after all."""
        told = self._uncertain.pop(job.id, None)
        if told is not None:
            self._telemetry.job_ended_anew(job, more_spent_micros=spent_micros - told)
            return
        self._telemetry.job_ended(job, spent_micros=spent_micros)
        if job.failure is FailureReason.UNCERTAIN:
            self._uncertain[job.id] = spent_micros
            while len(self._uncertain) > UNCERTAIN_REMEMBERED:
                self._uncertain.pop(next(iter(self._uncertain)))
