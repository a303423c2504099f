"""What stands under a result whose files are not all as they came."""

from __future__ import annotations

import pytest

from bot.domain.status import JobStatus
from bot.engine.answers import Note, NoteKind, Notes
from bot.ui.markdown import utf16_length
from bot.ui.notes import LINKS_AT_MOST, NOTES_LIMIT, link, note_lines
from bot.ui.results import result
from tests.unit.job_builder import a_delivery, a_job, request
from tests.unit.test_cards import FILES, WORST_PROMPTS, assert_fits

JOB = a_job(JobStatus.SUCCEEDED)
URL = "https://files.runcomfy.net/out/1.png"


def note(kind: NoteKind, index: int = 0, url: str | None = URL, *, is_video: bool = False) -> Note:
    return Note(kind, index, 14_200_000, url, is_video=is_video)


@pytest.mark.parametrize("prompt", WORST_PROMPTS)
@pytest.mark.parametrize("kind", NoteKind)
@pytest.mark.parametrize("length", [50, 400, 2900])
def test_ten_notes_with_long_links_fit_and_nothing_is_left_untold(prompt: str, kind: NoteKind, length: int) -> None:
    job = a_job(JobStatus.SUCCEEDED, request=request(prompt))
    notes = Notes(tuple(note(kind, index, URL + "x" * length) for index in range(10)), missing=5)
    files = FILES if note(kind).has_file else []
    assert_fits(result(job, a_delivery(1, *range(10)), files, notes), files={one.filename for one in files})
    lines = list(note_lines(job, notes))
    assert len(lines) == 11
    assert sum(map(utf16_length, lines)) <= NOTES_LIMIT + 100


def test_outputs_that_are_not_here_are_linked_for_as_long_as_there_is_room() -> None:
    links = tuple((index, f"{URL}?{index}" + "x" * 500) for index in range(16, 600))
    told, linked = note_lines(JOB, Notes(missing=584, links=links))
    assert told.startswith("584 more")
    assert 3 <= linked.count("](https://") <= LINKS_AT_MOST
    assert utf16_length(linked) <= NOTES_LIMIT + 100
    assert list(note_lines(JOB, Notes(missing=1, links=((0, "javascript:alert(1)"),)))) == [
        "One more picture came out, but I could not bring it here."
    ]


def test_what_is_only_linked_gets_its_link_before_what_is_only_smaller() -> None:
    long = URL + "x" * 1200
    kinds = [NoteKind.FITTED, NoteKind.FITTED, NoteKind.TOO_LARGE, NoteKind.TOO_MANY_PIXELS]
    lines = list(note_lines(JOB, Notes(tuple(note(kind, index, long) for index, kind in enumerate(kinds)))))
    assert [long in line for line in lines] == [False, False, True, True]


def test_an_original_whose_address_is_unknown_is_told_with_the_jobs_number() -> None:
    notes = Notes((note(NoteKind.TOO_LARGE, url=None), note(NoteKind.TOO_LARGE, 1, None, is_video=True)))
    first, second = note_lines(JOB, notes)
    assert all(f"#{JOB.id[:6]}" in line for line in (first, second))
    assert (first.startswith("Picture 1"), second.startswith("Video 2")) == (True, True)


@pytest.mark.parametrize(
    ("url", "made"),
    [
        (URL, URL),
        (f"{URL}?X-Amz-Signature=ab%2Fc&n=1+2", f"{URL}?X-Amz-Signature=ab%2Fc&n=1+2"),
        ("https://x.example/a) [b](c \n<d>\\", "https://x.example/a%29%20[b]%28c%20%0A%3Cd%3E%5C"),
        ("https://x.example/\ud55c", "https://x.example/%ED%95%9C"),
        ("ftp://x.example/a", None),
        ("javascript:alert(1)", None),
        ("https:///a", None),
        ("https://[broken/a", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_a_link_only_where_it_is_one_of_the_web_and_cannot_break_out(
    url: str | None, made: str | None
) -> None:
    assert link(url) == made
