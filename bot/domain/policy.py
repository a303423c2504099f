"""What may be remixed now, decided without input or output from a snapshot of what is known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


class PauseReason(StrEnum):
    """Why the operator's account takes no new work."""

    UNAUTHORIZED = "unauthorized"
    """The provider refuses our token."""
    OUT_OF_CREDIT = "out_of_credit"
    """The provider's account is empty."""
    UNKNOWN_MODEL = "unknown_model"
    """The provider does not know the model that new commands use."""
    OUTPUT_HOST = "output_host"
    """Results lie on a host from which the operator's settings let none be fetched."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A stop of all submissions that outlives a restart.

    Args:
        reason: Why; for the operator.
        detail: The provider's words; for the operator.
        since: When it began.
        retry_at: When it is looked at again.
    """

    reason: PauseReason
    detail: str
    since: datetime
    retry_at: datetime


@dataclass(frozen=True, slots=True)
class Outage:
    """A silence of the provider that lasts longer than a blip; it ends with the provider's first answer.

    Args:
        since: When it was first found silent.
        asked_at: When it last left a question unanswered.
        retry_at: When it is asked again.
    """

    since: datetime
    asked_at: datetime
    retry_at: datetime


def judge(pause: Pause | None, outage: Outage | None = None) -> None:
    """Decide whether a new job may be accepted.

    Args:
        pause: The pause that is in force, if any.
        outage: The outage that is known of, if any.

    Raises:
        Refused: ``paused``; users are told no more than that. Or ``outage``, with ``since`` and ``retry_at``.
    """
    if pause is not None:
        raise Refused("paused")
    if outage is not None:
        raise Refused("outage", values={"since": outage.since, "retry_at": outage.retry_at})


@dataclass(frozen=True, slots=True)
class Blocklist:
    """The people whom the operator has shut out: of what they made before they may look at their own, and no more.

    Args:
        user_ids: Who.
    """

    user_ids: Collection[int] = frozenset()

    def __contains__(self, user_id: int) -> bool:
        """Whether somebody is shut out."""
        return user_id in self.user_ids

    def judge(self, user_id: int) -> None:
        """Decide whether somebody may do anything but look at their own.

        Raises:
            Refused: ``blocked``.
        """
        if user_id in self.user_ids:
            raise Refused("blocked")


NOBODY: Final = Blocklist()
