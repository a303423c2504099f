"""Where a part may go: the first place that takes it, and what follows from each refusal.

In this order: the thread, the channel, the channel above a thread that was there before, and at last the card itself,
by the interaction's token, which needs no permission. What a place answers has one of these consequences:

    it has it                           done, and not before Discord said so
    not now (DeliveryPostponed)         the same place, later; first it is looked for there
    not of that size (TooLarge)         the same place, with smaller files; see ``bot.engine.ladder``
    never here (Undeliverable)          the next place
    not for what it says                no other place: its requester is told in words, without prompt or file
    (ContentRefused)

Where no place is left, the result is kept: tried again now and then, and shown by ``/jobs``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import structlog

from bot.domain.job import FAILURE_PART, FIRST_RESULT_PART, Delivery
from bot.errors import ContentRefused, DeliveryPostponed, Undeliverable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.job import Job
    from bot.engine.ladder import Ladder
    from bot.engine.ownership import Ownership
    from bot.engine.ports import Clock, Courier, JobStore

FOLLOW_UPS: Final = 4
"""How many parts may stand behind the card by the interaction's token. Where the bot is no member, Discord takes five
follow-ups; one is left for words.

Source: https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages
"""

_log = structlog.stdlib.get_logger(__name__)


class Places:
    """Brings messages to the first place that takes them.

    Args:
        store: Remembers what was tried where.
        courier: Posts.
        ladder: Posts with files that each place takes.
        ownership: Lets nothing be sent for a job of another process.
        clock: The time.
    """

    def __init__(
        self, *, store: JobStore, courier: Courier, ladder: Ladder, ownership: Ownership, clock: Clock
    ) -> None:
        self._store = store
        self._courier = courier
        self._ladder = ladder
        self._ownership = ownership
        self._clock = clock

    async def deliver(self, job: Job, delivery: Delivery) -> bool:
        """Bring one part somewhere; False where no place takes it.

        Raises:
            DeliveryPostponed: Discord does not answer now.
            InputPostponed: A picture that is too large cannot be made smaller now.
            ContentRefused: Discord does not take what it says.
            StaleJob: The job is another process's by now.
        """
        if delivery.target_id == job.interaction_id:  # it was sent by the token before, and no answer came
            if delivery.part > FIRST_RESULT_PART:
                return False
            if await self._answer(job, delivery):
                return True
        if job.search_from is not None and await self._was_posted(job, delivery):
            return True
        for target_id in channels_of(job, delivery):
            try:
                await self._send(job, replace(delivery, target_id=target_id))
            except Undeliverable as error:
                _log.warning("place_closed", job_id=job.id, part=delivery.part, detail=str(error))
            else:
                return True
        return await self._answer(job, delivery)

    async def tell_refusal(self, job: Job) -> None:
        """Say in words that Discord does not take the result; where nothing can be said, the card alone says it.

        It stands in no plan: it is looked for first, each time.

        Raises:
            DeliveryPostponed: Discord does not answer now.
            StaleJob: The job is another process's by now.
        """
        # The words come after the attempt that Discord refused.
        attempts = [one.after_id for one in await self._store.deliveries(job.id) if one.after_id is not None]
        after_id = max(attempts, default=None)
        words = Delivery(job.id, FAILURE_PART, job.origin.target_id, f"{job.id}.{FAILURE_PART}", after_id=after_id)
        for target_id in channels_of(job, words):
            told = replace(words, target_id=target_id)
            try:
                if await self._courier.find(job, told) is None:
                    await self._ownership.claim(job)
                    await self._courier.send(job, told, ())
            except (Undeliverable, ContentRefused) as error:
                _log.warning("refusal_not_told", job_id=job.id, detail=str(error))
            else:
                return

    async def _was_posted(self, job: Job, delivery: Delivery) -> bool:
        """Look for a part of a restored job in every place: the backup may not know where it was posted."""
        for target_id in channels_of(job, delivery):
            try:
                message_id = await self._courier.find(job, replace(delivery, target_id=target_id))
            except Undeliverable as error:
                _log.warning("place_closed", job_id=job.id, part=delivery.part, detail=str(error))
                continue
            if message_id is not None:
                await self._confirm(replace(delivery, target_id=target_id), message_id)
                return True
        return False

    async def _send(self, job: Job, delivery: Delivery) -> None:
        message_id = None
        if delivery.first_attempt_at is None:
            delivery = self._begun(delivery)
        else:
            message_id = await self._courier.find(job, delivery)
        if message_id is None:
            message_id = await self._attempt(job, replace(delivery, before_id=None))
        await self._confirm(delivery, message_id)

    def _begun(self, delivery: Delivery) -> Delivery:
        return replace(delivery, first_attempt_at=self._clock.now(), after_id=self._courier.earliest_id())

    async def _attempt(self, job: Job, delivery: Delivery) -> int:
        """Send; where nobody knows whether it was posted, remember until when that can have been.

        Written as a claim is: where another process has the job by now, its attempts may be later ones.
        """
        try:
            return await self._ladder.send(job, delivery)
        except DeliveryPostponed:
            before_id = await self._courier.latest_id(delivery.target_id)
            if before_id is not None:
                await self._ownership.claim(job, part=replace(delivery, before_id=before_id))
            raise

    async def _answer(self, job: Job, delivery: Delivery) -> bool:
        """Send a part by the token; that it was tried is remembered first, for a follow-up cannot be found again."""
        is_too_far = delivery.part - FIRST_RESULT_PART > FOLLOW_UPS
        if is_too_far or job.origin.token_at(self._clock.now()) is None:
            return False
        if delivery.first_attempt_at is None:
            delivery = self._begun(delivery)
        delivery = replace(delivery, target_id=job.interaction_id, before_id=None)
        try:
            message_id = await self._ladder.answer(job, delivery)
        except Undeliverable as error:
            _log.warning("token_of_no_use", job_id=job.id, part=delivery.part, detail=str(error))
            await self._store.save_delivery(replace(delivery, target_id=job.origin.target_id))
            return False
        except DeliveryPostponed as error:
            if delivery.part <= FIRST_RESULT_PART:
                raise
            _log.warning("follow_up_uncertain", job_id=job.id, part=delivery.part, detail=str(error))
            return False
        await self._confirm(delivery, message_id)
        return True

    async def _confirm(self, delivery: Delivery, message_id: int) -> None:
        await self._store.save_delivery(replace(delivery, message_id=message_id))
        _log.info("part_delivered", job_id=delivery.job_id, part=delivery.part, message_id=message_id)


def channels_of(job: Job, delivery: Delivery) -> list[int]:
    """List the channels for a part, the one that was tried last before the others; none where only the token answers.

    The channel above a thread is the last of them; the courier posts there only what everybody there could see before.
    """
    origin = job.origin
    if origin.by_interaction:
        return []
    tried = delivery.target_id if delivery.target_id != job.interaction_id else None
    wanted = (tried, origin.target_id, origin.channel_id, origin.parent_id)
    return list(dict.fromkeys(one for one in wanted if one is not None))


def is_on_card(job: Job, deliveries: Sequence[Delivery]) -> bool:
    """Whether the card has become the result itself, and must be drawn over no more."""
    card_message_id = job.origin.card_message_id
    results = [one for one in deliveries if one.part >= FIRST_RESULT_PART]
    return card_message_id is not None and any(one.message_id == card_message_id for one in results)
