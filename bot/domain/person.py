"""Somebody who asks for something, with what they may do at that moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.domain.job import Job, Origin


@dataclass(frozen=True, slots=True)
class Person:
    """A member at the moment of a command or a click.

    Args:
        user_id: Who.
        guild_id: In which server they ask, or None in a direct message.
        moderates: Whether they can see a place and may manage its messages now; asked for places of ``guild_id`` only.
    """

    user_id: int
    guild_id: int | None
    moderates: Callable[[Origin], bool]

    def may_moderate(self, job: Job) -> bool:
        """Whether they are a moderator of the place where the job came from; never across servers."""
        origin = job.origin
        return origin.guild_id is not None and origin.guild_id == self.guild_id and self.moderates(origin)

    def may_manage(self, job: Job) -> bool:
        """Whether they may cancel the job and delete its results."""
        return job.origin.user_id == self.user_id or self.may_moderate(job)

    def may_know_of(self, job: Job) -> bool:
        """Whether the job's existence may be told to them: it is theirs, or of the server where they ask."""
        same_server = job.origin.guild_id is not None and job.origin.guild_id == self.guild_id
        return job.origin.user_id == self.user_id or same_server
