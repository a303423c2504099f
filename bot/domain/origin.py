"""Where a job came from and where it is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a job came from and where it is answered.

    Args:
        user_id: The requester.
        channel_id: Where the command was used; a thread where it was used inside one.
        guild_id: The server, or None in a direct message.
        parent_id: The channel above ``channel_id`` where that is a thread.
        locale: The requester's language as Discord names it, for example ``ko``.
        card_message_id: The first reply, which becomes the status card.
        thread_id: Where the results go; None until it is made, and where there is none (a direct message).
        interaction_token: Lets us edit the first reply for 15 minutes; erased afterwards, never logged.
        token_expires_at: When that token dies.
        upload_limit: The greatest file, in bytes, that Discord takes in answers to that interaction, where it said so.
        by_interaction: Whether only that token can answer: the bot is no member there, its user brought it along.
        is_private: Whether Discord shows the answer to the requester alone.
        is_age_restricted: Whether that place was age-restricted at that time; None where it is not known.
    """

    user_id: int
    channel_id: int
    guild_id: int | None = None
    parent_id: int | None = None
    locale: str = "en-US"
    card_message_id: int | None = None
    thread_id: int | None = None
    interaction_token: str | None = field(default=None, repr=False)
    token_expires_at: datetime | None = None
    upload_limit: int | None = None
    by_interaction: bool = False
    is_private: bool = False
    is_age_restricted: bool | None = None

    @property
    def in_thread(self) -> bool:
        """Whether the command was used inside a thread, which then also takes the results."""
        return self.parent_id is not None

    @property
    def target_id(self) -> int:
        """The channel that takes the results."""
        return self.thread_id or self.channel_id

    def includes(self, channel_id: int | None) -> bool:
        """Whether that is the channel of the command, or the thread of its results."""
        return channel_id is not None and channel_id in (self.channel_id, self.thread_id)

    def token_at(self, now: datetime) -> str | None:
        """Answer the interaction's token where it still lives at that time."""
        is_alive = self.token_expires_at is None or now < self.token_expires_at
        return self.interaction_token if is_alive else None
