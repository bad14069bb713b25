"""One browser for all tests of the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from chromium import Chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    """The browser itself, started once."""
    with Chromium() as chromium:
        yield chromium


@pytest.fixture
def chromium(browser: Chromium) -> Iterator[Chromium]:
    """The browser, whose pages are closed after the test and have to have had nothing to complain of."""
    yield browser
    browser.close_tabs()
    assert browser.take_errors() == []
