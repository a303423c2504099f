"""What the engine needs of Discord, as a protocol beside those of ``bot.engine.ports``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.engine.answers import NOTHING_TO_NOTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.job import Delivery, Job
    from bot.engine.answers import Attachment, Notes, Progress


class Courier(Protocol):
    """Shows jobs to people; where the bot was removed from a server, it writes nothing there."""

    async def open(self, job: Job, progress: Progress) -> int:
        """Turn the first reply into the card and answer its message id; repeatable.

        Raises:
            DeliveryPostponed: Later, perhaps.
            Undeliverable: The first reply is gone or closed to us.
        """
        ...

    async def is_place_gone(self, job: Job) -> bool:
        """Say whether the place where a job was asked for is gone; never raises, and doubts for the place."""
        ...

    async def make_thread(self, job: Job) -> int | None:
        """Make a thread from the card, or find the one that there is, and answer its id; None where there can be none.

        It takes a few seconds at most, and sleeps out no rate limit.

        Raises:
            DeliveryPostponed: Later, perhaps; with ``retry_after`` where Discord makes none in that channel until then.
            Undeliverable: The bot was removed from the server.
            ContentRefused: Never.
        """
        ...

    async def show_card(self, job: Job, progress: Progress) -> None:
        """Edit the card to what the job is now; raises as ``open`` does."""
        ...

    def upload_limit(self, job: Job, target_id: int | None) -> int:
        """Say the greatest file, in bytes, that a place takes as far as is known; None is the interaction's token."""
        ...

    async def send(
        self, job: Job, delivery: Delivery, attachments: Sequence[Attachment], *, notes: Notes = NOTHING_TO_NOTE
    ) -> int:
        """Post one part with its nonce and answer Discord's message id.

        Raises as ``open`` does, TooLarge or ContentRefused. A part without outputs tells why there is no picture;
        outputs that the notes call only linked have no file.
        """
        ...

    async def answer(
        self, job: Job, delivery: Delivery, attachments: Sequence[Attachment], *, notes: Notes = NOTHING_TO_NOTE
    ) -> int:
        """Deliver one part by the interaction's token; raises as ``send`` does.

        The first part takes the card's place and may be repeated; the others, four at most, are sent once: of them,
        DeliveryPostponed means that nobody knows. A failure is told by the card.
        """
        ...

    def earliest_id(self) -> int | None:
        """Return an id below those of all messages that are sent from now on, by Discord's time; None if not known."""
        ...

    async def latest_id(self, target_id: int) -> int | None:
        """Return an id above those of all messages that were sent until now, by Discord's time; None if not known.

        Discord is asked in that place, for a few seconds at most; never raises.
        """
        ...

    async def find(self, job: Job, delivery: Delivery) -> int | None:
        """Look whether a part was posted already, by the job's marker, between the ids that its delivery names.

        What is not known of them is the command's id, and no end; so it is for every part of a restored job.

        Raises:
            DeliveryPostponed: Its place cannot be read now.
            Undeliverable: Its place is gone.
        """
        ...
