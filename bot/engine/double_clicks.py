"""Telling a double click from a wish: the same thing is done at most once in a short while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime, timedelta

    from bot.engine.ports import Clock

_Key = TypeVar("_Key", bound="Hashable")


class DoubleClicks(Generic[_Key]):
    """Remembers who did what a moment ago.

    Args:
        every: How soon the same may be done once more.
        clock: The time.
    """

    def __init__(self, *, every: timedelta, clock: Clock) -> None:
        self._every = every
        self._clock = clock
        self._until: dict[_Key, datetime] = {}

    def take(self, key: _Key) -> datetime | None:
        """Take a turn and answer None; where one was taken a moment ago, answer when the next may be."""
        now = self._clock.now()
        self._until = {one: until for one, until in self._until.items() if until > now}
        if key in self._until:
            return self._until[key]
        self._until[key] = now + self._every
        return None
