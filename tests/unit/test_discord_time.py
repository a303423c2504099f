"""Discord's time as its responses tell it: believed where ids agree and while it runs steadily."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from bot.ops.discord_time import DIFFERS_BY, EARLY_BY, LATE_BY, DiscordTime, created_at
from sandbox.discord.snowflake import first_id_at
from tests.fakes import START

INTERACTION = first_id_at(START - timedelta(seconds=2))
SLIGHTLY = timedelta(seconds=1)


class Line:
    """Responses as a test wants them, and seconds that pass."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.time = DiscordTime(steady=lambda: self.seconds)

    def respond(self, at: datetime, *, interaction_id: int | None = None) -> int:
        """Let a request be answered at once."""
        request = self.time.begin()
        self.time.note(format_datetime(at, usegmt=True), request=request, interaction_id=interaction_id)
        return request


@pytest.fixture
def line() -> Line:
    """A line on which an acknowledgement was answered."""
    made = Line()
    made.respond(START, interaction_id=INTERACTION)
    return made


def test_the_bounds_lie_around_the_time_of_the_latest_response(line: Line) -> None:
    earliest = line.time.earliest_id()
    latest = line.time.latest_id(since=1)

    assert earliest is not None
    assert latest is not None
    assert created_at(earliest) == START - EARLY_BY
    assert created_at(latest) == START + LATE_BY
    assert earliest < INTERACTION < latest


def test_nothing_is_known_before_an_acknowledgement_has_shown_that_ids_agree() -> None:
    line = Line()
    assert (line.time.earliest_id(), line.time.latest_id(since=0)) == (None, None)
    line.respond(START)
    assert (line.time.earliest_id(), line.time.latest_id(since=0)) == (None, None)
    line.respond(START, interaction_id=INTERACTION)
    assert line.time.earliest_id() is not None


@pytest.mark.parametrize("off", [timedelta(hours=-25), -DIFFERS_BY - SLIGHTLY * 4, DIFFERS_BY, timedelta(hours=25)])
def test_the_clock_of_a_proxy_that_ids_contradict_is_not_believed(off: timedelta) -> None:
    line = Line()
    line.respond(START + off, interaction_id=INTERACTION)

    assert (line.time.earliest_id(), line.time.latest_id(since=0)) == (None, None)


@pytest.mark.parametrize("jump", [timedelta(hours=-25), -DIFFERS_BY - SLIGHTLY, DIFFERS_BY + SLIGHTLY])
def test_a_clock_that_jumps_is_not_believed_until_the_next_acknowledgement(line: Line, jump: timedelta) -> None:
    line.seconds += 60
    at = START + timedelta(seconds=60)
    line.respond(at + jump)
    assert line.time.earliest_id() is None
    line.respond(at)
    assert line.time.earliest_id() is None
    line.respond(at, interaction_id=first_id_at(at))

    assert line.time.earliest_id() == first_id_at(at - EARLY_BY)


def test_a_clock_that_runs_as_ours_does_is_followed(line: Line) -> None:
    for minute in range(1, 61):
        line.seconds += 60
        line.respond(START + timedelta(minutes=minute))

    assert line.time.earliest_id() == first_id_at(START + timedelta(hours=1) - EARLY_BY)


def test_a_response_to_a_request_that_went_out_before_tells_no_time_that_is_late_enough(line: Line) -> None:
    slow, asked = line.time.begin(), line.time.begin()
    assert line.time.latest_id(since=asked) is None
    line.time.note(format_datetime(START, usegmt=True), request=slow)
    assert line.time.latest_id(since=asked) is None
    line.time.note(format_datetime(START + SLIGHTLY, usegmt=True), request=asked)

    assert line.time.latest_id(since=asked) == first_id_at(START + SLIGHTLY + LATE_BY)


@pytest.mark.parametrize("date", [None, "", "now", "Mon, 99 Zzz 2026 00:00:00 GMT"])
def test_a_response_without_a_readable_time_changes_nothing(line: Line, date: str | None) -> None:
    before = line.time.earliest_id()
    line.time.note(date, request=line.time.begin())

    assert line.time.earliest_id() == before


def test_a_time_of_another_zone_or_of_none_is_read_as_what_it_is(line: Line) -> None:
    for date in ("Mon, 04 May 2026 14:00:00 +0200", "Mon, 04 May 2026 12:00:00 -0000"):
        line.time.note(date, request=line.time.begin())
        assert line.time.earliest_id() == first_id_at(START - EARLY_BY)
