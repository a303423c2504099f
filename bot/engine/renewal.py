"""Signing the URLs of kept pictures anew, so that a job may wait, or be repeated, for as long as its gallery stands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from bot.engine.gallery_files import number_of
from bot.errors import Undeliverable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.domain.remix_request import Input, RemixRequest
    from bot.engine.gallery import GalleryCourier
    from bot.engine.ports import Clock

    Message = tuple[int, int]

_log = structlog.stdlib.get_logger(__name__)


class Renewal:
    """Reads galleries for the fresh URLs that Discord gives with every reading.

    Args:
        galleries: Reads them.
        clock: The time.
    """

    def __init__(self, *, galleries: GalleryCourier, clock: Clock) -> None:
        self._galleries = galleries
        self._clock = clock

    async def renew(self, request: RemixRequest) -> RemixRequest:
        """Answer a request whose URLs live long enough, as far as that can be had; without I/O where they do.

        A picture whose gallery is gone is no longer kept.

        Raises:
            DeliveryPostponed: Discord does not answer now.
        """
        now = self._clock.now()
        stale = {_message_of(one) for one in request.inputs if one.is_stale(at=now)} - {None}
        if not stale:
            return request
        messages = [one for one in stale if one is not None]
        read = dict(zip(messages, await asyncio.gather(*map(self._read, messages)), strict=True))
        inputs = tuple(_renewed(one, read) if one.is_stale(at=now) else one for one in request.inputs)
        return replace(request, inputs=inputs)

    async def _read(self, message: Message) -> tuple[str, ...]:
        """Read the URLs of a gallery; none where it is gone."""
        channel_id, message_id = message
        try:
            posted = await self._galleries.read(channel_id, message_id)
        except Undeliverable as error:
            _log.warning("gallery_gone", channel_id=channel_id, message_id=message_id, detail=str(error))
            return ()
        return posted.urls


def _message_of(one: Input) -> Message | None:
    return None if one.kept is None else (one.kept.channel_id, one.kept.message_id)


def _renewed(one: Input, read: Mapping[Message, tuple[str, ...]]) -> Input:
    message, kept = _message_of(one), one.kept
    urls = () if message is None else read[message]
    if kept is None or kept.index >= len(urls) or number_of(urls[kept.index]) != number_of(kept.url):
        return replace(one, kept=None)
    return one.renewed(urls[kept.index])
