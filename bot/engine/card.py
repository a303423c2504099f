"""The step that brings a job's card up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.domain.status import JobStatus
from bot.errors import Undeliverable

if TYPE_CHECKING:
    from bot.domain.job import Job
    from bot.engine.ports import Clock, Courier, JobStore
    from bot.engine.progress import ProgressBoard

_log = structlog.stdlib.get_logger(__name__)


class CardStep:
    """Edits the card to what the job is now; a cancelled job is told by its card alone."""

    def __init__(self, *, store: JobStore, courier: Courier, board: ProgressBoard, clock: Clock) -> None:
        self._store = store
        self._courier = courier
        self._board = board
        self._clock = clock

    async def run(self, job: Job) -> Job:
        """Show the card; where it is gone there is nothing left to keep up to date.

        Raises:
            DeliveryPostponed: Discord does not answer now.
        """
        progress = self._board.of(job)
        try:
            await self._courier.show_card(job, progress)
        except Undeliverable as error:
            _log.warning("card_gone", job_id=job.id, detail=str(error))
        self._board.mark_shown(job, progress)
        shown = await self._store.mark_shown(job.id, revision=job.card_revision)
        if job.status is JobStatus.CANCELLED and shown.delivered_at is None:
            return await self._store.note(job.id, delivered_at=self._clock.now())
        return shown
