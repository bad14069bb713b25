"""No test passes when code under it logged an error, or left a failed Deferred that nobody handled.

Trial's test cases see to the first themselves, and let a test expect an error (``flushLoggedErrors``);
what pytest runs besides them is looked after here. A Deferred reports its failure when it is collected.
"""

from __future__ import annotations

import gc
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


def pytest_collection_finish() -> None:
    """Let the collections after every test look at what the tests made, not at every module again."""
    gc.collect()
    gc.freeze()
