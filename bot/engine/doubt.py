"""An acceptance of which nobody knows whether the database took it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class AcceptanceInDoubt(StoreUnavailable):
    """Nobody knows whether the job was accepted, for the database answers nothing.

    Args:
        message: What the operator should read.
        settle: Asks until it is known; the job is then accepted, and driven to its end.
    """

    def __init__(self, message: str = "", *, settle: Callable[[], Awaitable[object]]) -> None:
        super().__init__(message)
        self.settle = settle
