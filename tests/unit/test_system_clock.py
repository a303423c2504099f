"""The product's clock, whatever somebody does to the machine's."""

from __future__ import annotations

from datetime import datetime, timedelta

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
    machine.pass_seconds(5)
    assert clock.now() == later(25)


def test_a_clock_that_is_set_forward_or_slept_is_followed() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall += timedelta(hours=1)
    machine.pass_seconds(1)

    assert clock.now() == later(3601)
