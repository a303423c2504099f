"""The notice of an outage: the one message per channel that says why remixes wait there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class WaitingPlace:
    """A channel, thread or direct message where jobs have not ended.

    Args:
        channel_id: Where their commands were used.
        guild_id: The server, or None in a direct message.
        locale: The language of the one who has waited longest.
        waiting: How many jobs there are.
        card_message_id: The card of one of them, which the bot can read there if it can read history at all.
    """

    channel_id: int
    guild_id: int | None
    locale: str
    waiting: int
    card_message_id: int | None = None


@dataclass(frozen=True, slots=True)
class OutageNotice:
    """One message that is owed to a channel: posted once, and edited from then on.

    Args:
        channel_id: Where it stands.
        guild_id: The server, or None in a direct message.
        locale: Its language.
        nonce: At most 25 characters; lets Discord recognise a repeated send, and us our message.
        since: When the provider fell silent.
        first_attempt_at: When it was first tried; later attempts look for it before they send.
        message_id: Discord's message, once confirmed.
        over_at: When it was settled that there is nothing more to say.
        after_id: An id of Discord's that is below that of the message which the first attempt may have posted.
    """

    channel_id: int
    guild_id: int | None
    locale: str
    nonce: str
    since: datetime
    first_attempt_at: datetime | None = None
    message_id: int | None = None
    over_at: datetime | None = None
    after_id: int | None = None


class NoticeChanges(TypedDict, total=False):
    """What becomes of a notice."""

    since: datetime
    first_attempt_at: datetime | None
    message_id: int | None
    over_at: datetime | None
    after_id: int | None
