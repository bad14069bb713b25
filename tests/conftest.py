"""Fails the tests in which code logs an error, or leaves a failed Deferred without a handler.

A Deferred logs its failure when collected as garbage. Trial's test cases already fail on logged errors, and allow
expected errors (``flushLoggedErrors``); the fixture below checks all other tests.
"""

from __future__ import annotations

import gc
import unittest
from collections.abc import Iterator

import pytest
from twisted.logger import LogEvent, LogLevel, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

_ERRORS = (LogLevel.error, LogLevel.critical)


@pytest.fixture(autouse=True)
def no_logged_errors(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that logged an error."""
    case = request.instance
    if isinstance(case, SynchronousTestCase):
        case.addCleanup(gc.collect)  # cleanups run before trial looks at what was logged
        yield
        return
    logged: list[LogEvent] = []

    def observe(event: LogEvent) -> None:
        if "log_failure" in event or event.get("log_level") in _ERRORS:
            logged.append(event)

    globalLogPublisher.addObserver(observe)
    try:
        yield
        gc.collect()
    finally:
        globalLogPublisher.removeObserver(observe)
    if logged:
        texts = [
            event["log_failure"].getTraceback() if "log_failure" in event else formatEvent(event) for event in logged
        ]
        pytest.fail("logged while the test ran:\n" + "\n".join(texts), pytrace=False)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the tests of unittest, which the Makefile runs in processes of their own."""
    case = getattr(item, "cls", None)
    if case is not None and issubclass(case, unittest.TestCase):
        item.add_marker("unittest")


def pytest_collection_finish() -> None:
    """Exclude the imported modules from the garbage collection after every test, to save time."""
    gc.collect()
    gc.freeze()
