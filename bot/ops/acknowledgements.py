"""How often each interaction was acknowledged by this process, which tells another one with the same token."""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.errors import BotError

if TYPE_CHECKING:
    from collections.abc import Callable

REMEMBERED: Final = 1000
"""How many interactions are remembered."""
LOGGED_EVERY: Final = timedelta(minutes=1)
NEWS_FOR: Final = timedelta(minutes=10)
"""How long after the last sign of another process it is told of."""

_log = structlog.stdlib.get_logger(__name__)


def _real_time() -> datetime:
    return datetime.now(UTC)


class AnsweredElsewhere(BotError):  # noqa: N818 - the names are the glossary's
    """Another process with the same token has acknowledged this interaction."""


class Acknowledgements:
    """Counts the acknowledgements that were sent.

    Args:
        now: The time.
    """

    def __init__(self, *, now: Callable[[], datetime] = _real_time) -> None:
        self._now = now
        self._sent: OrderedDict[int, int] = OrderedDict()
        self._elsewhere_at: datetime | None = None
        self._logged_at: datetime | None = None

    def note_sent(self, interaction_id: int) -> None:
        """Note that an acknowledgement goes out, whether the library or we repeat it."""
        self._sent[interaction_id] = self._sent.pop(interaction_id, 0) + 1
        if len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)

    def is_answered_elsewhere(self, interaction_id: int) -> bool:
        """Say whether another process answers with our token, of an interaction that Discord calls acknowledged.

        Of what was sent more than once the first one stands, and its answer was lost. What was sent once, somebody else
        has acknowledged.
        """
        if self._sent.get(interaction_id) != 1:
            return False
        now = self._elsewhere_at = self._now()
        if self._logged_at is None or not timedelta() <= now - self._logged_at < LOGGED_EVERY:
            self._logged_at = now
            _log.error(
                "another_process_answers",
                interaction_id=interaction_id,
                detail="another process runs with this DISCORD_TOKEN and another database; stop one of them",
            )
        return True

    @property
    def trouble(self) -> str | None:
        """Say for some minutes that another process was noticed; None where there was none."""
        if self._elsewhere_at is None or self._now() - self._elsewhere_at > NEWS_FOR:
            return None
        return f"another process answers with the same DISCORD_TOKEN, last seen {self._elsewhere_at.isoformat()}"
