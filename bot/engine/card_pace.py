"""The pace of card edits that the bot itself makes: one at a time in a channel, the most telling first.

Discord counts such edits per channel, about five in five seconds, and discord.py holds the caller back where they are
used up. Unpaced, a few dozen old cards in one channel would take every place of the courier's lane, and results for
other channels would wait behind them. Edits by an interaction's token are counted per token, and need no pace.

Source: https://docs.discord.com/developers/topics/rate-limits; the figures are what bots observe.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from bot.domain.job import Job

EDIT_EVERY: Final = timedelta(seconds=1.5)
"""How soon one channel's next card may be edited by the bot; a third of what Discord allows is left for others."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A card that waits for its channel's turn.

    Args:
        due_at: Not before this, by its own backoff.
        is_final: Whether it tells its job's end.
        number: When it began to wait, among all.
    """

    due_at: datetime
    is_final: bool
    number: int


class CardPace:
    """Whose card is edited next in each channel, and when."""

    def __init__(self) -> None:
        self._waiting: dict[int, dict[str, _Waiting]] = {}
        self._channel_of: dict[str, int] = {}
        self._free_at: dict[int, datetime] = {}
        self._number = 0

    def join(self, job: Job, due_at: datetime) -> int:
        """Let a job's card wait for its turn, in its place if it waits already; answers the channel."""
        channel_id = job.origin.channel_id
        known = self._waiting.setdefault(channel_id, {}).get(job.id)
        self._number += known is None
        number = self._number if known is None else known.number
        self._waiting[channel_id][job.id] = _Waiting(due_at, job.status.is_terminal, number)
        self._channel_of[job.id] = channel_id
        return channel_id

    def leave(self, job_id: str) -> int | None:
        """Let a job wait no more; answers the channel where it did."""
        channel_id = self._channel_of.pop(job_id, None)
        if channel_id is not None:
            self._waiting[channel_id].pop(job_id, None)
            if not self._waiting[channel_id]:
                del self._waiting[channel_id]
        return channel_id

    def take(self, job: Job, now: datetime) -> None:
        """Note that a card is edited now."""
        self._free_at = {channel: at for channel, at in self._free_at.items() if at > now}
        self._free_at[job.origin.channel_id] = now + EDIT_EVERY

    def waiting_in(self, channel_id: int) -> list[str]:
        """List the jobs whose cards wait in a channel."""
        return list(self._waiting.get(channel_id, ()))

    def next_in(self, channel_id: int, now: datetime) -> tuple[str, datetime] | None:
        """Say whose turn is next in a channel, and when."""
        waiting = self._waiting.get(channel_id)
        if not waiting:
            return None
        turn_at = max(self._free_at.get(channel_id, now), min(one.due_at for one in waiting.values()))
        ready = {job_id: one for job_id, one in waiting.items() if one.due_at <= turn_at}
        job_id = min(ready, key=lambda one: (not ready[one].is_final, ready[one].number))
        return job_id, turn_at
