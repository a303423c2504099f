"""The step that brings a job's end before its requester's eyes, once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.domain.job import FAILURE_PART, FIRST_RESULT_PART, Delivery
from bot.domain.status import FailureReason, JobStatus
from bot.engine.answers import Attachment
from bot.engine.places import Places
from bot.errors import ContentRefused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bot.domain.job import Artifact, Job
    from bot.engine.ports import Clock, Courier, JobStore

FILES_PER_MESSAGE = 10
"""Discord takes ten attachments a message, and as many items in a gallery.

Source: https://docs.discord.com/developers/resources/message#create-message
"""
EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "video/mp4": "mp4",
    "video/webm": "webm",
}
"""Discord types a file by its name, so the name must say what the bytes are."""

_log = structlog.stdlib.get_logger(__name__)


class DeliverStep:
    """Posts the results, or why there are none, and marks nothing delivered before Discord has said so.

    Args:
        store: Where the frozen plan of messages lives.
        courier: Posts.
        data_dir: The data folder.
        clock: The time.
    """

    def __init__(self, *, store: JobStore, courier: Courier, data_dir: Path, clock: Clock) -> None:
        self._store = store
        self._places = Places(store=store, courier=courier, clock=clock)
        self._data_dir = data_dir
        self._clock = clock

    async def run(self, job: Job) -> Job:
        """Send each part that Discord has not confirmed yet.

        Raises:
            DeliveryPostponed: Discord does not answer now.
        """
        if job.failure is FailureReason.CONTENT_REFUSED:
            await self._places.tell_refusal(job)
            return await self._keep(job)
        artifacts = {one.index: one for one in await self._store.artifacts(job.id) if one.path is not None}
        if any(not (self._data_dir / str(one.path)).is_file() for one in artifacts.values()):
            _log.warning("outputs_not_here", job_id=job.id)
            return await self._store.note(job.id, fetched_at=None)
        for delivery in await self._plan(job, sorted(artifacts)):
            if delivery.message_id is not None:
                continue
            files = [self._attachment(artifacts[index]) for index in delivery.artifact_indexes]
            try:
                if not await self._places.deliver(job, delivery, files):
                    _log.error("undeliverable", job_id=job.id, part=delivery.part)
                    return await self._keep(job)
            except ContentRefused as error:
                _log.error("content_refused", job_id=job.id, part=delivery.part, detail=str(error))
                if not files:
                    return await self._keep(job)  # it is a failure, and its card tells it
                return await self._store.note(job.id, failure=FailureReason.CONTENT_REFUSED)
        delivered = await self._store.note(job.id, delivered_at=self._clock.now(), undeliverable_at=None, redraw=True)
        await self._forget_signatures(artifacts.values())
        return delivered

    async def _keep(self, job: Job) -> Job:
        """Note that no place took it; the card says so once, however often it is tried again."""
        is_new = job.undeliverable_at is None
        return await self._store.note(job.id, undeliverable_at=self._clock.now(), redraw=is_new)

    async def _forget_signatures(self, artifacts: Iterable[Artifact]) -> None:
        """Keep of the outputs' addresses only what opens nothing: they are not fetched again."""
        signed = [replace(one, url=one.url.partition("?")[0]) for one in artifacts if "?" in one.url]
        if signed:
            await self._store.save_artifacts(signed)

    async def _plan(self, job: Job, indexes: Sequence[int]) -> list[Delivery]:
        if job.status is not JobStatus.SUCCEEDED or job.failure is FailureReason.OUTPUT_LOST:
            indexes = ()
        parts = {FAILURE_PART: ()} if not indexes else _parts(indexes)
        target = job.origin.target_id
        return await self._store.plan_deliveries(
            [Delivery(job.id, part, target, f"{job.id}.{part}", held) for part, held in parts.items()]
        )

    def _attachment(self, artifact: Artifact) -> Attachment:
        extension = EXTENSIONS.get(artifact.content_type or "", "bin")
        number = artifact.index + 1
        return Attachment(self._data_dir / str(artifact.path), f"remix-{number}.{extension}", f"Remix {number}")


def _parts(indexes: Sequence[int]) -> dict[int, tuple[int, ...]]:
    starts = range(0, len(indexes), FILES_PER_MESSAGE)
    return {
        part: tuple(indexes[start : start + FILES_PER_MESSAGE])
        for part, start in enumerate(starts, start=FIRST_RESULT_PART)
    }
