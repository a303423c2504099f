"""The product's clock, whatever somebody does to the machine's."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.ops.system_clock import SystemClock
from tests.fakes import START


class Machine:
    """A machine whose two clocks a test moves by hand."""

    def __init__(self) -> None:
        self.wall = START
        self.steady = 5.0

    def clock(self) -> SystemClock:
        """The product's clock on this machine."""
        return SystemClock(wall=lambda: self.wall, steady=lambda: self.steady)

    def pass_seconds(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += timedelta(seconds=seconds)
        self.steady += seconds


def later(seconds: float) -> datetime:
    """So long after the start."""
    return START + timedelta(seconds=seconds)


def test_it_tells_the_machines_time() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.pass_seconds(7)

    assert clock.now() == later(7)


def test_a_clock_that_is_set_back_stops_nothing_that_is_due() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.pass_seconds(10)
    machine.wall -= timedelta(hours=1)
    machine.pass_seconds(10)

    assert clock.now() == later(20)


def test_a_clock_that_sleeps_with_its_machine_is_followed_at_once() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.pass_seconds(3600)

    assert clock.now() == later(3600)


@pytest.mark.parametrize("hours", [25, -25])
def test_a_clock_that_is_wrong_for_a_moment_changes_nothing(hours: int) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += timedelta(hours=hours)
    machine.pass_seconds(50)
    assert clock.now() == later(50)

    machine.wall -= timedelta(hours=hours)
    machine.pass_seconds(50)
    assert clock.now() == later(100)


@pytest.mark.parametrize("hours", [25, -25])
def test_a_clock_that_was_set_is_followed_after_a_minute(hours: int) -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += timedelta(hours=hours)
    told = [clock.now()]
    for _ in range(2):
        machine.pass_seconds(30)
        told.append(clock.now())

    assert told == [later(0), later(30), later(60 + hours * 3600)]


def test_a_small_correction_is_followed_forward_at_once_and_never_back() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += timedelta(seconds=1)
    assert clock.now() == later(1)

    machine.wall -= timedelta(seconds=1)
    assert clock.now() == later(1)
