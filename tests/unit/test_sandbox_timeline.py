"""The timeline: a queue before slots, moved by a clock that the test holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.runcomfy.timeline import Fate, Phase, Timeline

START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """Stands still until moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def pass_time(self, seconds: float) -> None:
        """Move on."""
        self.now += timedelta(seconds=seconds)


def timeline_of(*names: str, slots: int = 1, run_seconds: float = 10) -> tuple[Timeline, Clock]:
    """A timeline in which these have just joined."""
    clock = Clock()
    timeline = Timeline(clock, slots=slots)
    for name in names:
        timeline.join(name, run_seconds=run_seconds)
    return timeline, clock


def phases(timeline: Timeline, names: str) -> list[Phase]:
    return [timeline.look(name).phase for name in names]


def test_the_first_runs_and_the_others_wait_in_order() -> None:
    timeline, _ = timeline_of("a", "b", "c")

    assert phases(timeline, "abc") == [Phase.IN_PROGRESS, Phase.IN_QUEUE, Phase.IN_QUEUE]
    assert [timeline.position(name) for name in "abc"] == [None, 0, 1]


def test_slots_run_side_by_side() -> None:
    timeline, _ = timeline_of("a", "b", "c", slots=2)

    assert timeline.started() == ["a", "b"]
    assert timeline.waiting() == ["c"]


def test_a_run_ends_at_its_own_moment_even_if_nobody_looked() -> None:
    timeline, clock = timeline_of("a", "b", "c")
    clock.pass_time(25)

    assert phases(timeline, "abc") == [Phase.COMPLETED, Phase.COMPLETED, Phase.IN_PROGRESS]
    assert timeline.look("a").ends_at == START + timedelta(seconds=10)
    assert timeline.look("b").ends_at == START + timedelta(seconds=20)
    assert timeline.look("c").started_at == START + timedelta(seconds=20)


def test_who_joins_a_free_slot_late_starts_when_it_joined() -> None:
    timeline, clock = timeline_of("a")
    clock.pass_time(100)

    assert timeline.join("b", run_seconds=1).started_at == clock.now


def test_a_queued_request_can_be_cancelled_and_the_next_moves_up() -> None:
    timeline, clock = timeline_of("a", "b", "c")

    assert timeline.cancel("b")
    assert timeline.look("b").phase is Phase.CANCELLED
    assert timeline.position("c") == 0
    clock.pass_time(10)
    assert timeline.look("c").phase is Phase.IN_PROGRESS


def test_a_running_or_ended_request_cannot_be_cancelled() -> None:
    timeline, clock = timeline_of("a")

    assert not timeline.cancel("a")
    clock.pass_time(10)
    assert not timeline.cancel("a")
    assert timeline.look("a").phase is Phase.COMPLETED


def test_a_cancel_can_lose_the_race_by_a_hair() -> None:
    timeline, clock = timeline_of("a", "b", "c")
    timeline.lose_next_cancel()

    assert not timeline.cancel("b")
    assert timeline.look("b").phase is Phase.IN_PROGRESS
    assert timeline.cancel("c")
    clock.pass_time(10)
    assert timeline.look("b").phase is Phase.COMPLETED


def test_held_requests_stay_queued_until_they_are_released() -> None:
    timeline, clock = timeline_of()
    timeline.hold()
    for name in "abc":
        timeline.join(name, run_seconds=5)
    clock.pass_time(1000)
    assert timeline.waiting() == ["a", "b", "c"]

    timeline.release("b")
    assert timeline.started() == ["b"]
    clock.pass_time(5)
    assert phases(timeline, "abc") == [Phase.IN_QUEUE, Phase.COMPLETED, Phase.IN_QUEUE]

    timeline.release()
    assert timeline.look("a").started_at == clock.now


def test_a_hold_does_not_stop_what_runs() -> None:
    timeline, clock = timeline_of("a", "b")
    timeline.hold()
    clock.pass_time(10)

    assert phases(timeline, "ab") == [Phase.COMPLETED, Phase.IN_QUEUE]


