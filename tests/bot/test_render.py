"""Rendering: choices, splitting, isolates, markup, templates."""

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.limits import SIMULATOR, SMS, TELEGRAM, WHATSAPP, Limits
from bot.message import Choice, Mark, Outbound, Span, Template, Text
from bot.render import NoTemplate, Part, render
from bot.texts import Texts

TEXTS = Texts.load([], locales=["it", "ar"])


def words(count: int, prefix: str = "w") -> str:
    return " ".join(f"{prefix}{number}" for number in range(count))


def choices(count: int, label: str = "Option") -> tuple[Choice, ...]:
    return tuple(Choice(f"{label} {number}", f"p{number}") for number in range(1, count + 1))


def rendered(message: Outbound, limits: Limits, locale: str = "en") -> list[Part]:
    return render(message, limits, locale=locale, texts=TEXTS)


def length(text: str, limits: Limits) -> int:
    plain = unescape(re.sub("</?code>", "", text)) if limits.markup == "html" else text
    return len(plain.encode("utf-16-le")) // 2 if limits.measure == "utf16" else len(plain)


def marked(*pieces: str | tuple[str, Mark]) -> Text:
    body, spans = "", []
    for piece in pieces:
        words, mark = (piece, None) if isinstance(piece, str) else piece
        if mark is not None:
            spans.append(Span(len(body), len(body) + len(words), mark))
        body += words
    return Text(body, tuple(spans))


@pytest.mark.parametrize(("count", "style"), [(1, "buttons"), (3, "buttons"), (4, "list"), (10, "list"), (11, "plain")])
def test_whatsapp_degrades_with_the_number_of_choices(count: int, style: str) -> None:
    (part,) = rendered(Outbound(Text("Which one?"), choices(count)), WHATSAPP)
    assert part.style == style
    assert part.choices == choices(count)
    assert part.list_label == ("Choose" if style == "list" else "")
    assert ("11) Option 11" in part.text) == (style == "plain")


def test_whatsapp_degrades_with_the_length_of_a_label() -> None:
    assert rendered(Outbound(Text("?"), (Choice("x" * 20, "a"),)), WHATSAPP)[0].style == "buttons"
    assert rendered(Outbound(Text("?"), (Choice("x" * 21, "a"),)), WHATSAPP)[0].style == "list"
    assert rendered(Outbound(Text("?"), (Choice("x" * 24, "a"),)), WHATSAPP)[0].style == "list"
    assert rendered(Outbound(Text("?"), (Choice("x" * 25, "a"),)), WHATSAPP)[0].style == "plain"


def test_whatsapp_buttons_go_under_a_text_that_may_carry_them() -> None:
    first, last = rendered(Outbound(Text(words(250)), choices(2)), WHATSAPP)
    assert (first.style, first.choices) == ("plain", ())
    assert last.style == "buttons"
    assert len(first.text) <= 1024 and len(last.text) <= 1024


def test_sms_numbers_its_choices() -> None:
    (part,) = rendered(Outbound(Text("Which one?"), choices(2)), SMS)
    assert part.text == "Which one?\n\n1) Option 1\n2) Option 2\n\nReply with a number."
    assert (part.style, part.segments) == ("plain", 1)


def test_telegram_shows_buttons_and_measures_utf16() -> None:
    assert rendered(Outbound(Text("?"), (Choice("🎁" * 32, "a"),)), TELEGRAM)[0].style == "buttons"
    assert rendered(Outbound(Text("?"), (Choice("🎁" * 33, "a"),)), TELEGRAM)[0].style == "plain"
    assert rendered(Outbound(Text("?"), choices(101)), TELEGRAM)[0].style == "plain"


def test_a_question_is_never_without_words() -> None:
    assert rendered(Outbound(Text(" "), choices(2)), TELEGRAM)[0].text == "Choose"
    assert rendered(Outbound(Text("")), TELEGRAM) == []


def test_a_long_payload_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="65 bytes"):
        rendered(Outbound(Text("?"), (Choice("a", "x" * 65),)), TELEGRAM)
    rendered(Outbound(Text("?"), (Choice("a", "x" * 64),)), TELEGRAM)


