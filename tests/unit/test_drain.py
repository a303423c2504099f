"""The pace after a silence of the provider: slow at first, faster by and by, and none at all in normal times."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.engine.schedule import DRAIN_AT_MOST, DRAIN_FOR, drain_gap


def _sent_within(seconds: float) -> int:
    at, sent = timedelta(), 0
    while at <= timedelta(seconds=seconds):
        sent, at = sent + 1, at + drain_gap(at)
    return sent


@pytest.mark.parametrize(("seconds", "gap"), [(0, 1.0), (10, 0.5), (30, 0.25), (40, 0.2), (59, 0.2)])
def test_the_pace_grows_by_one_a_second_every_ten_seconds_up_to_five(seconds: float, gap: float) -> None:
    assert drain_gap(timedelta(seconds=seconds)) == timedelta(seconds=gap)


@pytest.mark.parametrize("after", [DRAIN_FOR, timedelta(days=1)])
def test_a_minute_after_the_silence_nothing_is_slowed_down(after: timedelta) -> None:
    assert drain_gap(after) == timedelta()


def test_fifty_submissions_go_out_within_half_a_minute_and_never_more_than_the_bound() -> None:
    assert 10 <= _sent_within(9) <= 16
    assert _sent_within(30) >= 50
    assert _sent_within(59) <= DRAIN_AT_MOST * 60
