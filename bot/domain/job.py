"""The job: our record of one remix, from its acceptance to its delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypedDict

from bot.domain.media_type import OUTPUT_TYPES
from bot.domain.status import JobStatus

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.origin import Origin
    from bot.domain.remix_request import Input, RemixRequest
    from bot.domain.status import CancelOutcome, FailureReason


@dataclass(frozen=True, slots=True)
class Job:
    """One remix. Immutable: the store answers each change with a new one.

    Args:
        id: Ours, 16 hexadecimal characters.
        interaction_id: Discord's id of the command or click that asked for it; unique.
        origin: Where to answer.
        request: What was asked.
        status: Where it stands.
        created_at: When it was accepted.
        updated_at: When its row last changed.
        failure: Why it gave no picture, where it did not.
        failure_detail: What is known of why: the provider's own words, masked and shortened, where it refused or failed
            the job, which the member reads; else a note for the operator.
        attempt_id: Names the submission under way or last made.
        attempts: How many submissions were begun.
        request_id: The provider's id, once it accepted.
        submitted_at: When the provider accepted.
        started_at: When a poll first saw it running.
        ended_at: When its terminal status was reached.
        overdue_at: When it passed the deadline and its user was told.
        cancel_requested_at: When a person asked to cancel it.
        cancel_requested_by: That person.
        cancel_outcome: The provider's answer to that.
        prepared_at: When every input was known to be one that the model takes, as it came or mended.
        gallery_attempted_at: When the message that keeps the inputs was first tried.
        kept_at: When the inputs were kept in that message, or it was settled that they will not be.
        opened_at: When the card stood.
        fetched_at: When the outputs were on our disk, as far as they can be had.
        partly_fetched_at: Since when a message with those that are here is owed before the others.
        delivered_at: When Discord had confirmed the last part, or the card of a cancelled job.
        undeliverable_at: When every place had refused the result for good; it is kept.
        search_from: Since when its messages may be posted without the row saying so: the database was restored.
        next_step_at: Not before this, set by backoff.
        card_revision: Grows with each visible change.
        shown_revision: The revision that Discord has shown.
        owner_id: The process it belongs to.
        parent_id: The job that it was made from, by Again or Try again.
        retry_of: The job that it tries again; unique.
        cost_micros: What the provider charged, in micro-dollars, where it says.
    """

    id: str
    interaction_id: int
    origin: Origin
    request: RemixRequest
    status: JobStatus
    created_at: datetime
    updated_at: datetime
    failure: FailureReason | None = None
    failure_detail: str | None = None
    attempt_id: str | None = None
    attempts: int = 0
    request_id: str | None = None
    submitted_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    overdue_at: datetime | None = None
    cancel_requested_at: datetime | None = None
    cancel_requested_by: int | None = None
    cancel_outcome: CancelOutcome | None = None
    prepared_at: datetime | None = None
    gallery_attempted_at: datetime | None = None
    kept_at: datetime | None = None
    opened_at: datetime | None = None
    fetched_at: datetime | None = None
    partly_fetched_at: datetime | None = None
    delivered_at: datetime | None = None
    undeliverable_at: datetime | None = None
    search_from: datetime | None = None
    next_step_at: datetime | None = None
    card_revision: int = 1
    shown_revision: int = 0
    owner_id: str | None = None
    parent_id: str | None = None
    retry_of: str | None = None
    cost_micros: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the delivery is owed, or a card is behind; what only a token could deliver and did not is kept."""
        is_given_up = self.origin.by_interaction and self.undeliverable_at is not None
        is_delivery_owed = self.delivered_at is None and not is_given_up
        return is_delivery_owed or self.shown_revision < self.card_revision

    @property
    def awaits_pictures(self) -> bool:
        """Whether its pictures are still to be looked at, mended, or posted to have URLs, so that it takes no turn."""
        if self.status is not JobStatus.PENDING:
            return False
        return self.prepared_at is None or any(one.awaits_keeping for one in self.request.inputs)

    @property
    def is_cancelling(self) -> bool:
        """Whether a cancellation was asked for and not answered yet."""
        return self.cancel_requested_at is not None and self.cancel_outcome is None and not self.status.is_terminal


