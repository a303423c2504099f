"""The operator's pause as the one row that it is."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select

from bot.domain.policy import Pause
from bot.store.tables import pauses

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SCOPE: Final = "operator"
_LOAD: Final = select(pauses.c.reason, pauses.c.detail, pauses.c.since, pauses.c.retry_at).where(
    pauses.c.scope == _SCOPE
)
_END: Final = delete(pauses).where(pauses.c.scope == _SCOPE)
_BEGIN: Final = insert(pauses).values(scope=_SCOPE)


def load(connection: Connection) -> Pause | None:
    """Read the pause that is in force."""
    row = connection.execute(_LOAD).one_or_none()
    return None if row is None else Pause(*row)


def save(connection: Connection, pause: Pause | None) -> None:
    """Begin, prolong or end the pause."""
    connection.execute(_END)
    if pause is not None:
        connection.execute(_BEGIN, asdict(pause))
