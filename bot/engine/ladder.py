"""Posting with files as large as a place takes: step by step with smaller ones where it takes less than it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import structlog

from bot.errors import ContentRefused, InputPostponed, TooLarge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.job import Delivery, Job
    from bot.engine.answers import Attachment, Notes
    from bot.engine.fitting import Fitting, Load
    from bot.engine.ownership import Ownership
    from bot.engine.ports import Courier

RUNGS: Final = 4
"""How often a message that Discord calls too large is tried, with ever smaller files, before its outputs are only
linked."""

_log = structlog.stdlib.get_logger(__name__)


class Post(Protocol):
    """Puts one part somewhere and answers Discord's message id."""

    async def __call__(self, job: Job, delivery: Delivery, attachments: Sequence[Attachment], *, notes: Notes) -> int:
        """Post; raises as the courier's ``send`` does."""
        ...


class Ladder:
    """Brings one part to one place; never gives up for size alone.

    That a part is about to be sent, and where, is remembered when its files are ready and nothing else can postpone it.

    Args:
        fitting: Makes the files.
        courier: Posts, and knows what a place takes.
        ownership: Remembers, and lets nothing be sent for a job of another process.
    """

    def __init__(self, *, fitting: Fitting, courier: Courier, ownership: Ownership) -> None:
        self._fitting = fitting
        self._courier = courier
        self._ownership = ownership

    async def send(self, job: Job, delivery: Delivery) -> int:
        """Post a part where its delivery says, and answer Discord's message id; raises as the courier's ``send`` does.

        Raises:
            InputPostponed: There is no room to make a picture smaller now; nothing was sent.
            StaleJob: The job is another process's by now.
        """
        limit = self._courier.upload_limit(job, delivery.target_id)
        return await climb(self._owned(self._courier.send), job, delivery, fitting=self._fitting, limit=limit)

    async def answer(self, job: Job, delivery: Delivery) -> int:
        """Deliver a part by the interaction's token; raises as the courier's ``answer`` does, and as ``send`` here."""
        limit = self._courier.upload_limit(job, None)
        return await climb(self._owned(self._courier.answer), job, delivery, fitting=self._fitting, limit=limit)

    def _owned(self, post: Post) -> Post:
        """Post only what was claimed in the statement before."""

        async def claim_and_post(
            job: Job, delivery: Delivery, attachments: Sequence[Attachment], *, notes: Notes
        ) -> int:
            await self._ownership.claim(job, part=delivery)
            return await post(job, delivery, attachments, notes=notes)

        return claim_and_post


async def climb(post: Post, job: Job, delivery: Delivery, *, fitting: Fitting, limit: int) -> int:
    """Post a part, with ever smaller files for as long as Discord calls them too large; raises as ``post`` does.

    Args:
        post: Puts it where it goes.
        job: The job.
        delivery: The part.
        fitting: Makes the files.
        limit: The greatest file, in bytes, that the place takes as far as is known.

    Raises:
        InputPostponed: There is no room to make a picture smaller now; nothing was sent.
    """
    load = await fitting.load(job, delivery, limit=limit)
    for rung in range(1, RUNGS + 1):
        try:
            return await _with_or_without_links(post, job, delivery, load)
        except TooLarge as error:
            _log.warning("part_too_large", job_id=job.id, part=delivery.part, rung=rung, detail=str(error))
            limit = min(limit, load.largest) // 2 if rung < RUNGS else 0
            load = await _smaller(fitting, job, delivery, limit=limit)
    return await _with_or_without_links(post, job, delivery, load)


async def _smaller(fitting: Fitting, job: Job, delivery: Delivery, *, limit: int) -> Load:
    """Make smaller files at once or not at all: the message is owed now, and its links say where the rest is."""
    try:
        return await fitting.load(job, delivery, limit=limit)
    except InputPostponed as error:
        _log.warning("part_not_fitted", job_id=job.id, part=delivery.part, detail=str(error))
        return await fitting.load(job, delivery, limit=0)


async def _with_or_without_links(post: Post, job: Job, delivery: Delivery, load: Load) -> int:
    """Post; where Discord does not like what it says, once more without the addresses that we added."""
    try:
        return await post(job, delivery, load.attachments, notes=load.notes)
    except ContentRefused as error:
        if not load.notes.has_links:
            raise
        _log.warning("links_refused", job_id=job.id, part=delivery.part, detail=str(error))
    return await post(job, delivery, load.attachments, notes=load.notes.without_links())
