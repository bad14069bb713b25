"""One browser of each kind for all tests of the page.

A test with ``browser`` runs in each engine, a test with ``chromium`` needs what only Chromium's driver can do.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.browser import Browser, clean
from tests.support.chromium import Chromium
from tests.support.webkit import WebKit


@pytest.fixture(scope="session")
def started_chromium() -> Iterator[Chromium]:
    """Chromium itself, started once."""
    with Chromium() as chromium:
        yield chromium


@pytest.fixture(scope="session")
def started_webkit_en() -> Iterator[WebKit]:
    """WebKit itself, started once."""
    with WebKit("en") as webkit:
        yield webkit


@pytest.fixture(scope="session")
def started_webkit_es() -> Iterator[WebKit]:
    """The same in Spanish: WebKit takes the language with the start."""
    with WebKit("es") as webkit:
        yield webkit


@pytest.fixture
def chromium(started_chromium: Chromium) -> Iterator[Chromium]:
    """Chromium, whose pages are closed after the test and have to have had nothing to complain of."""
    yield from clean(started_chromium)


@pytest.fixture(params=["chromium", "webkit_en"])
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The same with each browser."""
    yield from clean(request.getfixturevalue(f"started_{request.param}"))
