"""The grammar of custom ids: ``v1:<action>:<job id>[:<page>]``.

An id says all that a click needs, so buttons outlive the process that posted them. The version stands first: a card of
an older grammar is recognised as ours and answered, never met with silence.
Source: https://docs.discord.com/developers/components/reference#anatomy-of-a-component (1 to 100 characters)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

NO_JOB: Final = "-"
"""Stands for the job where an action belongs to none, as in a list."""
_JOB: Final = r"[0-9a-f]{16}|-"
_PAGE: Final = r"0|[1-9][0-9]{0,3}"
_OURS: Final = re.compile(rf"v1:(?P<action>[a-z]+(?:_[a-z]+)*):(?P<job>{_JOB})(?::(?P<page>{_PAGE}))?")


class Action(StrEnum):
    """What a component does."""

    CANCEL = "cancel"
    """Ask to cancel the job."""
    AGAIN = "again"
    """Make another remix of the same request."""
    RETRY = "retry"
    """Try a failed job again."""
    DETAILS = "details"
    """Show all there is to tell about the job."""
    DELETE = "delete"
    """Delete this message of the job."""
    SHOW = "show"
    """Show the job's result where the list stands."""
    PAGE = "page"
    """Turn a list to a page."""
    LOG = "log"
    """Turn the moderation log to a page."""


@dataclass(frozen=True, slots=True)
class CustomId:
    """A custom id, read.

    Args:
        action: What is to be done; a word of this grammar, though not always one that we still know.
        job_id: With which job, or ``NO_JOB``.
        page: Which page of a list, or which part of a delivery; None where it has none.
    """

    action: str
    job_id: str
    page: int | None = None


def encode(action: Action, job_id: str, page: int | None = None) -> str:
    """Write a custom id.

    Raises:
        ValueError: The job or the page does not fit the grammar.
    """
    custom_id = f"v1:{action}:{job_id}" if page is None else f"v1:{action}:{job_id}:{page}"
    if decode(custom_id) is None:
        raise ValueError(f"no custom id: {custom_id!r}")
    return custom_id


def decode(custom_id: str) -> CustomId | None:
    """Read a custom id; None where it is not of this grammar."""
    match = _OURS.fullmatch(custom_id)
    if match is None:
        return None
    page = match["page"]
    return CustomId(match["action"], match["job"], None if page is None else int(page))


def template(action: Action) -> re.Pattern[str]:
    """Answer the pattern of one action's ids, for a ``DynamicItem``; groups ``job`` and ``page``."""
    return re.compile(rf"v1:{action}:(?P<job>{_JOB})(?::(?P<page>{_PAGE}))?")
