"""Whole conversations: each file of tests/transcripts is played through the real app."""

import pytest

from tests.transcripts.player import playing
from tests.transcripts.script import Script, scripts

SCRIPTS = scripts()


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.asyncio
async def test_transcript(name: str, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    script = SCRIPTS[name]
    async with playing(script, sqlite_url, monkeypatch) as player:
        for number, turn in enumerate(script.turns, 1):
            await player.play(turn, f"{name}, turn {number}")
        assert set(script.covers) <= player.ran
        assert set(script.locales) == await player.locales()


def test_all_channels_and_enough_conversations() -> None:
    assert len(SCRIPTS) >= 12
    channels = {person.channel for script in SCRIPTS.values() for person in script.people.values()}
    assert channels == {"telegram", "whatsapp", "sms"}


@pytest.mark.parametrize(
    ("turn", "why"),
    [
        ({"anna": "ciao"}, "expects either"),
        ({"anna": "ciao", "later": "3d", "bot": "x"}, "one person's"),
        ({"later": "3d", "bot": "x"}, "who hears"),
        ({"later": "soon", "silence": "yes"}, "pattern"),
        ({"otto": "ciao", "bot": "x"}, "otto"),
        ({"anna": {"sings": "la"}, "bot": "x"}, "sings"),
    ],
)
def test_a_transcript_that_says_nothing_sensible_is_refused(turn: dict[str, object], why: str) -> None:
    people = {"anna": {"channel": "whatsapp", "address": "+39333"}}
    with pytest.raises(ValueError, match=why):
        Script.model_validate({"about": "x", "covers": [], "locales": [], "people": people, "turns": [turn]})
