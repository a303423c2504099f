"""What the provider's words about a failure are taken for, and whether the same request would fail again."""

from __future__ import annotations

import pytest

from bot.domain.complaint import Complaint, complaint_of, is_repeating_futile
from bot.domain.status import FailureReason, JobStatus
from tests.unit.job_builder import a_job

WORDS = [
    ("https://cdn.discordapp.com/a/b/c.png could not be fetched: HTTP 403.", Complaint.UNFETCHED),
    ("image_urls: http://127.0.0.1:1/x.png could not be fetched: ClientConnectorError.", Complaint.UNFETCHED),
    ("Failed to download image from url", Complaint.UNFETCHED),
    ("Unable to access the input file", Complaint.UNFETCHED),
    ("error while downloading image: 403 Forbidden", Complaint.UNFETCHED),
    ("We couldn't load the picture", Complaint.UNFETCHED),
    ("The image URL is not accessible", Complaint.UNFETCHED),
    ("timeout while fetching media", Complaint.UNFETCHED),
    ("cannot fetch image_urls[0]", Complaint.UNFETCHED),
    ("This prompt is not allowed.", Complaint.CONTENT),
    ("Your request was rejected by the safety system", Complaint.CONTENT),
    ("content policy violation", Complaint.CONTENT),
    ("The image was flagged as NSFW", Complaint.CONTENT),
    ("scale: Input should be valid, it must be at most 1", Complaint.FIELD),
    ("prompt is required", Complaint.FIELD),
    ("image too large", Complaint.FIELD),
    ("The model could not finish this request.", Complaint.OTHER),
    ("could not load the model", Complaint.OTHER),
    ("CUDA out of memory", Complaint.OTHER),
    ("internal error", Complaint.OTHER),
    ("Too many requests, slow down", Complaint.OTHER),
    ("Rate limit exceeded: at most 10 a minute", Complaint.OTHER),
    ("Execution time exceeds 600 s", Complaint.OTHER),
    ("The run timed out; it must be shorter than 10 minutes", Complaint.OTHER),
    ("Memory usage exceeds the limit of the GPU", Complaint.OTHER),
    ("The service is temporarily not allowed to take work", Complaint.OTHER),
    ("prompt exceeds 2000 characters", Complaint.FIELD),
    ("Your prompt was flagged by moderation. Change it and try again.", Complaint.CONTENT),
    (None, Complaint.OTHER),
]


@pytest.mark.parametrize(("words", "complaint"), WORDS)
def test_words_are_told_apart(words: str | None, complaint: Complaint) -> None:
    job = a_job(JobStatus.FAILED, failure=FailureReason.RUN_FAILED, failure_detail=words)
    assert complaint_of(job) is complaint
    assert is_repeating_futile(job) is (complaint in {Complaint.CONTENT, Complaint.FIELD})


@pytest.mark.parametrize(("words", "complaint"), WORDS)
def test_a_refused_submission_is_refused_again_unless_a_picture_could_not_be_fetched(
    words: str | None, complaint: Complaint
) -> None:
    job = a_job(JobStatus.FAILED, failure=FailureReason.REJECTED, failure_detail=words)
    assert is_repeating_futile(job) is (complaint is not Complaint.UNFETCHED)


def test_an_operators_note_is_not_taken_for_the_providers_words() -> None:
    job = a_job(JobStatus.FAILED, failure=FailureReason.UNCERTAIN, failure_detail="content policy")
    assert complaint_of(job) is Complaint.OTHER
    assert not is_repeating_futile(job)
