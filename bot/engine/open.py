"""The step that turns the first reply into a job's card."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.errors import ContentRefused, Undeliverable

if TYPE_CHECKING:
    from bot.domain.job import Job
    from bot.engine.ports import Clock, Courier, JobStore
    from bot.engine.progress import ProgressBoard

_log = structlog.stdlib.get_logger(__name__)


class OpenStep:
    """Turns the first reply into the status card; the thread is a step of its own, which holds no card up."""

    def __init__(self, *, store: JobStore, courier: Courier, board: ProgressBoard, clock: Clock) -> None:
        self._store = store
        self._courier = courier
        self._board = board
        self._clock = clock

    async def run(self, job: Job) -> Job:
        """Open the card; where its place is gone, the results go to the channel.

        Raises:
            DeliveryPostponed: Discord does not answer now.
        """
        progress = self._board.of(job)
        try:
            card_message_id = await self._courier.open(job, progress)
        except (Undeliverable, ContentRefused) as error:
            _log.warning("card_not_opened", job_id=job.id, detail=str(error))
            self._board.threads.go_without(job)
            return await self._store.note(job.id, opened_at=self._clock.now())
        self._board.mark_shown(job, progress)
        await self._store.note(job.id, opened_at=self._clock.now(), card_message_id=card_message_id)
        return await self._store.mark_shown(job.id, revision=job.card_revision)
