"""Snowflakes: ids that tell when they were made.

Clients derive creation times and the expiry of interactions from an id, so ids follow the sandbox's clock.
See https://docs.discord.com/developers/reference#snowflakes.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

Clock: TypeAlias = Callable[[], datetime]

EPOCH: Final = datetime(2015, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_TIME_SHIFT: Final = 22


def real_time() -> datetime:
    """The clock on the wall, in UTC."""
    return datetime.now(tz=UTC)


def created_at(snowflake: int) -> datetime:
    """When this id was made."""
    return EPOCH + (snowflake >> _TIME_SHIFT) * _MILLISECOND


def first_id_at(moment: datetime) -> int:
    """The smallest id that can be made at this moment."""
    return ((moment - EPOCH) // _MILLISECOND) << _TIME_SHIFT


class Snowflakes:
    """Hands out ids that never repeat and never fall, whatever the clock does."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """A fresh id for something that is made now."""
        moment = first_id_at(self._clock())
        self._last = max(moment, self._last + 1)
        return self._last

    def next_token(self) -> str:
        """An opaque token that no other thing carries; shaped like Discord's, and a secret to nobody."""
        return f"aW50ZXJhY3Rpb246{self.next():x}"
