"""What the engine tells about its work, to whoever counts: a port of plain methods, and the one that counts nothing."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from bot.domain.job import Job
    from bot.engine.schedule import Step


class StepOutcome(StrEnum):
    """How a step ended."""

    DONE = "done"
    STALE = "stale"
    """Another step was faster."""
    POSTPONED = "postponed"
    """The other side did not take it now; it is tried again."""
    BROKEN = "broken"
    """An error that nobody foresaw; it is tried again."""


class Telemetry(Protocol):
    """Takes note of what happens. None of these may raise, wait or change anything."""

    def job_accepted(self, job: Job) -> None:
        """A new job was stored."""
        ...

    def job_ended(self, job: Job, *, spent_micros: int) -> None:
        """A job reached its terminal status.

        Args:
            job: As it then stood.
            spent_micros: What the ledger holds for it, in micro-dollars.
        """
        ...

    def job_ended_anew(self, job: Job, *, more_spent_micros: int) -> None:
        """A job that was told of as ended, since nobody knew whether it was accepted, went on and ended in truth.

        Args:
            job: As it then stood.
            more_spent_micros: What the ledger holds for it beyond what was told before; may be negative.
        """
        ...

    def job_polled(self, polls: int) -> None:
        """A job ended whose status this process asked for so often."""
        ...

    def result_lost(self, job: Job) -> None:
        """A job that succeeded was found to have no result that can be posted; ``Job.failure`` says why."""
        ...

    def job_delivered(self, job: Job) -> None:
        """Its end was before its requester's eyes."""
        ...

    def step_ended(self, step: Step, outcome: StepOutcome, *, seconds: float) -> None:
        """A step took so long and ended so."""
        ...


class NoTelemetry:
    """Counts nothing."""

    def job_accepted(self, job: Job) -> None:
        """Let it pass."""

    def job_ended(self, job: Job, *, spent_micros: int) -> None:
        """Let it pass."""

    def job_ended_anew(self, job: Job, *, more_spent_micros: int) -> None:
        """Let it pass."""

    def job_polled(self, polls: int) -> None:
        """Let it pass."""

    def result_lost(self, job: Job) -> None:
        """Let it pass."""

    def job_delivered(self, job: Job) -> None:
        """Let it pass."""

    def step_ended(self, step: Step, outcome: StepOutcome, *, seconds: float) -> None:
        """Let it pass."""


NO_TELEMETRY: Final = NoTelemetry()
