"""The engine's courier to Discord: opens cards and threads, keeps cards up to date, and posts results once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import discord
import structlog

from bot.domain.job import FIRST_RESULT_PART
from bot.domain.status import FailureReason, JobStatus
from bot.engine.answers import NOTHING_TO_NOTE, Progress
from bot.errors import ContentRefused, DeliveryError, Undeliverable
from bot.ops.discord_time import DiscordTime
from bot.ui.cards import card
from bot.ui.channel_posts import ChannelPosts
from bot.ui.delivered import find_part
from bot.ui.discord_errors import TOKEN_IS_DEAD, Code, is_about_attachments, translated
from bot.ui.failures import gave_no_picture
from bot.ui.place_check import ASK_SECONDS, is_place_gone, require_member
from bot.ui.result_thread import thread_of
from bot.ui.results import failure, refused, result
from bot.ui.texts import say
from bot.ui.token_replies import TokenReplies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bot.domain.job import Delivery, Job
    from bot.domain.remix_request import RemixRequest
    from bot.engine.answers import Attachment, Notes

DEFAULT_UPLOAD_LIMIT: Final = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
"""More is a matter of the server, not of the channel: https://docs.discord.com/developers/reference#uploading-files"""

_log = structlog.stdlib.get_logger(__name__)


class DiscordCourier:
    """Shows jobs to people through Discord.

    Works on ids alone: nothing here needs a cached server, channel or thread. Where the bot was removed from a server,
    it writes nothing, also not by the token of a command that still lives. It retries nothing beyond what discord.py
    does; every failure is one of the errors of delivery.

    Args:
        client: The bot, logged in.
        model_names: Says how people read a model.
        advice: Says what is allowed but not wise in a request, as keys of the texts.
        now: The time.
        discord_time: Bounds the searches; without one they begin at the command and have no end.
    """

    def __init__(
        self,
        client: discord.Client,
        *,
        model_names: Callable[[str], str],
        advice: Callable[[RemixRequest], Sequence[str]] = lambda _: (),
        now: Callable[[], datetime] = discord.utils.utcnow,
        discord_time: DiscordTime | None = None,
    ) -> None:
        self._client = client
        self._replies = TokenReplies(client)
        self._posts = ChannelPosts(client)
        self._model_names = model_names
        self._advice = advice
        self._now = now
        self._time = discord_time or DiscordTime()

    # --- the card -----------------------------------------------------------------------------------------------------

    async def open(self, job: Job, progress: Progress) -> int:
        """Turn the first reply into the card and answer its message id; repeatable.

        Raises:
            DeliveryPostponed: Later, perhaps.
            Undeliverable: The first reply is gone or closed to us.
        """
        return await self._show(job, progress)

    async def make_thread(self, job: Job) -> int | None:
        """Make a thread from the card, or answer the one that there is; None where there can be none.

        Raises:
            DeliveryPostponed: Later, perhaps; with ``retry_after`` where Discord makes none in that channel until then.
            Undeliverable: The bot was removed from the server.
            ContentRefused: Never.
        """
        await self._require_member(job)
        with translated():
            return await thread_of(self._client, job)

    async def is_place_gone(self, job: Job) -> bool:
        """Say whether the channel was deleted, or the bot removed from its server."""
        return await is_place_gone(self._client, job)

    async def show_card(self, job: Job, progress: Progress) -> None:
        """Edit the card to what the job is now; raises as ``open`` does."""
        await self._show(job, progress)

    async def _show(self, job: Job, progress: Progress) -> int:
        """Draw the card; where Discord does not take what its member wrote or attached, without that."""
        await self._require_member(job)
        view = self._card(job, progress)
        try:
            with translated():
                return await self._draw(job, view)
        except ContentRefused as error:
            _log.warning("card_refused", job_id=job.id, detail=str(error))
        view = self._card(job, progress, shows_request=False)
        with translated():
            return await self._draw(job, view)

    def _card(self, job: Job, progress: Progress, *, shows_request: bool = True) -> discord.ui.LayoutView:
        return card(
            job,
            progress,
            model_name=self._model_names(job.request.model),
            now=self._now(),
            advice=self._advice(job.request),
            shows_request=shows_request,
        )

    async def _draw(self, job: Job, view: discord.ui.LayoutView) -> int:
        """Edit the card by the interaction's token while it lives, afterwards by the bot; answer the card's id."""
        token = job.origin.token_at(self._now())
        if token is not None:
            try:
                return await self._replies.edit_first(token, view)
            except discord.HTTPException as error:
                if error.code not in TOKEN_IS_DEAD:
                    raise
                _log.info("token_dead", job_id=job.id, code=error.code)
        card_message_id = job.origin.card_message_id
        if job.origin.by_interaction:
            raise Undeliverable("the interaction's token is dead, and only it could change the card")
        if card_message_id is None:
            raise Undeliverable("the interaction's token is dead and its first reply was never seen")
        await self._posts.edit(self._channel(job, job.origin.channel_id), card_message_id, view)
        return card_message_id

    # --- the results --------------------------------------------------------------------------------------------------

    def upload_limit(self, job: Job, target_id: int | None) -> int:
        """Say the greatest file, in bytes, that a place takes as far as is known; None is the interaction's token."""
        if target_id is None:
            return job.origin.upload_limit or DEFAULT_UPLOAD_LIMIT
        guild = self._client.get_guild(job.origin.guild_id or 0)
        return guild.filesize_limit if guild is not None else DEFAULT_UPLOAD_LIMIT

    async def send(
        self, job: Job, delivery: Delivery, attachments: Sequence[Attachment], *, notes: Notes = NOTHING_TO_NOTE
    ) -> int:
        """Post one part with its nonce and answer Discord's message id; raises as ``open`` does, and ``TooLarge``.

        Where Discord knows the nonce and the message was deleted since, it was delivered: the answer is then an id made
        of the time of the first attempt, the same each time, which no message has.
        Source: https://github.com/discord/discord-api-docs/discussions/6647
        """
        await self._require_member(job)
        if delivery.target_id == job.origin.parent_id:
            with translated():
                await self._posts.require_public(job.origin.channel_id)
        try:
            return await self._post(job, delivery, self._message(job, delivery, attachments, notes), attachments)
        except ContentRefused:
            if delivery.artifact_indexes or job.status is JobStatus.SUCCEEDED:
                raise
        view = failure(job, delivery, now=self._now(), quotes_prompt=False)
        return await self._post(job, delivery, view, attachments)

    def _message(
        self, job: Job, delivery: Delivery, attachments: Sequence[Attachment], notes: Notes
    ) -> discord.ui.LayoutView:
        if delivery.artifact_indexes and not gave_no_picture(job):
            return result(job, delivery, attachments, notes)
        if job.failure is FailureReason.CONTENT_REFUSED:
            return refused(job, delivery)
        return failure(job, delivery, now=self._now(), notes=notes)

    async def _post(
        self, job: Job, delivery: Delivery, view: discord.ui.LayoutView, attachments: Sequence[Attachment]
    ) -> int:
        channel = self._channel(job, delivery.target_id)
        with translated():
            try:
                return await self._posts.send(
                    channel, view, attachments, nonce=delivery.nonce, user_id=job.origin.user_id
                )
            except discord.NotFound as error:
                if error.code != Code.UNKNOWN_MESSAGE:
                    raise
                _log.info("delivered_and_deleted", job_id=job.id, part=delivery.part)
                return discord.utils.time_snowflake(delivery.first_attempt_at or job.created_at)

    async def answer(
        self, job: Job, delivery: Delivery, attachments: Sequence[Attachment], *, notes: Notes = NOTHING_TO_NOTE
    ) -> int:
        """Deliver one part by the interaction's token, and answer the id of the message that has it now.

        The first part takes the card's place, in one message with it, and may be repeated. Each other one is a
        follow-up: at most four, sent once each, since nothing would find them again. A failure is told by the card.

        Raises:
            DeliveryPostponed: Later, perhaps; of a follow-up nobody knows whether it was posted.
            TooLarge: Not with files of this size.
            Undeliverable: The token is dead, its first reply is gone, or the bot was removed from the server.
            ContentRefused: Discord does not take what it says.
        """
        await self._require_member(job)
        token = job.origin.token_at(self._now())
        if token is None:
            raise Undeliverable("the interaction's token is dead")
        if not delivery.artifact_indexes:
            view = self._card(job, Progress())
            with translated():
                return await self._replies.edit_first(token, view)
        view = result(job, delivery, attachments, notes)
        if delivery.part == FIRST_RESULT_PART and not job.origin.by_interaction:
            view.add_item(discord.ui.TextDisplay(say("result.in_place_of_card", job.origin.locale)))
        with translated():
            if delivery.part > FIRST_RESULT_PART:
                return await self._replies.follow_up(token, view, attachments, ephemeral=job.origin.is_private)
            try:
                return await self._replies.edit_first(token, view, attachments)
            except discord.HTTPException as error:
                if not is_about_attachments(error):
                    raise
                _log.warning("edit_with_files_refused", job_id=job.id, detail=str(error))
        return await self._replies.instead_of_edit(token, view, attachments, ephemeral=job.origin.is_private)

    def earliest_id(self) -> int | None:
        """Return an id below those of all messages that are sent from now on, by Discord's time; None if not known."""
        return self._time.earliest_id()

    async def latest_id(self, target_id: int) -> int | None:
        """Return an id above those of all messages that were sent until now, by Discord's time; None if not known.

        Any response to a request that goes out now tells that time, a refusal too.
        """
        since = self._time.begin()
        try:
            with translated():
                async with asyncio.timeout(ASK_SECONDS):
                    await self._client.http.get_channel(target_id)
        except DeliveryError as error:
            _log.info("place_not_told", target_id=target_id, detail=str(error))
        return self._time.latest_id(since=since)

    async def find(self, job: Job, delivery: Delivery) -> int | None:
        """Look whether a part was posted already, between the ids that its delivery names.

        Raises:
            DeliveryPostponed: Its place cannot be read now, so nobody knows; it must not be sent again unseen.
            Undeliverable: Its place is gone.
        """
        return await find_part(self._client, job, delivery)

    async def _require_member(self, job: Job) -> None:
        await require_member(self._client, job.origin.guild_id, by_interaction=job.origin.by_interaction)

    def _channel(self, job: Job, channel_id: int) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(channel_id, guild_id=job.origin.guild_id)
