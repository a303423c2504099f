"""Whose a job is, asked of the store in the moment before something is sent for it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Unpack

from bot.errors import StaleJob

if TYPE_CHECKING:
    from bot.domain.job import Delivery, Job, JobChanges
    from bot.engine.ports import Clock, JobStore

OWNED_FOR: Final = timedelta(seconds=40)
"""A process that was silent for longer may have lost its jobs to another (after 60 s): it looks before it acts."""


class Ownership:
    """Lets this process send only for jobs that are surely its own.

    Args:
        store: Where jobs, and their owners, are.
        clock: The time.
    """

    def __init__(self, *, store: JobStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def claim(self, job: Job, *, part: Delivery | None = None, **changes: Unpack[JobChanges]) -> Job:
        """Write that something is about to be sent; what follows at once may be sent.

        Args:
            job: The job.
            part: The part that is about to be sent, as it shall be remembered.
            changes: What else is written of the job.

        Raises:
            StaleJob: Another process has the job by now; or this one was frozen since it asked, and may have lost it.
        """
        asked_at = self._clock.now()
        claimed = await self._store.claim(job, part=part, **changes)
        if self._clock.now() - asked_at > OWNED_FOR:
            raise StaleJob
        return claimed
