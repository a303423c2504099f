"""What the doctor found: one line each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.errors import EXIT_CONFIG, EXIT_UNAVAILABLE

if TYPE_CHECKING:
    from collections.abc import Iterable


class Level(StrEnum):
    """How grave a finding is."""

    OK = "ok"
    WARN = "warn"
    """The bot works, but not everywhere or not for long."""
    FAIL = "fail"
    """The bot does not work."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Args:
        level: How grave it is.
        subject: What was looked at.
        text: What was found, and what to do about it.
        exit_code: What a failure ends the command with.
    """

    level: Level
    subject: str
    text: str
    exit_code: int = 0

    def line(self) -> str:
        """Write it down; what came from elsewhere cannot break out of its line."""
        words = " ".join(f"{self.subject}: {self.text}".split())
        return f"{self.level.value:<4}  {''.join(letter if letter.isprintable() else '?' for letter in words)}"


def good(subject: str, text: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, subject, text)


def warning(subject: str, text: str) -> Finding:
    """Something should be seen to."""
    return Finding(Level.WARN, subject, text)


def misconfigured(subject: str, text: str) -> Finding:
    """The operator must change something."""
    return Finding(Level.FAIL, subject, text, EXIT_CONFIG)


def unavailable(subject: str, text: str) -> Finding:
    """Something cannot be had now."""
    return Finding(Level.FAIL, subject, text, EXIT_UNAVAILABLE)


def exit_code(findings: Iterable[Finding]) -> int:
    """Choose the code: what the operator must change goes before what may come back by itself."""
    return max((one.exit_code for one in findings), default=0)
