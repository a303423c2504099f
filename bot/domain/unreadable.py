"""A job whose row cannot be read, and what its people can still be told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnreadableJob:
    """What is known of a row that makes no job.

    Args:
        id: The job.
        reason: What could not be read, for the operator.
        user_id: Who asked for it.
        channel_id: Where its command was used.
        guild_id: The server, or None in a direct message.
        thread_id: Its thread, where there is one.
        locale: The language of its requester.
        can_be_told: Whether the bot itself may write there; else only an interaction's token could answer.
        is_told: Whether its requester was told.
    """

    id: str
    reason: str
    user_id: int
    channel_id: int
    guild_id: int | None
    thread_id: int | None
    locale: str
    can_be_told: bool
    is_told: bool
