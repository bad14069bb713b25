"""The small files of a user."""

from __future__ import annotations

from pathlib import Path
from tempfile import gettempdir

from dcc.client import settings


def test_the_tests_do_not_touch_the_settings_of_whoever_runs_them() -> None:
    assert settings.folder().is_relative_to(gettempdir())


def test_a_file_is_replaced_as_a_whole_and_only_the_user_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.json"
    for content in ([1, 2, 3], {"a": "b"}):
        settings.write(path, content)
    assert path.read_text(encoding="utf-8") == '{\n "a": "b"\n}'
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]