class JobChanges(TypedDict, total=False):
    """The facts about a job that a step may write, beside its status."""

    failure: FailureReason | None
    failure_detail: str | None
    attempt_id: str | None
    attempts: int
    submitted_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    overdue_at: datetime | None
    cancel_outcome: CancelOutcome | None
    inputs: tuple[Input, ...]
    prepared_at: datetime | None
    gallery_attempted_at: datetime | None
    kept_at: datetime | None
    opened_at: datetime | None
    fetched_at: datetime | None
    partly_fetched_at: datetime | None
    delivered_at: datetime | None
    undeliverable_at: datetime | None
    next_step_at: datetime | None
    cost_micros: int | None
    card_message_id: int | None
    thread_id: int | None
    interaction_token: str | None
    token_expires_at: datetime | None


MOST_OUTPUT_PIXELS: Final = 100_000_000
"""Six times what the largest size of any model has."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A smaller picture made of an artifact, since the place took none so large.

    Args:
        path: Where it lies, relative to the data folder.
        content_type: Its type, for example ``image/jpeg``.
        size: Its bytes.
        width: Pixels.
        height: Pixels.
    """

    path: str
    content_type: str
    size: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that came out of a job.

    Args:
        job_id: The job.
        index: Its place among the outputs, from 0.
        url: Where the provider serves it, for as long as it does.
        path: Where it lies, relative to the data folder; None until fetched.
        content_type: What its first bytes say, for example ``image/png``.
        size: Its bytes.
        sha256: Its hash, hexadecimal.
        width: Pixels, where it is a picture.
        height: Pixels, where it is a picture.
        fitted: What is posted instead of it, where it is too large for its place.
    """

    job_id: str
    index: int
    url: str
    path: str | None = None
    content_type: str | None = None
    size: int | None = None
    sha256: str | None = None
    width: int | None = None
    height: int | None = None
    fitted: Fitted | None = None

    @property
    def is_picture(self) -> bool:
        """Whether its first bytes are those of a picture."""
        return self.content_type is not None and self.content_type.startswith("image/")

    @property
    def is_shown(self) -> bool:
        """Whether Discord shows a file of its type."""
        return self.content_type in OUTPUT_TYPES

    @property
    def claims_too_many_pixels(self) -> bool:
        """Whether opening it could exhaust whatever opens it: few bytes can claim any number of pixels."""
        return (self.width or 0) * (self.height or 0) > MOST_OUTPUT_PIXELS


FAILURE_PART: Final = 0
"""A failure is told as part 0, and results begin with part 1: a job may be revived after its failure was told."""
FIRST_RESULT_PART: Final = 1
GALLERY_PART: Final = 1000
"""The message that keeps the inputs; it stands in no plan of deliveries, but is found by its marker as they are."""
SHOWN_PART: Final = 2000
"""What ``/jobs show`` brings to another place: a copy, never to be taken for the delivery of a part that is owed."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message that is owed to a job's requester.

    Args:
        job_id: The job.
        part: ``FAILURE_PART``, or its place among the results, from ``FIRST_RESULT_PART``.
        target_id: The channel or thread that takes it, or the job's interaction where its token does.
        nonce: At most 25 characters; lets Discord recognise a repeated send.
        artifact_indexes: The outputs that it carries; none where it tells a failure.
        first_attempt_at: When it was first tried; later attempts look for it before they send.
        message_id: Discord's message, once confirmed.
        after_id: A Discord id below those of all messages that attempts may have posted; None: only the command's is.
        before_id: A Discord id above them; None where the last attempt may go on.
    """

    job_id: str
    part: int
    target_id: int
    nonce: str
    artifact_indexes: tuple[int, ...] = ()
    first_attempt_at: datetime | None = None
    message_id: int | None = None
    after_id: int | None = None
    before_id: int | None = None
