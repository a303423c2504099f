"""Cards and results fit Discord, offer what makes sense, and leave nothing in discord.py's memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.job import Fitted
from bot.domain.picture import Mend
from bot.domain.remix_request import Kept
from bot.domain.status import CancelOutcome, FailureReason, JobStatus
from bot.engine.answers import Attachment, Progress
from bot.engine.gallery import Gallery, GalleryPicture
from bot.engine.lookup import JobDetails
from bot.ui.cards import card
from bot.ui.gallery import gallery_view
from bot.ui.layout import size_name, size_pixels
from bot.ui.markdown import escape, utf16_length
from bot.ui.results import details, failure, result, shown
from sandbox.discord.components import IS_COMPONENTS_V2, check_message
from tests.unit.job_builder import (
    LATER,
    MODEL,
    NOON,
    ODA,
    THREAD,
    a_delivery,
    a_job,
    a_mended_picture,
    a_result,
    picture,
    request,
)
from tests.unit.transcript import render

if TYPE_CHECKING:
    from bot.domain.job import Job
    from bot.domain.remix_request import Input

# Of an animation either the first picture is taken, or a later one.
MENDS = [mend for mend in Mend if mend is not Mend.FIRST_FRAME]
ALL_MENDED = [a_mended_picture(f"{'_' * 250}{number}.heic", *MENDS) for number in range(10)]
WORST_PROMPTS = ["\N{CAT FACE}" * 800, "*" * 800, "@" * 800, "\N{WOMAN}\N{ZERO WIDTH JOINER}" * 400, "https://" * 100]
TEN_PICTURES = [picture(f"{'_' * 250}{number}.png") for number in range(10)]
FILES = [Attachment(Path(f"{n}.png"), f"remix-{n + 1}.png", "") for n in range(10)]


def drawn(job: Job, *, ahead: int | None = None) -> discord.ui.LayoutView:
    """The card at noon."""
    return card(job, Progress(ahead, ahead), model_name=MODEL, now=NOON)


def assert_fits(view: discord.ui.LayoutView, *, files: set[str] | None = None) -> None:
    """Hold a layout against Discord's limits, by the sandbox's rules and the stricter count of text."""
    body = {"components": view.to_components(), "flags": IS_COMPONENTS_V2}
    assert check_message(body, flags=IS_COMPONENTS_V2, attachment_names=files or set()) == []
    texts = [item.content for item in view.walk_children() if isinstance(item, discord.ui.TextDisplay)]
    assert sum(map(utf16_length, texts)) <= 4000
    assert view.total_children_count <= 40


@pytest.mark.parametrize("prompt", WORST_PROMPTS)
@pytest.mark.parametrize("status", JobStatus)
def test_a_card_of_ten_images_and_the_longest_prompt_fits(prompt: str, status: JobStatus) -> None:
    asked = request(prompt, *TEN_PICTURES, size="6198x2656(21:9)", scale=0.123456, single=False)
    assert_fits(drawn(a_job(status, request=asked), ahead=10**9))
    assert_fits(drawn(a_job(status, request=replace(asked, inputs=tuple(ALL_MENDED))), ahead=10**9))


@pytest.mark.parametrize("prompt", WORST_PROMPTS)
def test_results_failures_and_details_with_the_longest_prompt_fit(prompt: str) -> None:
    job = a_job(JobStatus.SUCCEEDED, request=request(prompt, *TEN_PICTURES, size="x" * 800), started_at=NOON)
    names = {one.filename for one in FILES}
    assert_fits(result(job, a_delivery(1, *range(10)), FILES), files=names)
    failed = a_job(JobStatus.FAILED, request=job.request, failure=FailureReason.UNCERTAIN, submitted_at=NOON)
    assert_fits(failure(failed, a_delivery(), now=NOON))
    smaller = Fitted("a/1.fit", "image/webp", 10_400_000, 16_000, 16_000)
    outputs = [replace(a_result(index, width=1000 + index), fitted=smaller) for index in range(60)]
    assert_fits(details(JobDetails(job, outputs, ()), model_name=MODEL, locale="ko"))
    assert_fits(details(JobDetails(failed, (), ()), model_name=MODEL, locale="ko"))
    mended = replace(job, request=replace(job.request, inputs=tuple(ALL_MENDED)))
    assert_fits(details(JobDetails(mended, outputs, ()), model_name=MODEL, locale="ko"))


@pytest.mark.parametrize("prompt", WORST_PROMPTS)
def test_a_job_of_ten_images_that_cannot_be_used_is_told_within_discords_limits(prompt: str) -> None:
    useless = tuple(replace(one, problem="not_a_picture") for one in ALL_MENDED)
    asked = request(prompt, *useless, size="x" * 800)
    job = a_job(JobStatus.FAILED, request=asked, failure=FailureReason.INPUT_REFUSED)
    assert_fits(drawn(job))
    assert_fits(failure(job, a_delivery(), now=NOON))
    assert_fits(details(JobDetails(job, (), ()), model_name=MODEL, locale="ko"))


def test_try_again_is_not_offered_for_images_that_cannot_be_used() -> None:
    useless = request("x", replace(picture(), problem="damaged"))
    job = a_job(JobStatus.FAILED, request=useless, failure=FailureReason.INPUT_REFUSED)
    assert "[Try again]" not in render(drawn(job))
    assert "[Try again]" not in render(failure(job, a_delivery(), now=NOON))


def test_a_picture_that_clients_do_not_show_stands_on_the_card_once_it_was_converted() -> None:
    phone = a_mended_picture("IMG_1.heic", Mend.CONVERTED)
    assert "[picture:" not in render(drawn(a_job(request=request("x", replace(phone, kept=None)))))
    assert "[picture: Image 1: IMG_1.heic] https://cdn.discordapp.com/kept/" in render(
        drawn(a_job(request=request("x", phone)))
    )


@given(st.text(max_size=800))
def test_whatever_the_prompt_no_card_breaks_a_rule_of_discord(prompt: str) -> None:
    assert_fits(drawn(a_job(request=request(prompt))))


# --- what is offered --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", JobStatus)
def test_cancel_stands_on_a_card_exactly_while_a_job_can_be_cancelled(status: JobStatus) -> None:
    assert ("[Cancel]" in render(drawn(a_job(status)))) == status.is_cancellable


@pytest.mark.parametrize(
    "job",
    [
        a_job(JobStatus.IN_QUEUE, cancel_requested_at=NOON, cancel_requested_by=ODA),
        a_job(JobStatus.IN_QUEUE, cancel_outcome=CancelOutcome.NOT_CANCELLABLE, overdue_at=NOON),
    ],
)
def test_cancel_goes_once_it_was_asked_for(job: Job) -> None:
    assert "[Cancel]" not in render(drawn(job))


def test_try_again_is_offered_while_discord_serves_the_images() -> None:
    failed = a_job(JobStatus.FAILED, failure=FailureReason.RUN_FAILED)
    assert "[Try again]" in render(drawn(failed))
    late = card(failed, Progress(), model_name=MODEL, now=LATER - timedelta(seconds=30))
    assert "[Try again]" not in render(late)
    assert "[Try again]" not in render(failure(failed, a_delivery(), now=LATER))


@pytest.mark.parametrize(
    ("failure_reason", "words", "buttons", "told"),
    [
        (FailureReason.REJECTED, "scale must be at most 1", 0, "RunComfy refused this remix"),
        (FailureReason.REJECTED, None, 0, "RunComfy refused this remix"),
        (FailureReason.REJECTED, "image could not be fetched: HTTP 403", 1, "could not fetch a picture"),
        (FailureReason.RUN_FAILED, "content policy violation", 0, "rules for content"),
        (FailureReason.RUN_FAILED, "prompt is required", 0, "breaks a rule of the model"),
        (FailureReason.RUN_FAILED, "image could not be fetched: HTTP 403", 1, "could not fetch a picture"),
        (FailureReason.RUN_FAILED, "out of memory", 1, "The painting failed"),
    ],
)
def test_the_providers_reason_is_told_and_try_again_offered_only_where_it_could_help(
    failure_reason: FailureReason, words: str | None, buttons: int, told: str
) -> None:
    job = a_job(JobStatus.FAILED, failure=failure_reason, failure_detail=words)
    for text in (render(drawn(job)), render(failure(job, a_delivery(), now=NOON))):
        assert told in text
        assert text.count("[Try again]") == buttons
        assert text.count("s reason:") == (0 if words is None else 1)
        assert words is None or escape(words, limit=400) in text


def test_the_providers_reason_does_nothing_but_show_itself() -> None:
    words = (
        "@everyone **no** https://cdn.discordapp.com/private.png?ex=1 [x](https://evil.example) could not be fetched"
    )
    job = a_job(JobStatus.FAILED, failure=FailureReason.RUN_FAILED, failure_detail=words)
    text = render(drawn(job))
    assert "@everyone" not in text
    assert "\\*\\*no\\*\\*" in text
    assert "private.png" not in text
    assert "evil.example" not in text
    assert_fits(drawn(a_job(JobStatus.FAILED, failure=FailureReason.RUN_FAILED, failure_detail="**" * 150)))


def test_the_providers_reason_is_left_out_where_the_prompt_is_blocked() -> None:
    job = a_job(JobStatus.FAILED, failure=FailureReason.REJECTED, failure_detail="the prompt is bad")
    assert "is bad" not in render(failure(job, a_delivery(), now=NOON, quotes_prompt=False))
    hidden = card(job, Progress(), model_name=MODEL, now=NOON, shows_request=False)
    assert "is bad" not in render(hidden)


def test_kept_images_are_shown_and_offered_once_more_long_after_their_own_urls_died() -> None:
    fresh = Kept(picture("before-1.png", expires_at=LATER).url, 1, 2, 0)
    kept = replace(picture("cat.png", expires_at=NOON), kept=fresh)
    failed = a_job(JobStatus.FAILED, failure=FailureReason.RUN_FAILED, request=request("x", kept))
    assert f"[picture: Image 1: cat.png] {fresh.url}" in render(drawn(failed))
    assert "[Try again]" in render(drawn(failed))
    months_later = card(failed, Progress(), model_name=MODEL, now=LATER)
    assert "picture:" not in render(months_later)
    assert "[Try again]" in render(months_later)


def test_expired_images_are_left_out_and_a_card_without_any_has_no_gallery() -> None:
    job = a_job(request=request("x", picture("old.png", expires_at=NOON), picture("new.png")))
    assert "[picture: Image 1: old.png]" not in render(drawn(job))
    assert "[picture: Image 2: new.png]" in render(drawn(job))
    assert "picture:" not in render(card(job, Progress(), model_name=MODEL, now=LATER))


def test_a_result_greets_its_requester_once_and_its_buttons_carry_the_part() -> None:
    job = a_job(JobStatus.SUCCEEDED)
    first = render(result(job, a_delivery(1, 0), FILES[:1]))
    second = render(result(job, a_delivery(2, 10), FILES[:1]))
    assert "<@4001>" in first
    assert "<@4001>" not in second
    assert f"v1:details:{job.id}:2" in second


COVERED = [picture("SPOILER_cat.png"), replace(picture("dog.png"), is_marked_spoiler=True)]


@pytest.mark.parametrize("covered", COVERED, ids=["by its name", "by its mark"])
def test_a_covered_picture_is_covered_wherever_it_or_what_is_made_of_it_is_shown(covered: Input) -> None:
    job = a_job(JobStatus.SUCCEEDED, request=request("as a cat", picture("owl.png"), covered))
    again = replace(job, request=job.request.for_another_job())
    kept = Gallery(THREAD, "", tuple(GalleryPicture(n, Path(f"{n}.png"), 9, f"before-{n}.png") for n in (1, 2)))
    for one in (job, again):
        assert covers(drawn(one)) == [False, True]
        assert covers(gallery_view(one, kept)) == [False, True]
        for view in (result, partial(shown, may_be_repeated=False)):
            assert covers(view(one, a_delivery(1, 0, 1), FILES[:2])) == [True, True]


def test_nothing_is_covered_that_its_member_did_not_cover() -> None:
    job = a_job(JobStatus.SUCCEEDED, request=request("as a cat", picture("my SPOILER_.png")))
    assert covers(drawn(job)) == covers(result(job, a_delivery(1, 0), FILES[:1])) == [False]


def covers(view: discord.ui.LayoutView) -> list[bool]:
    """Whether each picture of a layout is covered, in order."""
    galleries = (item for item in view.walk_children() if isinstance(item, discord.ui.MediaGallery))
    return [item.spoiler for gallery in galleries for item in gallery.items]


# --- nothing stays in memory ------------------------------------------------------------------------------------------


async def test_discord_py_keeps_none_of_our_views() -> None:
    failed = a_job(JobStatus.FAILED)
    views = [
        drawn(a_job()),
        drawn(failed),
        failure(failed, a_delivery(), now=NOON),
        result(a_job(JobStatus.SUCCEEDED), a_delivery(1, 0), FILES[:1]),
    ]
    for view in views:
        assert "v1:" in str(view.to_components())
        # The one condition under which every path of sending and editing stores a view.
        assert not view.is_dispatchable()


# --- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "name"),
    [
        ("1024x1024(1:1)", "1K · 1:1"),
        ("2304x1728(4:3)", "2K · 4:3"),
        ("3024x1296(21:9)", "2K · 21:9"),
        ("4694x3520(4:3)", "4K · 4:3"),
        ("6198x2656(21:9)", "4K · 21:9"),
        ("300x200(3:2)", "1K · 3:2"),
        ("640x480", "640x480"),
        ("auto", "auto"),
    ],
)
def test_a_size_is_said_as_people_do(size: str, name: str) -> None:
    assert size_name(size) == name


def test_pixels_are_read_from_a_size_where_it_has_them() -> None:
    assert size_pixels("6198x2656(21:9)") == (6198, 2656)
    assert size_pixels("640x480") == (640, 480)
    assert size_pixels("auto") is None
