"""Jobs as tests need them: a whole one in one line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.domain.job import Artifact, Delivery, Job
from bot.domain.origin import Origin
from bot.domain.remix_request import Input, Kept, RemixRequest
from bot.domain.status import JobStatus
from bot.ui.links import card_link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.domain.picture import Mend

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
MODEL = "Dreamina 4.0"
JOB_ID = "a1b2c3d4e5f60718"
MIRA, ODA = 4001, 4002
CARD, THREAD, CHANNEL, GUILD = 9001, 9001, 600, 500


def picture(name: str = "cat.png", *, expires_at: datetime = LATER) -> Input:
    """An input with a signed URL."""
    stamp = f"{int(expires_at.timestamp()):x}"
    return Input(f"https://cdn.discordapp.com/a/{name}?ex={stamp}&is=1&hm=2", name, "image/png", 1000, 640, 480)


def a_mended_picture(name: str, *mends: Mend, kind: str | None = "image/heic") -> Input:
    """An input that was mended and kept, where it had to be."""
    kept = Kept(f"https://cdn.discordapp.com/kept/{name}", THREAD, 9100, 0)
    return replace(picture(name), content_type=kind, mends=mends, kept=kept if mends else None)


def request(prompt: str = "as a watercolour", *inputs: Input, **options: str | float | bool) -> RemixRequest:
    """A request with one picture unless others are given."""
    return RemixRequest("bytedance/dreamina-4-0/edit", prompt, inputs or (picture(),), options)


def origin(**changes: Any) -> Origin:
    """A channel of a server, with card and thread."""
    made = Origin(MIRA, CHANNEL, GUILD, card_message_id=CARD, thread_id=THREAD)
    return replace(made, **changes)


def a_job(status: JobStatus = JobStatus.PENDING, **changes: Any) -> Job:
    """A job of Mira's, whose pictures were fine as they came."""
    made = Job(JOB_ID, 7, origin(), request(), status, created_at=NOON, updated_at=NOON, prepared_at=NOON)
    return replace(made, **changes)


def a_result(index: int = 0, *, width: int = 2048, height: int = 2048, size: int = 4_234_567) -> Artifact:
    """An output on disk."""
    return Artifact(JOB_ID, index, "https://x.runcomfy.net/1.png", "a/1", "image/png", size, "00", width, height)


def a_delivery(part: int = 0, *indexes: int) -> Delivery:
    """One message that is owed."""
    return Delivery(JOB_ID, part, THREAD, f"{JOB_ID}.{part}", indexes, NOON)


def links_of(jobs: Sequence[Job]) -> dict[str, str]:
    """Link each job to its card, none of which was deleted."""
    return {job.id: link for job in jobs if (link := card_link(job)) is not None}
