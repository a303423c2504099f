"""What moderators do to the remixes of others: written down, and shown to those who moderate the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import structlog

from bot.domain.moderation import ModerationAction, entry_of
from bot.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.job import Job
    from bot.domain.moderation import ModerationEntry
    from bot.domain.person import Person
    from bot.engine.ports import Clock, JobStore

LAST: Final = 200
"""How many entries are shown; the operator's database has the others."""

_log = structlog.stdlib.get_logger(__name__)


class AuditStore(Protocol):
    """The moderation log, on disk. What goes with a change of a job is written by ``JobStore`` in its transaction."""

    async def add(self, entry: ModerationEntry) -> None:
        """Write an entry."""
        ...

    async def entries_of_guild(self, guild_id: int, *, limit: int) -> list[ModerationEntry]:
        """Read a server's entries, newest first."""
        ...

    async def prune_entries(self, *, before: datetime, limit: int) -> int:
        """Delete the oldest entries that are older than a time, at most ``limit``, and answer how many there were."""
        ...


class ModerationLog:
    """Knows what is written down, and who may read it.

    Args:
        audit: Where the entries are.
        clock: The time.
    """

    def __init__(self, *, audit: AuditStore, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock

    async def note_deletion(self, job: Job, *, by: Person) -> None:
        """Write down that somebody has deleted a message of a job; of their own, nothing."""
        entry = entry_of(job, ModerationAction.DELETE, by=by, at=self._clock.now())
        if entry is not None:
            await self._audit.add(entry)
            tell(entry)

    async def read(self, *, by: Person) -> Sequence[ModerationEntry]:
        """Read the last entries of the server where somebody asks, newest first.

        Raises:
            Refused: ``not_a_moderator`` where they do not moderate the whole server now.
        """
        if by.guild_id is None or by.is_blocked or not by.moderates_all:
            raise Refused("not_a_moderator")
        return await self._audit.entries_of_guild(by.guild_id, limit=LAST)


async def request_cancel(store: JobStore, job: Job, *, by: Person, at: datetime) -> Job:
    """Set the flag of cancellation; where a moderator did it, that is written down in the same transaction."""
    entry = entry_of(job, ModerationAction.CANCEL, by=by, at=at)
    job = await store.request_cancel(job.id, by=by.user_id, at=at, entry=entry)
    if entry is not None and (job.cancel_requested_at, job.cancel_requested_by) == (at, by.user_id):
        tell(entry)
    return job


def tell(entry: ModerationEntry) -> None:
    """Tell the operator's log too."""
    _log.info(
        "moderated",
        action=entry.action.value,
        job_id=entry.job_id,
        guild_id=entry.guild_id,
        actor_id=entry.actor_id,
        user_id=entry.user_id,
    )
