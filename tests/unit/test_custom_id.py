"""Custom ids are written and read by one grammar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.custom_id import NO_JOB, Action, CustomId, decode, encode, template

JOB_IDS = st.one_of(st.just(NO_JOB), st.text("0123456789abcdef", min_size=16, max_size=16))
PAGES = st.one_of(st.none(), st.integers(0, 9999))


@given(action=st.sampled_from(Action), job_id=JOB_IDS, page=PAGES)
def test_what_is_written_is_read_back_and_fits_discord(action: Action, job_id: str, page: int | None) -> None:
    custom_id = encode(action, job_id, page)
    assert decode(custom_id) == CustomId(action, job_id, page)
    assert len(custom_id) <= 100


@given(action=st.sampled_from(Action), job_id=JOB_IDS, page=PAGES)
def test_each_id_is_answered_by_the_template_of_its_action_alone(action: Action, job_id: str, page: int | None) -> None:
    custom_id = encode(action, job_id, page)
    matching = [other for other in Action if template(other).fullmatch(custom_id)]
    assert matching == [action]


def test_a_template_names_job_and_page() -> None:
    match = template(Action.DETAILS).fullmatch("v1:details:a1b2c3d4e5f60718:2")
    assert match is not None
    assert match.groupdict() == {"job": "a1b2c3d4e5f60718", "page": "2"}


@pytest.mark.parametrize(
    "custom_id",
    [
        "",
        "cancel:7",
        "v0:cancel:a1b2c3d4e5f60718",
        "v1:cancel:A1B2C3D4E5F60718",
        "v1:cancel:a1b2",
        "v1:cancel:a1b2c3d4e5f60718:",
        "v1:cancel:a1b2c3d4e5f60718:01",
        "v1:cancel:a1b2c3d4e5f60718:-1",
        "v1:cancel:a1b2c3d4e5f60718\n",
        "v1::a1b2c3d4e5f60718",
    ],
)
def test_what_is_not_of_the_grammar_is_not_read(custom_id: str) -> None:
    assert decode(custom_id) is None


def test_an_action_that_we_no_longer_know_is_still_read() -> None:
    assert decode("v1:upscale:a1b2c3d4e5f60718") == CustomId("upscale", "a1b2c3d4e5f60718")


@pytest.mark.parametrize(
    ("job_id", "page"), [("nonsense", None), ("a1b2c3d4e5f60718", -1), ("a1b2c3d4e5f60718", 10**4)]
)
def test_what_could_not_be_read_back_is_not_written(job_id: str, page: int | None) -> None:
    with pytest.raises(ValueError, match="no custom id"):
        encode(Action.CANCEL, job_id, page)
