"""``dcc cluster`` without an engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import dcc


@pytest.mark.parametrize("command", ["status", "repair"])
def test_a_file_without_credentials_is_told_with_the_next_step(tmp_path: Path, command: str) -> None:
    path = tmp_path / "file"
    path.write_text("password")
    ended = dcc("cluster", command, "nats://127.0.0.1/x", str(tmp_path / "one"), "--cluster-credentials", str(path))
    assert ended.status == 1
    [line] = ended.errors
    assert f"the credentials file {path} holds no credentials of NATS. Give the file that nsc wrote" in line
