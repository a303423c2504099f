"""What moderators do to the remixes of others, as it is written down."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.job import Job
    from bot.domain.person import Person


class ModerationAction(StrEnum):
    """What was done."""

    CANCEL = "cancel"
    """A cancellation was asked for."""
    DELETE = "delete"
    """A message with results, or with the news of a failure, was deleted."""


@dataclass(frozen=True, slots=True)
class ModerationEntry:
    """One line of the moderation log.

    Args:
        at: When.
        guild_id: In which server.
        actor_id: Who did it.
        action: What.
        job_id: To which job, which may be forgotten by now.
        user_id: Whose job it is.
    """

    at: datetime
    guild_id: int | None
    actor_id: int
    action: ModerationAction
    job_id: str | None
    user_id: int | None


def entry_of(job: Job, action: ModerationAction, *, by: Person, at: datetime) -> ModerationEntry | None:
    """Write down what somebody does to a job; None where it is their own, which is nobody else's business."""
    origin = job.origin
    if by.user_id == origin.user_id:
        return None
    return ModerationEntry(at, origin.guild_id, by.user_id, action, job.id, origin.user_id)
