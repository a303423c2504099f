"""Lists of jobs: what stands in them, and what Discord would refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import discord
import pytest

from bot.domain.remix_request import RemixRequest
from bot.domain.status import FailureReason, JobStatus
from bot.ui.layout import PostedButton
from bot.ui.lists import jobs_to_moderate, own_jobs, state_words
from tests.unit.job_builder import CARD, CHANNEL, GUILD, LATER, MIRA, NOON, a_job, links_of, origin

if TYPE_CHECKING:
    from bot.domain.job import Job

LONG = "@everyone **shout** [here](https://evil.example) " * 16


def many(count: int, *, prompt: str = "a lighthouse", status: JobStatus = JobStatus.PENDING) -> list[Job]:
    """Jobs with ids of their own."""
    asked = RemixRequest("bytedance/dreamina-4-0/edit", prompt, ())
    return [a_job(status, id=f"{number:016x}", request=asked) for number in range(count)]


def listed(jobs: list[Job]) -> discord.ui.LayoutView:
    """One's own list."""
    return own_jobs(jobs, links=links_of(jobs), locale="en-US")


def to_moderate(jobs: list[Job], *, page: int) -> discord.ui.LayoutView:
    """A page of the moderators' list."""
    return jobs_to_moderate(jobs, page=page, links=links_of(jobs), locale="en-US")


def texts(view: discord.ui.LayoutView) -> list[str]:
    """Everything written on a layout, in order."""
    return [one.content for one in view.walk_children() if isinstance(one, discord.ui.TextDisplay)]


def custom_ids(view: discord.ui.LayoutView) -> list[str]:
    """The buttons of a layout, in order."""
    return [str(one.custom_id) for one in view.walk_children() if isinstance(one, PostedButton)]


def test_a_full_list_of_ones_own_fits_a_message() -> None:
    view = listed(many(15, prompt=LONG))
    assert view.content_length() <= 4000
    assert view.total_children_count <= 40
    assert "@everyone" not in "".join(texts(view))
    assert "](https://evil" not in "".join(texts(view))


def test_kept_results_have_a_button_as_long_as_there_is_room_and_all_have_their_reference() -> None:
    kept = [replace(job, undeliverable_at=LATER) for job in many(15, prompt=LONG, status=JobStatus.SUCCEEDED)]
    view = listed(kept)
    assert view.content_length() <= 4000
    assert view.total_children_count <= 40
    assert custom_ids(view) == [f"v1:show:{job.id}:0" for job in kept[:11]]
    assert all("#000000" in text for text in texts(view)[1:])


def test_what_discord_does_not_take_for_what_it_shows_has_no_button() -> None:
    refused = a_job(JobStatus.SUCCEEDED, undeliverable_at=LATER, failure=FailureReason.CONTENT_REFUSED)
    assert custom_ids(listed([refused, a_job(JobStatus.FAILED, undeliverable_at=LATER)])) == []


def test_a_full_page_for_moderators_fits_a_message() -> None:
    view = to_moderate(many(1000, prompt=LONG), page=50)
    assert view.content_length() <= 4000
    assert view.total_children_count <= 40
    ids = custom_ids(view)
    assert ids[:10] == [f"v1:cancel:{number:016x}:50" for number in range(500, 510)]
    assert ids[10:] == ["v1:page:-:49", "v1:page:-:51"]
    assert "Page 51 of 100 · 1,000 remixes" in texts(view)[-1]


@pytest.mark.parametrize(("page", "turning"), [(0, ["v1:page:-:1"]), (1, ["v1:page:-:0"]), (7, ["v1:page:-:0"])])
def test_the_first_and_the_last_page_turn_one_way(page: int, turning: list[str]) -> None:
    ids = custom_ids(to_moderate(many(11), page=page))
    assert [one for one in ids if ":page:" in one] == turning


def test_one_page_needs_no_turning() -> None:
    view = to_moderate(many(10), page=0)
    assert len(custom_ids(view)) == 10
    assert not any("Page" in text for text in texts(view))


def test_only_what_can_still_be_cancelled_has_the_button() -> None:
    asked = a_job(JobStatus.IN_QUEUE, cancel_requested_at=NOON)
    running = a_job(JobStatus.IN_PROGRESS)
    assert custom_ids(to_moderate([asked, running], page=0)) == []


def test_an_entry_says_who_where_when_and_leads_to_the_card() -> None:
    entry = texts(to_moderate([a_job()], page=0))[1]
    assert f"<@{MIRA}> in <#{CHANNEL}>" in entry
    assert f"<t:{int(NOON.timestamp())}:R>" in entry
    assert f"(https://discord.com/channels/{GUILD}/{CHANNEL}/{CARD})" in entry


def test_a_job_whose_card_is_unknown_has_no_link() -> None:
    job = a_job(origin=replace(origin(), card_message_id=None))
    assert "https://" not in texts(listed([job]))[1]


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (a_job(), "Waiting for its turn"),
        (a_job(JobStatus.SUBMITTING), "Being handed over"),
        (a_job(JobStatus.IN_QUEUE), "In RunComfy’s queue"),  # noqa: RUF001 - as it is read
        (a_job(JobStatus.IN_QUEUE, cancel_requested_at=NOON), "Cancelling…"),
        (a_job(JobStatus.IN_PROGRESS), "Painting"),
        (a_job(JobStatus.SUCCEEDED), "Painted, on its way here"),
        (a_job(JobStatus.SUCCEEDED, delivered_at=LATER), "Done"),
        (a_job(JobStatus.SUCCEEDED, undeliverable_at=LATER), "Painted, but not posted"),
        (a_job(JobStatus.SUCCEEDED, failure=FailureReason.OUTPUT_LOST), "No picture"),
        (a_job(JobStatus.FAILED, failure=FailureReason.REJECTED), "No picture"),
        (a_job(JobStatus.EXPIRED), "No picture"),
        (a_job(JobStatus.CANCELLED), "Cancelled"),
    ],
)
def test_each_state_has_its_words(job: Job, words: str) -> None:
    assert state_words(job, "en-US") == words
