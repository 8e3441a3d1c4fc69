"""The demonstration's configuration."""

import os
from pathlib import Path

import pytest

from trousseau.demo import surroundings


def test_demo_points_nowhere_that_the_installation_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIG-11: its accounts have published passwords, and must never reach a real database."""
    for name in ("DATABASE_URL", "CACHE_URL", "MEDIA_URL", "MAIL_URL", "SECRET_KEY"):
        monkeypatch.setenv(f"TROUSSEAU_{name}", "postgresql://production/")
    before = dict(os.environ)
    try:
        surroundings.prepare(["--data", str(tmp_path), "--port", "8123"])
        values = [value for name, value in os.environ.items() if name.startswith("TROUSSEAU_")]
        assert "postgresql://production/" not in values
        assert os.environ["TROUSSEAU_DATA_DIR"] == str(tmp_path)
    finally:
        os.environ.clear()
        os.environ.update(before)
