"""The engine's courier of galleries to Discord: posts the pictures that went in, and reads their fresh URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from bot.domain.job import GALLERY_PART, Delivery
from bot.engine.answers import Attachment
from bot.engine.gallery import Posted
from bot.errors import Undeliverable
from bot.ui.discord_errors import translated
from bot.ui.gallery import gallery_view
from bot.ui.layout import ALLOW_NO_MENTION
from bot.ui.place_check import require_member
from bot.ui.token_replies import TokenReplies, files_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import discord

    from bot.domain.job import Job
    from bot.engine.gallery import Gallery
    from bot.ui.courier import DiscordCourier

_log = structlog.stdlib.get_logger(__name__)


class DiscordGalleryCourier:
    """Keeps pictures as attachments of a message, whose URLs Discord signs anew whenever the message is read.

    Args:
        client: The bot, logged in.
        courier: Finds a message of a job by the marker in its buttons, as it finds results.
    """

    def __init__(self, client: discord.Client, *, courier: DiscordCourier) -> None:
        self._client = client
        self._courier = courier
        self._replies = TokenReplies(client)

    def upload_limit(self, job: Job, target_id: int | None) -> int:
        """Say how large a file a place takes, in bytes; None is the interaction's token."""
        return self._courier.upload_limit(job, target_id)

    async def post(self, job: Job, gallery: Gallery) -> Posted:
        """Post a gallery with its nonce; nobody is pinged by it. Where only the interaction answers, by its token.

        Raises:
            DeliveryPostponed: Later, perhaps; it may have been posted.
            TooLarge: Not with files of this size.
            Undeliverable: That place does not take it, it was posted there and deleted, or the bot was removed.
            ContentRefused: Discord does not take what it shows.
        """
        await require_member(self._client, job.origin.guild_id, by_interaction=job.origin.by_interaction)
        with translated():
            posted = await self._answer(job, gallery) if job.origin.by_interaction else await self._send(job, gallery)
        _log.info("gallery_posted", job_id=job.id, message_id=posted.message_id, pictures=len(gallery.pictures))
        return posted

    async def _send(self, job: Job, gallery: Gallery) -> Posted:
        channel = self._client.get_partial_messageable(gallery.target_id, guild_id=job.origin.guild_id)
        message = await channel.send(
            view=gallery_view(job, gallery),
            files=files_of(_attachments(gallery)),
            nonce=gallery.nonce,
            allowed_mentions=ALLOW_NO_MENTION,
            silent=True,
        )
        return Posted(gallery.target_id, message.id, _urls_of(message))

    async def _answer(self, job: Job, gallery: Gallery) -> Posted:
        token = job.origin.interaction_token
        if token is None:
            raise Undeliverable("the interaction's token is dead")
        told = await self._replies.follow_up_in_full(
            token, gallery_view(job, gallery), _attachments(gallery), ephemeral=job.origin.is_private
        )
        return Posted(gallery.target_id, int(told["id"]), tuple(_urls(told["components"])))

    async def find(self, job: Job, target_id: int) -> Posted | None:
        """Look whether the job's gallery was posted there already.

        Raises:
            DeliveryPostponed: The place cannot be read now, so nobody knows.
            Undeliverable: The place is gone.
        """
        message_id = await self._courier.find(job, Delivery(job.id, GALLERY_PART, target_id, ""))
        return None if message_id is None else await self.read(target_id, message_id)

    async def read(self, channel_id: int, message_id: int) -> Posted:
        """Read a gallery, and with it fresh URLs.

        Raises:
            DeliveryPostponed: Discord does not answer now.
            Undeliverable: It is gone, or closed to us.
        """
        with translated():
            message = await self._client.get_partial_messageable(channel_id).fetch_message(message_id)
        return Posted(channel_id, message_id, _urls_of(message))


def _attachments(gallery: Gallery) -> list[Attachment]:
    return [Attachment(one.path, one.filename, "") for one in gallery.pictures]


def _urls_of(message: discord.Message) -> tuple[str, ...]:
    return tuple(_urls([one.to_dict() for one in message.components]))


def _urls(components: Iterable[Any]) -> Iterator[str]:
    """Read the URLs of a message's pictures; what a V2 gallery shows is no longer among its attachments.

    Source: https://docs.discord.com/developers/resources/message#message-object
    """
    for component in components:
        yield from _urls(component.get("components", ()))
        yield from (str(item["media"]["url"]) for item in component.get("items", ()))
