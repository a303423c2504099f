"""Jobs whose rows cannot be read: their requesters are told once, and the operator for as long as they are there."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from bot.engine.schedule import backoff
from bot.errors import DeliveryError, DeliveryPostponed

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.unreadable import UnreadableJob
    from bot.engine.ports import Clock, JobStore

LOOK_EVERY: Final = timedelta(seconds=10)
"""How soon a requester hears that a row cannot be read."""

_log = structlog.stdlib.get_logger(__name__)


class UnreadableCourier(Protocol):
    """Tells people of jobs that cannot be read."""

    async def tell(self, apart: UnreadableJob) -> None:
        """Post in the job's thread, or its channel, that it cannot go on; a repeated post is recognised by its nonce.

        Raises:
            DeliveryPostponed: Later, perhaps.
            DeliveryError: Never there.
        """
        ...


class UnreadableJobs:
    """The loop's chore of unreadable rows.

    Args:
        store: Sets them apart.
        courier: Tells their requesters.
        clock: The time.
    """

    def __init__(self, *, store: JobStore, courier: UnreadableCourier, clock: Clock) -> None:
        self.found: tuple[str, ...] = ()
        self._store = store
        self._courier = courier
        self._clock = clock
        self._failures: dict[str, int] = {}
        self._not_before: dict[str, datetime] = {}

    async def turn(self) -> timedelta:
        """Look what is set apart, tell who was not told yet, and answer when to come back."""
        apart = await self._store.unreadable()
        self.found = tuple(job.id for job in apart)
        for job in apart:
            if not job.is_told and self._clock.now() >= self._not_before.get(job.id, self._clock.now()):
                await self._tell(job)
        return LOOK_EVERY

    async def _tell(self, job: UnreadableJob) -> None:
        try:
            if job.can_be_told:
                await self._courier.tell(job)
            else:
                _log.warning("unreadable_job_not_told", job_id=job.id, detail="only its interaction could answer")
        except DeliveryPostponed as error:
            failures = self._failures[job.id] = self._failures.get(job.id, 0) + 1
            self._not_before[job.id] = self._clock.now() + backoff(failures, retry_after=error.retry_after)
            return
        except DeliveryError as error:
            _log.warning("unreadable_job_not_told", job_id=job.id, detail=f"{type(error).__name__}: {error}")
        await self._store.note_told(job.id, at=self._clock.now())
