"""The conclusions of the long benchmarks; and a start with a short history."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.soak import fitted_growth

CHECKOUT = Path(__file__).parent.parent
PATIENCE_SECONDS = 120


def test_growth_is_that_of_the_fitted_line_and_noise_is_its_error() -> None:
    """Over the whole time, in the unit of the values."""
    times = [5.0 * number for number in range(100)]
    assert fitted_growth(times, [70.0] * 100) == (0, 0)
    growth, error = fitted_growth(times, [70 + time / 495 for time in times])
    assert growth == pytest.approx(1)
    assert error == pytest.approx(0, abs=1e-6)
    growth, error = fitted_growth(times, [70.0 + number % 2 for number in range(100)])
    assert abs(growth) < 2 * error
    assert 0.1 < error < 0.3  # a standard deviation of 0.5 with 100 values: 0.5 * (12 / 100) ** 0.5


def test_a_start_is_measured_beside_an_interpreter(tmp_path: Path) -> None:
    """The placements after the last keyframe are many enough to be read."""
    words = [sys.executable, "-m", "bench", "start", "--python", "--placements", "0.35", "--repeat", "1"]
    ran = subprocess.run(
        [*words, "--out", tmp_path], cwd=CHECKOUT, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS
    )
    assert ran.returncode == 0, ran.stderr
    (row,) = json.loads((tmp_path / "start.json").read_text(encoding="utf-8"))["rows"]
    assert row["placements"] == 350_000
    assert row["start s"] > 0
    assert row["interpreter s"] > 0
    assert 5 < row["file MiB"] < 12  # some 22 bytes a placement
