"""`bentornato understand`: what a manager reads about a text."""

import pytest
from typer.testing import CliRunner

from bot.__main__ import build


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("quanti punti ho?", "it", ("language  it", "intent    balance (a known phrase, it)", "nothing about it")),
        ("STOP", "it-CH", ("conversation in it", "consent   opts out\n")),
        ("START", "en", ("consent   opts in again",)),
        ("Wo ist mein Paket geblieben bitte", "en", ("one we do not speak", "intent    none")),
        ("مرحبا كيف حالك يا صديقي", "en", ("language  ar",)),
    ],
)
def test_readings(tmp_path, monkeypatch, text, locale, expected):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(build("understand"), ["understand", text, "--locale", locale])
    assert done.exit_code == 0
    for words in expected:
        assert words in done.output
