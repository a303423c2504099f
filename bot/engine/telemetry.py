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

    def job_ended(self, job: Job, *, polls: int, spent_micros: int) -> None:
        """A job reached its terminal status.

        Args:
            job: As it then stood.
            polls: How often this process asked for its status.
            spent_micros: What the ledger holds for it, in micro-dollars.
        """
        ...

    def job_ended_anew(self, job: Job, *, polls: int, more_spent_micros: int) -> None:
        """A job that was told of as ended, since nobody knew whether it was accepted, went on and ended in truth.

        Args:
            job: As it then stood.
            polls: How often this process asked for its status.
            more_spent_micros: What the ledger holds for it beyond what was told before; may be negative.
        """
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

    def job_ended(self, job: Job, *, polls: int, spent_micros: int) -> None:
        """Let it pass."""

    def job_ended_anew(self, job: Job, *, polls: int, more_spent_micros: int) -> None:
        """Let it pass."""

    def job_delivered(self, job: Job) -> None:
        """Let it pass."""

    def step_ended(self, step: Step, outcome: StepOutcome, *, seconds: float) -> None:
        """Let it pass."""


NO_TELEMETRY: Final = NoTelemetry()
