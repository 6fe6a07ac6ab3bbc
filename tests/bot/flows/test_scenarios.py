"""Every flow in every locale on every channel: each file of tests/scenarios is played in all of them."""

from pathlib import Path

import pytest

from bot.app import SHIPPED, load_texts
from bot.message import Choice, Mark, Outbound, Span, Text
from bot.render import Part
from bot.render._part import Style
from bot.texts import Texts
from loyalty.wording import speaks
from tests.builders import settings, world
from tests.scenarios.judge import left_over, misfits, texts_of, told, untranslated
from tests.scenarios.record import Record, Shown
from tests.scenarios.script import NEVER_SHOWN, Scenario, Scene, Turn, scenarios
from tests.scenarios.stage import CHANNELS, Stage, in_turn
from tests.scenarios.world import wordings

SCENARIOS = scenarios()
LOCALES = ("en", "it", "es", "pt_BR", "fr", "de", "ar", "hi", "id", "ru", "ja", "zh_Hans", "tr")


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_flow(locale: str, channel: str, sqlite_template: Path) -> None:
    stage = Stage(sqlite_template, world().texts, locale, channel, in_turn(channel))
    for name, scenario in SCENARIOS.items():
        stage.play(name, scenario)
    stage.close()
    texts, record = world().texts, stage.record
    assert {texts.resolve(one.voice) for one in record.shown} == {locale}
    problems = untranslated(record, texts) + misfits(record, texts)
    problems += left_over(record, texts, locale) if locale != "en" else []
    assert not problems, told(problems)
    assert texts_of(world().library) - record.said == set(NEVER_SHOWN)


@pytest.mark.parametrize("voice", sorted(path.name for path in (SHIPPED / "locales").glob("*@*")))
def test_every_way_of_speaking(voice: str, sqlite_template: Path) -> None:
    locale, _, modifier = voice.partition("@")
    texts = world().texts
    stage = Stage(sqlite_template, texts, locale, "whatsapp", in_turn("whatsapp"))
    stage.manner = {"formality" if modifier in ("formal", "informal") else "tone": modifier}
    for name, scenario in SCENARIOS.items():
        stage.play(name, scenario)
    stage.close()
    record = stage.record
    assert all(modifier in one.voice.partition("@")[2] for one in record.shown if texts.resolve(one.voice) == locale)
    problems = misfits(record, texts) + (left_over(record, texts, locale) if locale != "en" else [])
    assert not problems, told(problems)


def test_every_flow_has_a_scenario_of_its_own(sqlite_template: Path) -> None:
    assert SCENARIOS.keys() == world().library.active.keys()
    for name, scenario in SCENARIOS.items():
        stage = Stage(sqlite_template, world().texts, "en", "telegram")
        stage.play(name, scenario)
        stage.close()
        own = {step for step in texts_of(world().library) if step[0] == name}
        assert own - stage.record.said <= set(NEVER_SHOWN), name


def test_the_locales_are_those_that_are_shipped() -> None:
    assert set(LOCALES) == set(load_texts(settings()).locales)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_programme_speaks(locale: str) -> None:
    words = list(wordings(world().programme))
    assert len(words) > 50
    assert [one for one in words if not speaks(one, locale)] == []


@pytest.mark.parametrize(
    ("turn", "why"),
    [({}, "does one thing"), ({"begin": "a", "wait": "1d"}, "does one thing"), ({"begin": "a", "by": "otto"}, "by")],
)
def test_a_scenario_that_says_nothing_sensible_is_refused(turn: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Turn.model_validate(turn)


def test_what_is_not_translated_is_noticed(sqlite_template: Path) -> None:
    texts = Texts.load([], ["it", "ar"])
    stage = Stage(sqlite_template, texts, "it", "sms")
    stage.play("stop", SCENARIOS["stop"])
    stage.close()
    found = untranslated(stage.record, texts)
    assert "it: 'Yes, stop them' (label)" in found
    assert "it: 'Done: no more offers and greetings. Write START if you want them back.'" in found
    assert "it: 'All right, everything stays as it is.'" in left_over(stage.record, texts, "it")


def _shown(
    text: str, *labels: str, channel: str = "whatsapp", voice: str = "it", spans: tuple[Span, ...] = ()
) -> Shown:
    style: Style = "buttons" if labels else "plain"
    choices = tuple(Choice(label, f"v1:x:{place}:0") for place, label in enumerate(labels))
    return Shown("here", channel, voice, Outbound(Text(text, spans), choices), (Part(text, style, choices),))


@pytest.mark.parametrize(
    ("shown", "why"),
    [
        (_shown("x" * 1601), "more than 1600"),
        (_shown("x" * 1025, "Yes"), "more than 1024"),
        (_shown("x", "a", "b", "c", "d"), "more than 3"),
        (_shown("x", "a label that is too long for a button"), "longer than 20"),
        (_shown("x", "Yes", "Yes"), "read the same"),
        (_shown("x", "2", "1"), "not understood"),
        (_shown("You have {points} points."), "not filled"),
        (_shown("\u206812\u2069", channel="sms"), "isolates"),
        (_shown("لديك 12", voice="ar", spans=(Span(5, 7, Mark.NUMBER),)), "not isolated"),
        (_shown("لديك \u206812", voice="ar"), "unbalanced"),
    ],
)
def test_what_does_not_fit_is_noticed(shown: Shown, why: str) -> None:
    assert any(why in problem for problem in misfits(Record(shown=[shown]), world().texts))


def test_the_stage_notices_what_goes_wrong(sqlite_template: Path) -> None:
    for turns, why in (
        ([{"begin": "email"}, {"choose": "Keep it"}], "nothing to choose"),
        ([{"begin": "stop"}, {"choose": "Keep it"}], "not one of"),
        ([{"begin": "stop", "silent": "yes"}], "heard True"),
    ):
        scene = Scene.model_validate({"turns": turns})
        stage = Stage(sqlite_template, world().texts, "en", "telegram")
        with pytest.raises(AssertionError, match=why):
            stage.play("wrong", Scenario(about="x", scenes=(scene,)))
        stage.close()