def test_html_is_escaped_and_codes_can_be_tapped() -> None:
    text = marked("Hi ", ("<b>&Co", Mark.NAME), ", your code < ", ("A&B", Mark.CODE))
    (part,) = rendered(Outbound(text), TELEGRAM)
    assert part.text == "Hi &lt;b&gt;&amp;Co, your code &lt; <code>A&amp;B</code>"
    assert part.fallback == "Hi <b>&Co, your code < A&B"


def test_whatsapp_names_do_not_format_and_codes_stay() -> None:
    text = marked("Hi *you* ", ("*a* _b_ ~c~ `d`", Mark.NAME), " ", ("A_B*C", Mark.CODE), ("https://x/_a_", Mark.LINK))
    (part,) = rendered(Outbound(text), WHATSAPP)
    assert part.text == "Hi *you* ∗a∗ ˍbˍ ∼c∼ ˋdˋ A_B*Chttps://x/_a_"
    assert part.fallback is None


def test_isolates_in_right_to_left_text() -> None:
    text = marked(("Ada", Mark.NAME), " ", ("12", Mark.NUMBER), " ", ("A1", Mark.CODE), " ", ("https://x", Mark.LINK))
    assert rendered(Outbound(text), WHATSAPP, "ar")[0].text == "\u2068Ada\u2069 \u206812\u2069 \u2066A1\u2069 https://x"
    assert (
        rendered(Outbound(text), TELEGRAM, "ar")[0].text
        == "\u2068Ada\u2069 \u206812\u2069 \u2066<code>A1</code>\u2069 https://x"
    )
    assert rendered(Outbound(text), WHATSAPP, "it")[0].text == "Ada 12 A1 https://x"
    assert rendered(Outbound(text), SMS, "ar")[0].text == "Ada 12 A1 https://x"


def test_an_arabic_name_is_isolated_in_left_to_right_text() -> None:
    assert rendered(Outbound(marked(("سارة", Mark.NAME), ", 50")), WHATSAPP)[0].text == "\u2068سارة\u2069, 50"


def test_foreign_isolates_are_dropped() -> None:
    text = marked("a\u2067b\u202e", ("c\u2069d", Mark.NAME), "\u2066", ("\u2066", Mark.CODE))
    assert rendered(Outbound(text), TELEGRAM, "ar")[0].text == "ab\u2068cd\u2069"


def test_contact_and_qr_only_where_the_channel_has_them() -> None:
    message = Outbound(Text("Share https://x"), ask_contact="Share my phone", qr="https://x")
    (telegram,), (whatsapp,) = rendered(message, TELEGRAM), rendered(message, WHATSAPP)
    assert (telegram.ask_contact, telegram.qr) == ("Share my phone", "https://x")
    assert (whatsapp.ask_contact, whatsapp.qr) == (None, None)


def test_a_caption_is_short() -> None:
    (part,) = rendered(Outbound(Text("x" * 1024), choices(1), qr="q"), TELEGRAM)
    assert part.qr == "q"
    text, image = rendered(Outbound(Text("x" * 1025), choices(1), qr="q"), TELEGRAM)
    assert (text.qr, text.choices, text.text) == (None, (), "x" * 1025)
    assert (image.qr, image.choices, image.text) == ("q", choices(1), "")
    (alone,) = rendered(Outbound(Text(""), qr="q"), SIMULATOR)
    assert alone.qr == "q"


def test_templates_outside_the_window() -> None:
    message = Outbound(Text("Happy birthday"), template=Template("birthday", ("Ada",)))
    (part,) = render(message, WHATSAPP, locale="it", texts=TEXTS, window_open=False)
    assert part == Part("", locale="it", template_flow="birthday", variables=("Ada",))
    assert render(message, WHATSAPP, locale="it", texts=TEXTS)[0].text == "Happy birthday"
    assert render(message, TELEGRAM, locale="it", texts=TEXTS, window_open=False)[0].template_flow is None
    with pytest.raises(NoTemplate):
        render(Outbound(Text("x")), WHATSAPP, locale="it", texts=TEXTS, window_open=False)


@pytest.mark.parametrize(("text", "parts"), [("x" * 4096, 1), ("x" * 4097, 2), ("🎁" * 2048, 1), ("🎁" * 2049, 2)])
def test_telegram_length_in_utf16_units(text: str, parts: int) -> None:
    found = rendered(Outbound(Text(text)), TELEGRAM)
    assert [part.text for part in found] == ([text] if parts == 1 else [text[: len(text) - 1], text[-1]])


