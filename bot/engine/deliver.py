"""The step that brings a job's end before its requester's eyes, once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.domain.job import FAILURE_PART, FIRST_RESULT_PART, Delivery
from bot.domain.status import FailureReason, JobStatus
from bot.engine.answers import Attachment
from bot.engine.schedule import OWNED_FOR
from bot.errors import StaleJob, Undeliverable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
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
        self._courier = courier
        self._data_dir = data_dir
        self._clock = clock

    async def run(self, job: Job) -> Job:
        """Send each part that Discord has not confirmed yet.

        Raises:
            DeliveryPostponed: Discord does not answer now.
        """
        artifacts = {one.index: one for one in await self._store.artifacts(job.id) if one.path is not None}
        if any(not (self._data_dir / str(one.path)).is_file() for one in artifacts.values()):
            _log.warning("outputs_not_here", job_id=job.id)
            return await self._store.note(job.id, fetched_at=None)
        for delivery in await self._plan(job, sorted(artifacts)):
            if delivery.message_id is None and not await self._deliver(job, delivery, artifacts):
                _log.error("undeliverable", job_id=job.id, part=delivery.part)
                return await self._store.note(job.id, undeliverable_at=self._clock.now(), redraw=True)
        delivered = await self._store.note(job.id, delivered_at=self._clock.now(), redraw=True)
        await self._forget_signatures(artifacts.values())
        return delivered

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

    async def _deliver(self, job: Job, delivery: Delivery, artifacts: Mapping[int, Artifact]) -> bool:
        """Send one part to the first place that takes it; False where none ever will."""
        for target_id in dict.fromkeys((delivery.target_id, job.origin.target_id, job.origin.channel_id)):
            try:
                await self._send(job, replace(delivery, target_id=target_id), artifacts)
            except Undeliverable as error:
                _log.warning("place_closed", job_id=job.id, part=delivery.part, detail=str(error))
            else:
                return True
        return False

    async def _send(self, job: Job, delivery: Delivery, artifacts: Mapping[int, Artifact]) -> None:
        message_id = None
        if delivery.first_attempt_at is not None:
            message_id = await self._courier.find(job, delivery)
        if message_id is None:
            files = [self._attachment(artifacts[index]) for index in delivery.artifact_indexes]
            delivery = await self._claim(job, delivery)
            message_id = await self._courier.send(job, delivery, files)
        await self._store.save_delivery(replace(delivery, message_id=message_id))
        _log.info("part_delivered", job_id=job.id, part=delivery.part, message_id=message_id)

    async def _claim(self, job: Job, delivery: Delivery) -> Delivery:
        """Write the attempt before it is made, and make it only while the job is surely ours.

        Raises:
            StaleJob: Another process has the job by now; or this one was frozen since it asked, and may have lost it.
        """
        asked_at = self._clock.now()
        delivery = replace(delivery, first_attempt_at=delivery.first_attempt_at or asked_at)
        await self._store.claim(job, part=delivery)
        if self._clock.now() - asked_at > OWNED_FOR:
            raise StaleJob
        return delivery

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
