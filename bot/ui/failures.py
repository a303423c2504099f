"""Why a job gave no picture, in words, and whether trying again could help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.domain.complaint import Complaint, complaint_of, is_repeating_futile, words_of
from bot.domain.mending import refusals_of
from bot.domain.status import FailureReason, JobStatus
from bot.ui.layout import reference
from bot.ui.markdown import without_addresses
from bot.ui.pictures import refusals
from bot.ui.texts import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from bot.domain.job import Job

_FAILURES: Final[Mapping[FailureReason, str]] = {
    FailureReason.REJECTED: "failed.rejected",
    FailureReason.INPUT_REFUSED: "failed.input_refused",
    FailureReason.PLACE_GONE: "failed.place_gone",
    FailureReason.UNCERTAIN: "failed.uncertain",
    FailureReason.RESTORED: "failed.restored",
    FailureReason.INTERNAL: "failed.internal",
    FailureReason.RUN_FAILED: "failed.run_failed",
    FailureReason.NO_OUTPUT: "failed.no_output",
    FailureReason.OUTPUT_LOST: "failed.output_lost",
    FailureReason.OUTPUT_BLOCKED: "failed.output_blocked",
    FailureReason.CONTENT_REFUSED: "state.refused",
}
_NEVER_SUBMITTED: Final = (FailureReason.REJECTED, FailureReason.INPUT_REFUSED, FailureReason.PLACE_GONE)
_COMPLAINTS: Final[Mapping[Complaint, str]] = {
    Complaint.UNFETCHED: "failed.unfetched",
    Complaint.CONTENT: "failed.content",
    Complaint.FIELD: "failed.field",
}


def failure_text(job: Job, locale: str, *, quotes: bool = True) -> str:
    """Say why a job gave no picture, and what that means for the money, in the reader's language.

    Args:
        job: The job.
        locale: The reader's language.
        quotes: Whether the provider's words are repeated; not where a server's rules block the prompt, which they may
            repeat.
    """
    reasons = list(refusals(job, locale)) if job.failure is FailureReason.INPUT_REFUSED else []
    if quotes and (words := without_addresses(words_of(job) or "")):
        reasons.append(say("failed.reason", locale, reason=words))
    told = say(_failure_key(job), locale, count=len(refusals_of(job.request)), reference=reference(job.id))
    return "\n".join([told, *reasons, money(job, locale)])


def gave_no_picture(job: Job) -> bool:
    """Whether a job ended in a way that its requester must be told of instead of a picture."""
    is_lost = job.status is JobStatus.SUCCEEDED and job.failure not in (None, FailureReason.CONTENT_REFUSED)
    return is_lost or job.status in (JobStatus.FAILED, JobStatus.EXPIRED)


def may_try_again(job: Job, now: datetime) -> bool:
    """Whether Try again could help: the job failed, but not by what it says, and Discord still serves its images."""
    if job.failure is FailureReason.OUTPUT_BLOCKED:  # the next result would lie there too
        return False
    is_futile = bool(refusals_of(job.request)) or is_repeating_futile(job) or job.request.has_dead_inputs(at=now)
    return gave_no_picture(job) and not is_futile


def _failure_key(job: Job) -> str:
    if job.status is JobStatus.EXPIRED:
        return "expired.unsent" if job.request_id is None else "expired.given_up"
    complaint = complaint_of(job)
    if complaint in _COMPLAINTS and not (complaint is Complaint.FIELD and job.failure is FailureReason.REJECTED):
        return _COMPLAINTS[complaint]
    return "failed.unknown" if job.failure is None else _FAILURES[job.failure]


def money(job: Job, locale: str) -> str:
    """Say what is known of the cost of a job that gave no picture."""
    if job.cost_micros:
        return say("money.charged", locale, cost=job.cost_micros)
    was_never_accepted = job.failure in _NEVER_SUBMITTED or (
        job.request_id is None and (job.status is JobStatus.EXPIRED or job.failure is FailureReason.INTERNAL)
    )
    if was_never_accepted or job.cost_micros == 0:
        return say("money.nothing", locale)
    if job.failure in (FailureReason.NO_OUTPUT, FailureReason.OUTPUT_LOST, FailureReason.OUTPUT_BLOCKED):
        return say("money.likely", locale)
    return say("money.unknown", locale)