def test_by_hand_a_held_request_starts_and_ends_when_told() -> None:
    timeline, clock = timeline_of()
    timeline.hold()
    timeline.join("a", run_seconds=5)

    assert timeline.start_next() == "a"
    clock.pass_time(500)
    assert timeline.look("a").phase is Phase.IN_PROGRESS
    assert timeline.finish() == "a"
    assert timeline.look("a").ends_at == clock.now


def test_releasing_all_lets_runs_started_by_hand_end_by_the_clock() -> None:
    timeline, clock = timeline_of()
    timeline.hold()
    timeline.join("a", run_seconds=5)
    timeline.start_next()
    timeline.release()
    clock.pass_time(5)

    assert timeline.look("a").phase is Phase.COMPLETED


def test_what_is_not_there_cannot_be_started_finished_or_released() -> None:
    timeline, _ = timeline_of()

    with pytest.raises(IndexError):
        timeline.start_next()
    with pytest.raises(IndexError):
        timeline.finish()
    with pytest.raises(KeyError):
        timeline.release("a")
    with pytest.raises(KeyError):
        timeline.look("a")


def test_a_finished_run_makes_room_at_once() -> None:
    timeline, _ = timeline_of("a", "b")

    timeline.finish("a")

    assert timeline.started() == ["b"]


def test_the_result_may_lag_behind_the_end() -> None:
    clock = Clock()
    timeline = Timeline(clock)
    timeline.join("a", run_seconds=10, result_lag_seconds=4)
    clock.pass_time(12)

    assert timeline.look("a").phase is Phase.COMPLETED
    assert not timeline.is_result_ready("a")
    clock.pass_time(2)
    assert timeline.is_result_ready("a")


def test_more_slots_start_the_waiting_now_and_not_in_the_past() -> None:
    timeline, clock = timeline_of("a", "b")
    clock.pass_time(4)
    timeline.slots = 2

    assert timeline.look("b").started_at == clock.now


def test_plans_are_taken_one_by_one_and_then_all_is_usual() -> None:
    timeline, _ = timeline_of()
    timeline.fail_next("no")
    timeline.refuse_next("never")
    timeline.next_takes(3)

    fates = [timeline.next_fate() for _ in range(4)]

    assert fates == [Fate(error="no"), Fate(refusal="never"), Fate(run_seconds=3), Fate()]


@given(
    st.lists(
        st.tuples(st.floats(0, 20), st.floats(0, 30), st.booleans()),
        max_size=30,
    ),
    st.integers(1, 4),
)
def test_looking_often_or_never_comes_to_the_same(jobs: list[tuple[float, float, bool]], slots: int) -> None:
    """The order of events is the clock's, not the visitor's."""
    endings: list[list[datetime | None]] = []
    for looks in (True, False):
        clock = Clock()
        timeline = Timeline(clock, slots=slots)
        for index, (gap, seconds, gives_up) in enumerate(jobs):
            timeline.join(f"{index}", run_seconds=seconds)
            if gives_up:
                timeline.cancel(f"{index}")
            for _ in range(7):
                clock.pass_time(gap / 7)
                if looks:
                    timeline.settle()
        clock.pass_time(10_000)
        endings.append([timeline.look(f"{index}").ends_at for index in range(len(jobs))])

    assert endings[0] == endings[1]
    assert None not in endings[0]


@given(st.lists(st.floats(0, 30), min_size=1, max_size=20), st.integers(1, 3))
def test_no_more_run_than_there_are_slots(run_seconds: list[float], slots: int) -> None:
    clock = Clock()
    timeline = Timeline(clock, slots=slots)
    for index, seconds in enumerate(run_seconds):
        timeline.join(f"{index}", run_seconds=seconds)
    runs = [timeline.look(f"{index}") for index in range(len(run_seconds))]
    clock.pass_time(10_000)
    timeline.settle()

    for run in runs:
        assert run.started_at is not None
        beside = [
            other
            for other in runs
            if other.started_at is not None
            and other.ends_at is not None
            and other.started_at <= run.started_at < other.ends_at
        ]
        assert len(beside) <= slots
