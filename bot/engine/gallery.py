"""The gallery: the message of ours that keeps the pictures of a job, so that they outlive their own URLs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bot.domain.job import Job


@dataclass(frozen=True, slots=True)
class GalleryPicture:
    """A picture that is kept.

    Args:
        number: Its place among the job's pictures, from 1.
        path: The file, absolute.
        size: Its bytes.
        filename: How Discord shall name it; :func:`bot.engine.gallery_files.number_of` reads the number from it.
        is_smaller: Whether it is a smaller copy of what the provider gets, since Discord takes no more.
    """

    number: int
    path: Path
    size: int
    filename: str
    is_smaller: bool = False


@dataclass(frozen=True, slots=True)
class Gallery:
    """The message that is to be posted.

    Args:
        target_id: The channel or thread that takes it.
        nonce: Lets Discord recognise a repeated send.
        pictures: What it keeps, at most ten, in the member's order.
        only_mended: Whether the place keeps no galleries, and takes only what the provider could not fetch otherwise.
    """

    target_id: int
    nonce: str
    pictures: Sequence[GalleryPicture]
    only_mended: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """A gallery as Discord has it.

    Args:
        channel_id: The channel or thread.
        message_id: The message.
        urls: Of its pictures in their order, each signed a moment ago.
    """

    channel_id: int
    message_id: int
    urls: tuple[str, ...]


class GalleryCourier(Protocol):
    """Posts galleries, and reads them again."""

    def upload_limit(self, job: Job, target_id: int | None) -> int:
        """Say how large a file a place takes, in bytes; None is the interaction's token."""
        ...

    async def post(self, job: Job, gallery: Gallery) -> Posted:
        """Post a gallery with its nonce; where it was posted with the same one lately, the answer is that message.

        Raises:
            DeliveryPostponed: Later, perhaps; it may have been posted.
            Undeliverable: That place does not take it, or it was posted there and deleted.
        """
        ...

    async def find(self, job: Job, target_id: int) -> Posted | None:
        """Look whether the job's gallery was posted there already.

        Raises:
            DeliveryPostponed: The place cannot be read now, so nobody knows.
            Undeliverable: The place is gone.
        """
        ...

    async def read(self, channel_id: int, message_id: int) -> Posted:
        """Read a gallery, and with it fresh URLs.

        Raises:
            DeliveryPostponed: Discord does not answer now.
            Undeliverable: It is gone, or closed to us.
        """
        ...
