"""What a user of the log hears of the engine, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dcc.cluster.log import LogAway, LogLost
from dcc.cluster.state import GRACE_SECONDS, State


class Timer:
    """A pending call."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """Forget the call."""
        self._call = None

    def fire(self) -> None:
        """Make the call, unless forgotten."""
        if self._call is not None:
            self._call()


class Loop(asyncio.AbstractEventLoop):
    """A loop whose only clock is the test."""

    def __init__(self) -> None:
        self._timers: list[Timer] = []

    def call_later(self, delay: float, callback: Callable[[], None], *_rest: object, **_others: object) -> Timer:  # type: ignore[override]
        """Keep a call for the grace."""
        assert delay == GRACE_SECONDS
        self._timers.append(Timer(callback))
        return self._timers[-1]

    def pass_grace(self) -> None:
        """Let the grace go by."""
        timers, self._timers = self._timers, []
        for timer in timers:
            timer.fire()


class Desk:
    """A state, and all that was told."""

    def __init__(self) -> None:
        self.loop = Loop()
        self.state = State(self.loop)
        self.told: list[str] = []
        self.state.follow(lambda news: self.told.append(str(news)))


@pytest.fixture
def desk() -> Desk:
    """Return a state that is well."""
    return Desk()


def test_a_fault_that_passes_within_the_grace_is_not_told(desk: Desk) -> None:
    desk.state.note(LogAway("lost"))
    desk.state.well()
    desk.loop.pass_grace()
    assert desk.told == []


def test_a_fault_that_lasts_is_told_and_so_is_its_end(desk: Desk) -> None:
    desk.state.note(LogAway("lost", "Start it."))
    desk.state.note(LogAway("refused", "Start it."))
    assert not desk.state.is_away
    desk.loop.pass_grace()
    assert desk.state.is_away
    desk.state.well()
    desk.state.well()
    assert desk.told == ["refused", "None"]
    assert not desk.state.is_away


def test_each_kind_of_fault_is_told_once(desk: Desk) -> None:
    desk.state.note(LogAway("refused", "Start it."))
    desk.loop.pass_grace()
    desk.state.note(LogAway("refused elsewhere", "Start it."))
    desk.state.note(LogAway("no majority", "Check the nodes."))
    desk.state.note(LogAway("refused", "Start it."))
    assert desk.told == ["refused", "no majority"]


def test_a_lost_log_is_told_without_grace_and_ends_the_news(desk: Desk) -> None:
    desk.state.note(LogAway("lost"))
    desk.state.lose(LogLost("replaced"))
    desk.loop.pass_grace()
    assert desk.told == ["replaced"]


def test_a_user_who_comes_late_hears_the_present_state() -> None:
    for make, told in (
        (lambda state: state.note(LogAway("away")), ["away"]),
        (lambda state: state.lose(LogLost("gone")), ["gone"]),
        (lambda state: state.well(), []),
    ):
        desk = Desk()
        make(desk.state)
        desk.loop.pass_grace()
        late: list[str] = []
        desk.state.follow(lambda news, late=late: late.append(str(news)))  # type: ignore[misc]
        assert late == told
