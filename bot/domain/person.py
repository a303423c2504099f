"""Somebody who asks for something, with what they may do at that moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.domain.job import Job
    from bot.domain.origin import Origin


def _sees_nothing(_origin: Origin) -> bool:
    return False


def _is_unrestricted(_origin: Origin) -> bool | None:
    return False


@dataclass(frozen=True, slots=True)
class Person:
    """A member at the moment of a command or a click.

    Args:
        user_id: Who.
        guild_id: In which server they ask, or None in a direct message.
        moderates: Whether they can see a place and may manage its messages now; asked for places of ``guild_id`` only.
        channel_id: Where they ask.
        sees: Whether they can see a place and read what was written there; asked for places of ``guild_id`` only.
        moderates_all: Whether they may manage messages in the whole server.
        is_blocked: Whether the operator has shut them out.
        is_age_restricted_here: Whether the place where they ask is surely age-restricted.
        age_restriction: Whether a place is age-restricted now; None where that is not known.
    """

    user_id: int
    guild_id: int | None
    moderates: Callable[[Origin], bool]
    channel_id: int | None = None
    sees: Callable[[Origin], bool] = _sees_nothing
    moderates_all: bool = False
    is_blocked: bool = False
    is_age_restricted_here: bool = False
    age_restriction: Callable[[Origin], bool | None] = _is_unrestricted

    def may_moderate(self, job: Job) -> bool:
        """Whether they are a moderator of the place where the job came from; never across servers."""
        origin = job.origin
        if self.is_blocked:
            return False
        return origin.guild_id is not None and origin.guild_id == self.guild_id and self.moderates(origin)

    def may_manage(self, job: Job) -> bool:
        """Whether they may cancel the job and delete its results."""
        return job.origin.user_id == self.user_id or self.may_moderate(job)

    def may_know_of(self, job: Job) -> bool:
        """Whether the job's existence may be told to them: it is theirs, or of the server or group where they ask.

        Whom the operator has shut out may know of their own.
        """
        origin = job.origin
        if self.is_blocked or origin.user_id == self.user_id:
            return origin.user_id == self.user_id
        if origin.guild_id is None:
            same_place = origin.by_interaction and origin.channel_id == self.channel_id
        else:
            same_place = origin.guild_id == self.guild_id
        return same_place and not origin.is_private

    def may_see(self, job: Job) -> bool:
        """Whether the job's prompt, inputs, results and cost may be shown to them.

        It is theirs, or they see the place where it was made now. Never across servers. Who is in a group sees all of
        it.
        """
        origin = job.origin
        if origin.user_id == self.user_id:
            return True
        return self.may_know_of(job) and (origin.guild_id is None or self.sees(origin))

    def may_repeat(self, job: Job) -> bool:
        """Whether they may publish the job's prompt and inputs where they ask, in the card of a new job.

        Others than its requester may do that only where the job was made: everybody there saw it before.
        """
        return job.origin.user_id == self.user_id or (self.may_see(job) and job.origin.includes(self.channel_id))

    def is_age_restricted(self, job: Job) -> bool | None:
        """Whether the place of a job was age-restricted when it was asked for, or is now; None where neither is known.

        Direct and group messages are never age-restricted.
        """
        origin = job.origin
        if origin.guild_id is None or origin.is_age_restricted:
            return origin.guild_id is not None
        is_now = self.age_restriction(origin)
        return origin.is_age_restricted if is_now is None else is_now

    def may_be_told_here(self, job: Job) -> bool:
        """Whether the place where they ask is at least as age-restricted as the job's, whoever asks or reads it.

        Elsewhere nothing of the job is shown or repeated. Where it is not known whether the job must stay in such
        places, it may be shown where it was made.
        """
        match self.is_age_restricted(job):
            case None:
                return self.is_age_restricted_here or job.origin.includes(self.channel_id)
            case is_restricted:
                return self.is_age_restricted_here or not is_restricted

    def hidden_here(self, jobs: Iterable[Job]) -> frozenset[str]:
        """Answer the ids of the jobs whose prompts may not be told where they ask."""
        return frozenset(job.id for job in jobs if not self.may_be_told_here(job))
