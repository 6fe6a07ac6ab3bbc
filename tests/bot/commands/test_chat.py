"""`bentornato chat` as a person with a pipe uses it: another process, from another folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def chat(tmp_path, lines: str, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BENTORNATO_")}
    return subprocess.run(
        [sys.executable, "-m", "bot", "chat", *options],
        input=lines,
        capture_output=True,
        encoding="utf-8",
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(Path.cwd()), "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("channel", "locale", "said", "letters"), [("whatsapp", "ar", "مرحبا", "أ"), ("sms", "it", "ciao", "Bentornato")]
)
def test_it_answers_in_the_members_language(tmp_path, channel, locale, said, letters):
    done = chat(tmp_path, f"{said}\n", "--channel", channel, "--locale", locale)
    assert (done.returncode, done.stderr) == (0, "")
    assert letters in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_number_picks_a_button(tmp_path):
    done = chat(tmp_path, "hello\n1\n9\n\n/quit\nhello\n", "--locale", "en", "--name", "Anna")
    assert done.returncode == 0, done.stderr
    first, second, *_ = done.stdout.split("  [1] ")[1:]
    assert first.startswith("Join\n  [2] Not now\n\n")
    assert second.startswith("Yes, gladly\n")
    assert "\u2068" not in done.stdout
    assert "<code>" not in done.stdout


def test_sms_shows_numbers_in_the_text(tmp_path):
    done = chat(tmp_path, "hello\n1\n", "--channel", "sms", "--locale", "en")
    assert "1) Join\n2) Not now\n\nReply with a number." in done.stdout
    assert "[1]" not in done.stdout
    assert "1) Yes, gladly" in done.stdout


def test_a_database_of_ones_own_is_kept(tmp_path):
    url = f"sqlite:///{tmp_path / 'mine.db'}"
    assert "Join" in chat(tmp_path, "hello\n1\n", "--database", url, "--locale", "en").stdout
    assert "already" in chat(tmp_path, "join\n", "--database", url, "--locale", "en").stdout
    assert "Would you like to join?" in chat(tmp_path, "i want to join\n", "--database", url, "--name", "Bob").stdout


def test_no_input_no_output(tmp_path):
    done = chat(tmp_path, "")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_unknown_channel(tmp_path):
    assert chat(tmp_path, "", "--channel", "signal").returncode == 2
