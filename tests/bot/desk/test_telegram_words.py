"""Lines, cards and names in the staff's group: escaped, within Telegram's lengths, in the group's language."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.desk._telegram_words import About, Line, card, cut, keys, lines_of, together, topic_name, utf16
from bot.desk._words import Words
from bot.fakes._telegram_html import parse_html
from bot.message import Choice, Outbound, Text, encode
from storage.cases import CaseRow
from storage.timeline import Entry

VOICES = Words.load()
ABOUT = About("Ada <b>", {1: "Sam & Co"}, "IT", "it@formal", "Europe/Rome", 1200)
TEXT = some.text(max_size=9000)


def entry(kind: str, body: str, **fields: object) -> Entry:
    given_ = {"what": "text", "status": "done", "error": None, "author_id": None, "raw": None, "locale": ""}
    return Entry(id=5, kind=kind, at=1, channel="sms", address_id=1, body=body, **{**given_, **fields})  # type: ignore[arg-type]


@given(TEXT)
def test_whatever_a_member_writes_becomes_html_that_telegram_takes(words: str) -> None:
    lines = lines_of(entry("in", words), ABOUT, VOICES.voice("en"))
    said = "".join(line.plain.removeprefix("👤 Ada <b>: ") for line in lines)
    assert said == words
    for line in lines:
        assert parse_html(line.html)[0] == line.plain
        assert line.units <= 4096


@given(some.lists(TEXT, min_size=1, max_size=9))
def test_what_is_put_together_fits_and_is_in_order(texts: list[str]) -> None:
    lines = [
        Line(number, text[:4000], text[:4000]) for number, text in enumerate(texts, 1) if utf16(text[:4000]) < 4097
    ]
    batch = together(lines)
    assert batch == lines[: len(batch)]
    assert bool(batch) == bool(lines)
    assert utf16("\n".join(line.plain for line in batch)) <= 4096


@given(some.text(min_size=1), some.sampled_from(["sms", "whatsapp", "telegram"]))
def test_a_topics_name_is_short_enough(name: str, channel: str) -> None:
    made = topic_name(name, "IT", channel)
    assert utf16(made) <= 128
    assert made.endswith(f" · IT · {channel}")


@given(some.text(max_size=300), some.integers(0, 200))
def test_a_cut_never_halves_a_character(text: str, units: int) -> None:
    made = cut(text, units)
    assert text.startswith(made)
    assert utf16(made) <= units


def test_the_bots_words_show_their_choices_and_a_colleagues_their_name() -> None:
    body = encode(Outbound(Text("Which one?"), (Choice("Yes", "y"), Choice("No", "n"))))
    (bots,) = lines_of(entry("out", body, what="reply"), ABOUT, VOICES.voice("en"))
    (sams,) = lines_of(entry("out", body, what="reply", author_id=1), ABOUT, VOICES.voice("en"))
    assert bots.plain == "🤖 Bot: Which one?\n[Yes] [No]"
    assert sams.html.startswith("<b>💬 Sam &amp; Co</b>: ")


@pytest.mark.parametrize(("what", "number"), [("warning", 1), ("idle", 1), ("taken", 0), ("snoozed", 0)])
def test_only_some_events_are_told(what: str, number: int) -> None:
    data = orjson.dumps({"what": what, "by": 1}).decode()
    assert len(lines_of(entry("event", data), ABOUT, VOICES.voice("it"))) == number


@pytest.mark.parametrize("locale", ["en", "it"])
@pytest.mark.parametrize("status", ["open", "snoozed", "pending", "resolved"])
def test_a_card_says_everything_in_the_groups_language(locale: str, status: str) -> None:
    case = CaseRow(**{**dict.fromkeys(CaseRow._fields, 1), "status": status, "market": "IT", "channel": "sms"})  # type: ignore[arg-type]
    shown = card(case, ABOUT, VOICES.voice(locale))
    text, _ = parse_html(shown)
    assert text.startswith("Ada <b> · IT · sms\n")
    assert ("1,200" in text) == (locale == "en")
    assert len(keys(case, VOICES.voice(locale))) == {"open": 3, "snoozed": 3, "pending": 2, "resolved": 0}[status]
