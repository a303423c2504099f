"""The engine's courier of galleries to Discord: posts the pictures that went in, and reads their fresh URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import discord
import structlog
from discord.components import MediaGalleryComponent

from bot.domain.job import GALLERY_PART, Delivery
from bot.engine.gallery import Posted
from bot.ui.discord_errors import translated
from bot.ui.gallery import gallery_view
from bot.ui.layout import ALLOW_NO_MENTION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discord.components import Component

    from bot.domain.job import Job
    from bot.engine.gallery import Gallery, GalleryPicture
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

    def upload_limit(self, job: Job, target_id: int | None) -> int:
        """Say how large a file a place takes, in bytes; None is the interaction's token."""
        return self._courier.upload_limit(job, target_id)

    async def post(self, job: Job, gallery: Gallery) -> Posted:
        """Post a gallery with its nonce; nobody is pinged by it.

        Raises:
            DeliveryPostponed: Later, perhaps; it may have been posted.
            Undeliverable: That place does not take it, or it was posted there and deleted.
        """
        channel = self._client.get_partial_messageable(gallery.target_id, guild_id=job.origin.guild_id)
        with translated():
            message = await channel.send(
                view=gallery_view(job, gallery),
                files=_files(gallery.pictures),
                nonce=gallery.nonce,
                allowed_mentions=ALLOW_NO_MENTION,
                silent=True,
            )
        _log.info("gallery_posted", job_id=job.id, message_id=message.id, pictures=len(gallery.pictures))
        return Posted(gallery.target_id, message.id, tuple(_urls(message.components)))

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
        return Posted(channel_id, message_id, tuple(_urls(message.components)))


def _files(pictures: Iterable[GalleryPicture]) -> list[discord.File]:
    return [discord.File(one.path, one.filename) for one in pictures]


def _urls(components: Iterable[Component]) -> Iterator[str]:
    """Read the URLs of a message's pictures; what a V2 gallery shows is no longer among its attachments.

    Source: https://docs.discord.com/developers/resources/message#message-object
    """
    for component in components:
        yield from _urls(cast("Iterable[Component]", getattr(component, "children", ())))
        if isinstance(component, MediaGalleryComponent):
            yield from (item.media.url for item in component.items)
