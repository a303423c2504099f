"""The step that makes a job's thread, when there is something to put into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from bot.errors import ContentRefused, DeliveryPostponed, Undeliverable

if TYPE_CHECKING:
    from bot.domain.job import Job
    from bot.engine.ports import Clock, Courier, JobStore
    from bot.engine.progress import ProgressBoard

_log = structlog.stdlib.get_logger(__name__)


class ThreadStep:
    """Asks for the thread once. It never postpones the courier's lane, so that card and result do not wait for it.

    Whatever goes wrong is logged and tried again later, for as long as a message waits for the thread.
    """

    def __init__(self, *, store: JobStore, courier: Courier, board: ProgressBoard, clock: Clock) -> None:
        self._store = store
        self._courier = courier
        self._threads = board.threads
        self._clock = clock

    async def run(self, job: Job) -> Job:
        """Make the thread, or find the one that was made before; else remember when it may be asked for again."""
        self._threads.begin(job)
        try:
            thread_id = await self._courier.make_thread(job)
        except DeliveryPostponed as error:
            self._threads.fail(job, now=self._clock.now(), retry_after=error.retry_after)
            _log.warning("thread_postponed", job_id=job.id, retry_after=error.retry_after, detail=str(error))
            return job
        except (Undeliverable, ContentRefused) as error:
            _log.warning("no_thread", job_id=job.id, detail=str(error))
            thread_id = None
        except Exception:  # noqa: BLE001 - a fault of ours: raised, it would hold the card back with the lane
            self._threads.fail(job, now=self._clock.now(), retry_after=None)
            _log.exception("thread_failed", job_id=job.id)
            return job
        finally:
            self._threads.end(job)
        if thread_id is None:
            self._threads.go_without(job)
            return job
        return await self._store.note(job.id, thread_id=thread_id)
