"""What the provider's own words about a failure mean for the member: pure, and judged by words alone.

No documented code tells these cases apart, so the words decide. Words that are not recognised mean no more than that
the run failed.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from bot.domain.status import FailureReason

if TYPE_CHECKING:
    from bot.domain.job import Job

TOLD: Final = frozenset({FailureReason.REJECTED, FailureReason.RUN_FAILED})
"""The failures whose ``Job.failure_detail`` is the provider's own words, which the member reads."""

_PICTURE: Final = r"(image|picture|photo|file|url|uri|input|media|https?://)"
_UNFETCHED: Final = re.compile(
    r"(?=.*" + _PICTURE + r").*\b("
    r"(could|can|did) ?(not|n['\u2019]t) (be )?(fetch|download|retriev|load|access|reach|open)\w*"
    r"|cannot (be )?(fetch|download|retriev|load|access|reach|open)\w*"
    r"|(fail\w*|unable|error|problem|time\w* ?out) (to|while|when|in|during)? ?"
    r"(fetch|download|retriev|load|access|reach|open)\w*"
    r"|(not|in)[- ]?accessible|unreachable)",
    re.IGNORECASE | re.DOTALL,
)
_PASSING: Final = re.compile(
    r"too many (concurrent |parallel )?(requests|runs|jobs)|rate.?limit|\bquota|overload|capacity|temporar|\bbusy\b"
    r"|\btime[sd]?[ -]?out\b|\b(execution|run|running|waiting|queue) time\b|\bmemory\b",
    re.IGNORECASE,
)
"""What passes by itself: it often says what exceeds which limit, and yet no field is wrong."""
_CONTENT: Final = re.compile(
    r"moderat(ed|ion)|safety|nsfw|sensitive|inappropriate|prohibited|\bpolic(y|ies)\b|explicit\b|not allowed|copyright"
    r"|harmful|flagged",
    re.IGNORECASE,
)
_FIELD: Final = re.compile(
    r"\bvalidation\b|\binvalid (input|value|field|parameter|argument|prompt)|\bis required\b|\bmust (be|have|not)\b"
    r"|\bat (most|least) \d|\bexceeds?\b|\btoo (long|short|large|small|many)\b",
    re.IGNORECASE,
)


class Complaint(Enum):
    """What the provider complains of."""

    UNFETCHED = auto()
    """It could not fetch an input image."""
    CONTENT = auto()
    """Its rules for content do not allow the request."""
    FIELD = auto()
    """A field of the request, an image among them, breaks a rule."""
    OTHER = auto()
    """Anything else, or nothing that is told."""


def complaint_of(job: Job) -> Complaint:
    """Judge the provider's words about a failed job."""
    words = words_of(job)
    if words is None:
        return Complaint.OTHER
    for complaint, pattern in (
        (Complaint.UNFETCHED, _UNFETCHED),
        (Complaint.OTHER, _PASSING),
        (Complaint.CONTENT, _CONTENT),
        (Complaint.FIELD, _FIELD),
    ):
        if pattern.search(words) is not None:
            return complaint
    return Complaint.OTHER


def words_of(job: Job) -> str | None:
    """The provider's words that the member may read; None where there are none."""
    return job.failure_detail if job.failure in TOLD else None


def is_repeating_futile(job: Job) -> bool:
    """Whether the same request would fail again: it was refused for what it says, and not for a picture's address."""
    complaint = complaint_of(job)
    if job.failure is FailureReason.REJECTED:
        return complaint is not Complaint.UNFETCHED
    return job.failure is FailureReason.RUN_FAILED and complaint in {Complaint.CONTENT, Complaint.FIELD}
