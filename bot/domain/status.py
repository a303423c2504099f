"""The state machine of a job, as data.

Delivery is not a status: a failure is told too, so ``Job.delivered_at`` stands beside the status. The diagram of the
README is tested against ``TRANSITIONS``.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class JobStatus(StrEnum):
    """Where a job stands between its acceptance and its end."""

    PENDING = "pending"
    """Accepted by us; waits for its turn."""
    SUBMITTING = "submitting"
    """Committed before the paid POST; what follows is the POST's outcome."""
    IN_QUEUE = "in_queue"
    """The provider has it in its queue; it can still be cancelled."""
    IN_PROGRESS = "in_progress"
    """The provider runs it; it can no longer be cancelled."""
    SUCCEEDED = "succeeded"
    """The provider made the outputs."""
    FAILED = "failed"
    """It ended without outputs; ``Job.failure`` says why."""
    CANCELLED = "cancelled"
    """A person ended it before it ran."""
    EXPIRED = "expired"
    """It was waited for long enough."""

    @property
    def is_terminal(self) -> bool:
        """Whether no other status may follow."""
        return not TRANSITIONS[self]

    @property
    def is_in_flight(self) -> bool:
        """Whether it takes one of the places at the provider."""
        return self in IN_FLIGHT

    @property
    def is_cancellable(self) -> bool:
        """Whether a person may still ask to cancel it."""
        return self in CANCELLABLE


class FailureReason(StrEnum):
    """Why a job did not give its member a picture."""

    REJECTED = "rejected"
    """The provider refused the submission; nothing was charged."""
    INPUT_REFUSED = "input_refused"
    """One of its images cannot be used; ``Input.problem`` says why. It was never submitted."""
    PLACE_GONE = "place_gone"
    """Its channel was deleted, or the bot removed from its server, before it was submitted."""
    UNCERTAIN = "uncertain"
    """Nobody knows whether the submission was accepted; it is never sent again by itself."""
    RESTORED = "restored"
    """It was not submitted as far as a restored backup knows; it is never sent again by itself."""
    RUN_FAILED = "run_failed"
    """The provider accepted it and the run failed."""
    NO_OUTPUT = "no_output"
    """The provider says that it succeeded, yet names no output."""
    OUTPUT_LOST = "output_lost"
    """It succeeded, yet its outputs could not be fetched while they lived."""
    INTERNAL = "internal"
    """A step of ours failed again and again; ``Job.failure_detail`` says how."""
    OUTPUT_BLOCKED = "output_blocked"
    """It succeeded, yet its outputs lie on a host that was not allowed while they lived."""
    CONTENT_REFUSED = "content_refused"
    """It succeeded, yet Discord does not take the result for what it shows or says; it is kept."""


class CancelOutcome(StrEnum):
    """The provider's own answer to a cancellation."""

    CANCELLED = "cancelled"
    NOT_CANCELLABLE = "not_cancellable"


TRANSITIONS: Final[Mapping[JobStatus, frozenset[JobStatus]]] = MappingProxyType(
    {
        JobStatus.PENDING: frozenset({JobStatus.SUBMITTING, JobStatus.CANCELLED, JobStatus.FAILED, JobStatus.EXPIRED}),
        JobStatus.SUBMITTING: frozenset({JobStatus.PENDING, JobStatus.IN_QUEUE, JobStatus.FAILED}),
        JobStatus.IN_QUEUE: frozenset(
            {
                JobStatus.IN_PROGRESS,
                JobStatus.SUCCEEDED,
                JobStatus.FAILED,
                JobStatus.CANCELLED,
                JobStatus.EXPIRED,
            }
        ),
        JobStatus.IN_PROGRESS: frozenset(
            {
                JobStatus.IN_QUEUE,
                JobStatus.SUCCEEDED,
                JobStatus.FAILED,
                JobStatus.CANCELLED,
                JobStatus.EXPIRED,
            }
        ),
        JobStatus.SUCCEEDED: frozenset(),
        JobStatus.FAILED: frozenset(),
        JobStatus.CANCELLED: frozenset(),
        JobStatus.EXPIRED: frozenset(),
    }
)
"""Which status may follow which. One exception stands outside it: see ``REVIVAL``."""

REVIVAL: Final = (JobStatus.FAILED, JobStatus.IN_QUEUE)
"""A stored ``request_id`` may revive a job that had failed as uncertain: in favour of work that is paid already."""

IN_FLIGHT: Final = frozenset({JobStatus.SUBMITTING, JobStatus.IN_QUEUE, JobStatus.IN_PROGRESS})
CANCELLABLE: Final = frozenset({JobStatus.PENDING, JobStatus.SUBMITTING, JobStatus.IN_QUEUE})
