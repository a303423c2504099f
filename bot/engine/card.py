"""The step that brings a job's card up to date."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.domain.job import FIRST_RESULT_PART
from bot.domain.status import JobStatus
from bot.engine.places import is_on_card
from bot.errors import ContentRefused, Undeliverable

if TYPE_CHECKING:
    from bot.domain.job import Job
    from bot.engine.answers import Progress
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
        """Show the card; where it is gone, or has become the result, there is nothing left to keep up to date.

        Raises:
            DeliveryPostponed: Discord does not answer now.
        """
        progress = self._board.of(job)
        try:
            await self._show(job, progress)
        except (Undeliverable, ContentRefused) as error:
            _log.warning("card_gone", job_id=job.id, detail=str(error))
        self._board.mark_shown(job, progress)
        shown = await self._store.mark_shown(job.id, revision=job.card_revision)
        if job.status is JobStatus.CANCELLED and shown.delivered_at is None:
            return await self._store.note(job.id, delivered_at=self._clock.now())
        return shown

    async def _show(self, job: Job, progress: Progress) -> None:
        if job.status is JobStatus.SUCCEEDED:
            deliveries = await self._store.deliveries(job.id)
            if is_on_card(job, deliveries):
                return
            first = next((one for one in deliveries if one.part == FIRST_RESULT_PART), None)
            is_posted = first is not None and first.message_id is not None
            progress = replace(progress, posted_in=first.target_id if first is not None and is_posted else None)
        await self._courier.show_card(job, progress)
