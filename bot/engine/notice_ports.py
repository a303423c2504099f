"""What notices of an outage need of the world, as protocols beside those of ``bot.engine.ports``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Unpack

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.domain.notice import NoticeChanges, OutageNotice, WaitingPlace


class NoticeStore(Protocol):
    """Notices on disk, one a channel. Each method is one transaction."""

    async def places(self) -> Sequence[WaitingPlace]:
        """Count the jobs that have not ended, of all processes, by the channel of their command.

        Leaves out what only an interaction can answer, and what only its requester may see.
        """
        ...

    async def notices(self) -> Sequence[OutageNotice]:
        """Read every notice that is kept, those that are over included."""
        ...

    async def begin(self, notice: OutageNotice, *, instead_of: str | None = None) -> OutageNotice:
        """Insert a notice, or put it in the place of the one with the nonce ``instead_of``.

        Answers the channel's notice as it then stands: another process may have been faster.
        """
        ...

    async def note(self, notice: OutageNotice, **changes: Unpack[NoticeChanges]) -> None:
        """Write what became of a notice, by channel and nonce; one that is not there any more is left alone."""
        ...

    async def prune(self, *, over_before: datetime) -> int:
        """Delete the notices that were over before a time, and answer how many there were."""
        ...


class NoticeCourier(Protocol):
    """Shows notices to people. Where a notice bears ``over_at``, it says that the outage is over."""

    async def post(self, notice: OutageNotice, *, waiting: int) -> int:
        """Post a notice with its nonce and answer Discord's message id.

        Raises:
            DeliveryPostponed: Later, perhaps.
            Undeliverable: Never there, or it was deleted already.
        """
        ...

    def earliest_id(self) -> int | None:
        """Return an id below those of all messages that are sent from now on, by Discord's time; None if not known."""
        ...

    async def edit(self, notice: OutageNotice, *, waiting: int) -> None:
        """Edit a notice to what is so now; raises as ``post`` does."""
        ...

    async def find(self, notice: OutageNotice, *, readable_id: int | None) -> int | None:
        """Look whether a notice was posted already, by its marker.

        Args:
            notice: The notice.
            readable_id: A message of that channel that can be read if history can: without the permission Discord
                answers an empty list, which would look as if nothing had been posted.

        Raises:
            DeliveryPostponed: History cannot be read now.
            Undeliverable: Its place is gone.
        """
        ...
