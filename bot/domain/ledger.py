"""Money, in integer micro-dollars: entries are only ever added, and a balance is their sum."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.domain.job import Job


class EntryKind(StrEnum):
    """What an entry does."""

    RESERVE = "reserve"
    """An accepted job holds its expected price."""
    SETTLE = "settle"
    """What the provider said it charged."""
    REFUND = "refund"
    """What was held is given back."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger.

    Args:
        job_id: The job it belongs to.
        user_id: Its requester.
        guild_id: Its server, or None in a direct message.
        kind: What it does.
        amount_micros: Micro-dollars; what is given back is negative.
        at: When.
    """

    job_id: str
    user_id: int
    guild_id: int | None
    kind: EntryKind
    amount_micros: int
    at: datetime


def to_micros(dollars: float) -> int:
    """Turn US dollars into whole micro-dollars."""
    return round(dollars * 1_000_000)


def reserve(job: Job, price_micros: int, *, at: datetime) -> Entry:
    """Hold the expected price of a job that is being accepted."""
    return _entry(job, EntryKind.RESERVE, price_micros, at)


def settle(job: Job, entries: Iterable[Entry], *, cost_micros: int, at: datetime) -> tuple[Entry, ...]:
    """Replace what a job holds by what it cost."""
    held = balance(entries)
    release = (_entry(job, EntryKind.REFUND, -held, at),) if held else ()
    return (*release, _entry(job, EntryKind.SETTLE, cost_micros, at))


def refund(job: Job, entries: Iterable[Entry], *, at: datetime) -> tuple[Entry, ...]:
    """Give back all that a job holds; nothing where it holds nothing."""
    held = balance(entries)
    return (_entry(job, EntryKind.REFUND, -held, at),) if held else ()


def balance(entries: Iterable[Entry]) -> int:
    """Sum the entries, in micro-dollars."""
    return sum(entry.amount_micros for entry in entries)


def _entry(job: Job, kind: EntryKind, amount_micros: int, at: datetime) -> Entry:
    return Entry(job.id, job.origin.user_id, job.origin.guild_id, kind, amount_micros, at)
