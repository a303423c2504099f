"""Ice for a process: what freezes it between two calls of its ports, and a Discord that knows repeated nonces."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from bot.engine.answers import NOTHING_TO_NOTE
from tests.fake_galleries import FakeGalleries
from tests.fakes import FakeCourier

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.job import Delivery, Job
    from bot.engine.answers import Attachment, Notes
    from bot.engine.gallery import Gallery, Posted
    from bot.engine.ports import Clock


class Ice:
    """Freezes a process at its n-th moment: before or after any call of a port.

    Args:
        at: Which moment, from 1.
    """

    def __init__(self, at: int) -> None:
        self.is_laid = False
        self.holds = asyncio.Event()
        self.moments: list[str] = []
        self._at = at
        self._is_melted = asyncio.Event()

    async def touch(self, moment: str) -> None:
        """Pass, or stay until the ice has melted."""
        if not self.is_laid:
            return
        self.moments.append(moment)
        if len(self.moments) >= self._at:
            self.holds.set()
            await self._is_melted.wait()

    def melt(self) -> None:
        """Let the process go on."""
        self._is_melted.set()


class Icy:
    """A port under ice.

    Args:
        port: What is called.
        ice: What freezes its caller.
    """

    def __init__(self, port: object, ice: Ice) -> None:
        self._port = port
        self._ice = ice

    def __getattr__(self, verb: str) -> Any:
        call = getattr(self._port, verb)
        if not inspect.iscoroutinefunction(call):
            return call

        async def slippery(*given: Any, **named: Any) -> Any:
            await self._ice.touch(f"before {verb}")
            try:
                return await call(*given, **named)
            finally:
                await self._ice.touch(f"after {verb}")

        return slippery


class CourierWithNonces(FakeCourier):
    """Knows a nonce that it has seen, as Discord does for some minutes, and answers the message that stands."""

    def __init__(self) -> None:
        super().__init__()
        self.repeats = 0
        self._known: dict[str, int] = {}

    @override
    async def send(
        self, job: Job, delivery: Delivery, attachments: Sequence[Attachment], *, notes: Notes = NOTHING_TO_NOTE
    ) -> int:
        if delivery.nonce in self._known:
            self.repeats += 1
        else:
            self._known[delivery.nonce] = await super().send(job, delivery, attachments, notes=notes)
        return self._known[delivery.nonce]


class GalleriesWithNonces(FakeGalleries):
    """Knows the nonce of a gallery in the same way."""

    def __init__(self, *, clock: Clock) -> None:
        super().__init__(clock=clock)
        self.repeats = 0
        self._known: dict[str, Posted] = {}

    @override
    async def post(self, job: Job, gallery: Gallery) -> Posted:
        if gallery.nonce in self._known:
            self.repeats += 1
        else:
            self._known[gallery.nonce] = await super().post(job, gallery)
        return self._known[gallery.nonce]
