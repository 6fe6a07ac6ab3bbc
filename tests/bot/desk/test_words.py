"""The desk speaks English and Italian; its templates escape what people wrote."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from bot.desk._words import Words, placeholders
from tests.builders import us

WORDS = Words.load(zone="Europe/Rome")
NOW = us("2026-03-02T10:00+01:00")


def drawn(locale: str, template: str, **values: object) -> str:
    return WORDS.voice(locale).templates.from_string(template).render(values)


def test_what_is_spoken() -> None:
    assert set(WORDS.locales) >= {"en", "it"}
    assert WORDS.names()["it"] == "Italiano"
    assert WORDS.voice("tlh").locale == "en"
    assert (WORDS.voice("it").tag, WORDS.voice("it").direction) == ("it", "ltr")


@pytest.mark.parametrize(
    ("asked", "found"),
    [("it-IT,it;q=0.9,en;q=0.8", "it"), ("fr, IT;q=0.1", "en"), ("", "en"), ("de,it", "it"), ("x" * 500, "en")],
)
def test_the_language_of_a_browser(asked: str, found: str) -> None:
    assert WORDS.wanted(asked) == found


def test_texts_are_said_with_their_values() -> None:
    said = "Too many tries. Try again in %(minutes)s minutes."
    assert WORDS.voice("it").say(said, minutes=3) == "Troppi tentativi. Riprova tra 3 minuti."
    assert WORDS.voice("en").count("%(num)s message", "%(num)s messages", 2) == "2 messages"


def test_what_people_wrote_is_text_even_in_a_translation() -> None:
    name = "<script>alert(1)</script>"
    said = drawn(
        "it",
        '{{ _("The link for %(name)s. It is shown only now and works once, for three days:", name=name) }}',
        name=name,
    )
    assert said.startswith("Il link per &lt;script&gt;")
    assert drawn("en", "{{ name|lines }}", name="<b>\nx") == "&lt;b&gt;<br>x"


def test_what_is_not_there_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        drawn("en", "{{ nothing }}")


@pytest.mark.parametrize(
    ("template", "english", "italian"),
    [
        ("{{ now|when }}", "Mar 2, 2026, 10:00:00 AM", "2 mar 2026, 10:00:00"),
        ("{{ now|day }}", "Mar 2, 2026", "2 mar 2026"),
        ("{{ now|clock }}", "10:00 AM", "10:00"),
        ("{{ now|iso }}", "2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"),
        ("{{ (now - 180000000)|ago(now) }}", "3 minutes ago", "3 minuti fa"),
        ("{{ 7200000000|lasting }}", "2 hours", "2 ore"),
        ("{{ 1234567|number }}", "1,234,567", "1.234.567"),
        ("{{ 0.25|percent }}", "25%", "25%"),
        ("{{ 123456|money('EUR') }}", "€1,234.56", "1.234,56 €"),
        ("{{ 500|money('JPY') }}", "¥500", "500 JPY"),
    ],
)
def test_numbers_and_times(template: str, english: str, italian: str) -> None:
    plain = [drawn(one, template, now=NOW).replace("\u202f", " ").replace("\xa0", " ") for one in ("en", "it")]
    assert plain == [english, italian]


def test_a_deployments_own_words_lie_on_top(tmp_path: Path) -> None:
    file = tmp_path / "it" / "LC_MESSAGES" / "desk.po"
    file.parent.mkdir(parents=True)
    file.write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Staff"\nmsgstr "Squadra"\n'
    )
    voice = Words.load([tmp_path]).voice("it")
    assert (voice.say("Staff"), voice.say("Save")) == ("Squadra", "Salva")


def test_placeholders() -> None:
    assert placeholders("%(a)s and %(b)d, 100%%") == {"a", "b"}
    for broken in ("100%", "%s", "%(a", "100 % x"):
        with pytest.raises(ValueError, match="broken placeholder"):
            placeholders(broken)
