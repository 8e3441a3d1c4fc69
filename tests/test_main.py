"""The `trousseau` command itself."""

import sys

import pytest

from trousseau import __version__
from trousseau.__main__ import main


@pytest.mark.parametrize("word", ["--version", "version"])
def test_version_is_the_product_s_own(
    word: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["trousseau", word])

    main()

    assert capsys.readouterr().out == f"Trousseau {__version__}\n"