def test_the_length_is_measured_after_the_entities() -> None:
    assert len(rendered(Outbound(Text("&" * 4096)), TELEGRAM)) == 1


def test_cut_at_a_paragraph_then_a_sentence_then_a_word() -> None:
    limits = replace(TELEGRAM, text=40)

    def cut(text: str) -> list[str]:
        return [part.text for part in rendered(Outbound(Text(text)), limits)]

    assert cut("One two three. Four five six.\n\nSeven eight nine ten.") == [
        "One two three. Four five six.",
        "Seven eight nine ten.",
    ]
    assert cut("One two three four five six. Seven eight nine ten.") == [
        "One two three four five six.",
        "Seven eight nine ten.",
    ]
    assert cut("one two three four five six seven eight nine ten") == [
        "one two three four five six seven eight",
        "nine ten",
    ]


def test_no_cut_inside_a_span_or_a_grapheme() -> None:
    limits = replace(TELEGRAM, text=10)
    text = marked("aaaaaa ", ("b c d", Mark.CODE))
    assert [part.text for part in rendered(Outbound(text), limits)] == ["aaaaaa", "<code>b c d</code>"]
    family = "👨‍👩‍👧"
    assert [part.text for part in rendered(Outbound(Text(f"abcd{family}")), limits)] == ["abcd", family]
    assert [part.text for part in rendered(Outbound(Text("abcdefghie\u0301")), limits)] == ["abcdefghi", "e\u0301"]
    assert [part.text for part in rendered(Outbound(Text("abcdefgh🇮🇹")), limits)] == ["abcdefgh", "🇮🇹"]


def test_a_span_longer_than_a_part_becomes_several() -> None:
    limits = replace(TELEGRAM, text=10)
    parts = rendered(Outbound(marked(("x" * 25, Mark.CODE))), limits, "ar")
    assert [part.text for part in parts] == [f"\u2066<code>{'x' * count}</code>\u2069" for count in (8, 8, 8, 1)]


def test_a_span_that_loses_its_leading_space_still_counts_its_isolates() -> None:
    text = marked("<", (" <<<<<<<<א<<", Mark.NAME))
    assert all(length(part.text, TELEGRAM) <= 12 for part in rendered(Outbound(text), replace(TELEGRAM, text=12)))


class Tags(HTMLParser):
    """Collects tags and text; the tags must be balanced."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        assert tag == "code"
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


WORDS = st.text(st.sampled_from("ab<>&.!? \n\u00a0éא٣سبش👍🏽👨\u200d👩\u200d👧\u0301*_🇮🇹\u2067\u2069"), max_size=60)
PIECES = st.lists(st.tuples(WORDS, st.sampled_from([None, *Mark])), max_size=8)
CHANNELS = st.sampled_from([TELEGRAM, WHATSAPP, SMS, SIMULATOR])


@settings(max_examples=300, deadline=None)
@given(pieces=PIECES, limits=CHANNELS, locale=st.sampled_from(["en", "it", "ar"]), limit=st.integers(12, 90))
def test_every_part_is_whole_and_nothing_is_lost(
    pieces: list[tuple[str, Mark | None]], limits: Limits, locale: str, limit: int
) -> None:
    text = marked(*((words, mark) if mark and words else words for words, mark in pieces))
    small = replace(limits, text=limit)
    parts = rendered(Outbound(text), small, locale)
    shown = ""
    for part in parts:
        assert part.text.strip()
        assert length(part.text, small) <= limit
        assert part.text.encode("utf-8")
        tags = Tags(part.text) if small.markup == "html" else None
        assert tags is None or (tags.open == [] and tags.words == part.fallback)
        plain = tags.words if tags else part.text
        assert balanced(plain)
        shown += plain
    if not small.gsm7 and small.markup != "whatsapp":
        assert squeezed(shown) == squeezed(text.body)


def balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character in "\u2066\u2067\u2068") - (character == "\u2069")
        if depth not in (0, 1):
            return False
    return depth == 0


def squeezed(text: str) -> str:
    return re.sub("[\\s\u2066-\u2069]", "", text)


@settings(max_examples=50, deadline=None)
@given(count=st.integers(1, 400), limit=st.integers(30, 300))
def test_words_are_never_broken(count: int, limit: int) -> None:
    parts = rendered(Outbound(Text(words(count))), replace(TELEGRAM, text=limit))
    assert " ".join(part.text for part in parts) == words(count)
