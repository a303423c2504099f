"""The agenda: what is due when, kept in memory and rebuilt from the rows after a restart."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime, timedelta

_Key = TypeVar("_Key", bound="Hashable")


class Agenda(Generic[_Key]):
    """A heap of times with one entry a key; setting a key again moves it."""

    def __init__(self) -> None:
        self._due_at: dict[_Key, datetime] = {}
        self._heap: list[tuple[datetime, int, _Key]] = []
        self._sequence = 0

    def set(self, key: _Key, at: datetime) -> None:
        """Let a key be due at a time, whatever was set before."""
        if self._due_at.get(key) == at:
            return
        self._due_at[key] = at
        self._sequence += 1
        heapq.heappush(self._heap, (at, self._sequence, key))

    def hasten(self, key: _Key, at: datetime) -> None:
        """Let a key be due at a time, or earlier if it was set so."""
        self.set(key, min(at, self._due_at.get(key, at)))

    def drop(self, key: _Key) -> None:
        """Forget a key."""
        self._due_at.pop(key, None)

    def take_due(self, now: datetime) -> list[_Key]:
        """Remove and answer what is due, earliest first."""
        due: list[_Key] = []
        while (at := self.next_at()) is not None and at <= now:
            _, _, key = heapq.heappop(self._heap)
            del self._due_at[key]
            due.append(key)
        return due

    def shift(self, by: timedelta) -> None:
        """Let everything be due so much later, or earlier where it is negative."""
        self._due_at = {key: at + by for key, at in self._due_at.items()}
        self._heap = [(at, number, key) for number, (key, at) in enumerate(self._due_at.items())]
        self._sequence = len(self._heap)
        heapq.heapify(self._heap)

    def next_at(self) -> datetime | None:
        """Say when the next key is due."""
        while self._heap:
            at, _, key = self._heap[0]
            if self._due_at.get(key) == at:
                return at
            heapq.heappop(self._heap)
        return None
