"""The use case of showing a result once more, in another place than the one where it was delivered, or should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

import structlog

from bot.domain.job import Delivery
from bot.domain.status import FailureReason, JobStatus
from bot.engine.double_clicks import DoubleClicks
from bot.engine.fitting import Fitting
from bot.engine.ladder import climb
from bot.engine.lookup import require_tellable
from bot.engine.parts import split
from bot.errors import ContentRefused, DeliveryError, DeliveryPostponed, InputPostponed, QuotaExceeded, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bot.domain.job import Job
    from bot.domain.person import Person
    from bot.engine.answers import Attachment, Notes
    from bot.engine.ports import Clock, ImageInspector, JobStore

SHOW_EVERY: Final = timedelta(seconds=5)
"""How soon one person may have a result shown in the same place once more: a double click must not post twice."""

_log = structlog.stdlib.get_logger(__name__)


class ShowReply(Protocol):
    """Answers the command or click that asked for a result."""

    @property
    def interaction_id(self) -> int:
        """Discord's id of that command or click."""
        ...

    @property
    def upload_limit(self) -> int:
        """The greatest file, in bytes, that Discord takes in the answer."""
        ...

    @property
    def most_parts(self) -> int | None:
        """How many messages the answer may have; None where there is no bound."""
        ...

    async def post(self, job: Job, delivery: Delivery, attachments: Sequence[Attachment], *, notes: Notes) -> int:
        """Post one part and answer Discord's message id.

        Raises:
            DeliveryPostponed: Discord does not answer now; of a further message nobody knows whether it was posted.
            TooLarge: Not with files of this size.
            Undeliverable: Discord does not take it there.
            ContentRefused: Discord does not take what it says.
        """
        ...


class Shows:
    """Brings results of finished jobs to whoever may see them, wherever they ask.

    Args:
        store: Where jobs live.
        inspector: Makes pictures smaller.
        permits: Whether an output's address may be told to people.
        data_dir: The data folder.
        clock: The time.
        wake: Tells the loop that a job changed.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        inspector: ImageInspector,
        permits: Callable[[str], bool],
        data_dir: Path,
        clock: Clock,
        wake: Callable[[Job], None],
    ) -> None:
        self._store = store
        self._fitting = Fitting(store=store, inspector=inspector, permits=permits, data_dir=data_dir, clock=clock)
        self._data_dir = data_dir
        self._clock = clock
        self._wake = wake
        self._turns = DoubleClicks[tuple[int, int | None, str]](every=SHOW_EVERY, clock=clock)

    def take_turn(self, job: Job, *, by: Person) -> None:
        """Take a person's turn of five seconds for one result in one place.

        Raises:
            QuotaExceeded: ``show``, asked for twice within five seconds.
        """
        if (resets_at := self._turns.take((by.user_id, by.channel_id, job.id))) is not None:
            raise QuotaExceeded("show", resets_at=resets_at)

    async def show(self, job: Job, *, by: Person, reply: ShowReply) -> int:
        """Post a result in answer to a command or click, and answer how many of its pictures had no room.

        Where a kept result is shown to its requester whole, it is delivered by that.

        Raises:
            Refused: ``nothing_to_show`` where there is nothing, or not for this person; ``age_restricted`` or
                ``age_unknown`` where it may not be shown there; ``files_gone`` where its files are no longer kept;
                ``result_refused``, ``not_here``, ``not_here_restricted`` or ``not_now`` where Discord does not take it.
        """
        if not is_showable(job) or not by.may_see(job):
            raise Refused("nothing_to_show")
        require_tellable(job, by=by)
        parts = await self._parts(job, limit=reply.upload_limit)
        posted: dict[int, int] = {}
        for delivery in parts[: reply.most_parts]:
            try:
                posted[delivery.part] = await climb(
                    reply.post, job, delivery, fitting=self._fitting, limit=reply.upload_limit
                )
            except (DeliveryError, InputPostponed) as error:
                _log.warning("not_shown", job_id=job.id, part=delivery.part, detail=str(error))
                if not posted:
                    raise _refusal(job, error) from error
                break
        left = sum(len(one.artifact_indexes) for one in parts if one.part not in posted)
        _log.info("shown", job_id=job.id, user_id=by.user_id, parts=len(posted), left=left)
        if not left and by.user_id == job.origin.user_id:
            await self._count_as_delivery(job, posted, place=reply.interaction_id)
        return left

    async def _parts(self, job: Job, *, limit: int) -> list[Delivery]:
        """Plan the messages as those of the delivery were; without a plan, as they would be.

        Raises:
            Refused: ``files_gone``.
        """
        outputs = [one for one in await self._store.artifacts(job.id) if one.path is not None]
        if not outputs or any(not (self._data_dir / str(one.path)).is_file() for one in outputs):
            raise Refused("files_gone")
        here = {one.index for one in outputs}
        planned = [one for one in await self._store.deliveries(job.id) if here & set(one.artifact_indexes)]
        if planned:
            return planned
        parts = split(outputs, limit=limit)
        target = job.origin.target_id
        return [Delivery(job.id, part, target, f"{job.id}.{part}", held) for part, held in parts.items()]

    async def _count_as_delivery(self, job: Job, posted: Mapping[int, int], *, place: int) -> None:
        """Note of a kept result that its requester has it; its card says so, where that can still be changed."""
        known = await self._store.get(job.id)
        if known is None or known.undeliverable_at is None:
            return
        now = self._clock.now()
        for one in await self._store.deliveries(job.id):
            if one.message_id is None and one.part in posted:
                first_attempt_at = one.first_attempt_at or now
                told = replace(one, target_id=place, message_id=posted[one.part], first_attempt_at=first_attempt_at)
                await self._store.save_delivery(told)
        redraw = not job.origin.by_interaction
        self._wake(await self._store.note(job.id, delivered_at=now, undeliverable_at=None, redraw=redraw))


def is_showable(job: Job) -> bool:
    """Whether a job has a result that was delivered or is kept, and that Discord takes."""
    has_pictures = job.status is JobStatus.SUCCEEDED and job.failure is None
    return has_pictures and (job.delivered_at is not None or job.undeliverable_at is not None)


def is_refused(job: Job) -> bool:
    """Whether Discord did not take the result for what it shows."""
    return job.failure is FailureReason.CONTENT_REFUSED


def _refusal(job: Job, error: DeliveryError | InputPostponed) -> Refused:
    match error:
        case ContentRefused():
            return Refused("result_refused")
        case DeliveryPostponed() | InputPostponed():
            return Refused("not_now")
        case _:
            return Refused("not_here_restricted") if job.origin.is_age_restricted else Refused("not_here")
