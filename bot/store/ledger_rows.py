"""Entries of the ledger as rows: they are only ever added."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, insert, select

from bot.domain.ledger import Entry
from bot.store.tables import ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_ADD: Final = insert(ledger)
_COLUMNS: Final = tuple(column for column in ledger.c if column.name != "id")
_OF_JOB: Final = select(*_COLUMNS).where(ledger.c.job_id == bindparam("key")).order_by(ledger.c.at, ledger.c.id)


def add(connection: Connection, entries: Sequence[Entry]) -> None:
    """Add entries, in their order."""
    for entry in entries:
        connection.execute(_ADD, asdict(entry))


def of_job(connection: Connection, job_id: str) -> list[Entry]:
    """Read a job's entries, oldest first."""
    return [Entry(*row) for row in connection.execute(_OF_JOB, {"key": job_id})]
