"""Catalogues, plurals, typed values."""

from pathlib import Path

import pytest
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from bot.message import Code, Day, Link, Mark, Moment, Money, Name, Points, Span, Text, Value
from bot.texts import N_, NN_, NP_, Message, Texts, TextsError

HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
POINTS = NN_("You have {points} point.", "You have {points} points.", "points")
ARABIC = ("لا نقاط", "نقطة واحدة", "نقطتان", "{points} نقاط", "{points} نقطة", "{points} من النقاط")


def write(folder: Path, locale: str, *entries: str) -> Path:
    file = folder / locale / "LC_MESSAGES" / "messages.po"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEADER + "\n\n".join(entries) + "\n", encoding="utf-8")
    return folder


def entry(msgid: str, msgstr: str, context: str | None = None, flags: str = "") -> str:
    lines = [f"#, {flags}"] if flags else []
    lines += [f'msgctxt "{context}"'] if context else []
    return "\n".join([*lines, f'msgid "{msgid}"', f'msgstr "{msgstr}"'])


def plural(message: Message, *forms: str) -> str:
    lines = [f'msgid "{message.one}"', f'msgid_plural "{message.other}"']
    return "\n".join([*lines, *(f'msgstr[{index}] "{form}"' for index, form in enumerate(forms))])


def body(texts: Texts, locale: str, message: Message, **values: Value) -> str:
    return texts.text(locale, message, values).body


@pytest.fixture
def texts(tmp_path: Path) -> Texts:
    write(
        tmp_path,
        "it",
        entry("Hello {name}!", "Ciao {name}!"),
        entry("Balance", "Saldo", "button"),
        entry("Close", "Chiudi"),
        entry("Maybe", "Forse", flags="fuzzy"),
        entry("Empty", ""),
        plural(POINTS, "Hai {points} punto.", "Hai {points} punti."),
    )
    write(tmp_path, "ar", plural(POINTS, *ARABIC))
    write(tmp_path, "pt_BR", entry("Close", "Fechar"))
    return Texts.load([tmp_path])


def test_english_needs_no_catalogue() -> None:
    texts = Texts.load([])
    assert texts.locales == ("en",)
    assert body(texts, "en", POINTS, points=Points(1)) == "You have 1 point."
    assert body(texts, "en", POINTS, points=Points(0)) == "You have 0 points."
    assert body(texts, "en", POINTS, points=1_234) == "You have 1,234 points."


def test_a_translation_and_its_spans(texts: Texts) -> None:
    found = texts.text("it", N_("Hello {name}!"), {"name": Name("Ada")})
    assert found == Text("Ciao Ada!", (Span(5, 8, Mark.NAME),))


def test_what_is_missing_fuzzy_or_empty_is_said_in_english(texts: Texts) -> None:
    for msgid in ("Maybe", "Empty", "Nowhere"):
        assert body(texts, "it", N_(msgid)) == msgid


@pytest.mark.parametrize(("count", "expected"), [(0, "Hai 0 punti."), (1, "Hai 1 punto."), (2, "Hai 2 punti.")])
def test_italian_plurals(texts: Texts, count: int, expected: str) -> None:
    assert body(texts, "it", POINTS, points=Points(count)) == expected


@pytest.mark.parametrize(
    ("count", "form"), [(0, 0), (1, 1), (2, 2), (3, 3), (10, 3), (103, 3), (11, 4), (99, 4), (100, 5), (101, 5)]
)
def test_arabic_has_six_forms(texts: Texts, count: int, form: int) -> None:
    assert body(texts, "ar", POINTS, points=count) == ARABIC[form].format(points=count)


def test_portuguese_counts_by_the_english_rule_where_it_has_no_translation(texts: Texts) -> None:
    assert body(texts, "pt_BR", POINTS, points=0) == "You have 0 points."


def test_labels(texts: Texts) -> None:
    assert texts.label("it", "Balance") == "Saldo"
    assert texts.label("it", "Close") == "Chiudi"
    assert texts.label("it", "Unknown") == "Unknown"
    assert body(texts, "it", NP_("button", "Balance")) == "Saldo"
    assert body(texts, "it", N_("Balance")) == "Balance"


def test_forms_for_the_checks(texts: Texts) -> None:
    assert texts.forms("it", POINTS) == ("Hai {points} punto.", "Hai {points} punti.")
    assert texts.forms("en", POINTS) == (POINTS.one, POINTS.other)
    assert texts.forms("it", N_("Hello {name}!")) == ("Ciao {name}!",)
    assert texts.forms("it", N_("Maybe")) is None
    assert texts.forms("pt_BR", POINTS) is None


def test_layers_and_parents(tmp_path: Path) -> None:
    ours = write(tmp_path / "ours", "it", entry("One", "Uno"), entry("Two", "Due"))
    theirs = write(tmp_path / "theirs", "it", entry("Two", "2"), entry("One", ""))
    write(theirs, "it@formal", entry("Two", "Due, prego"))
    texts = Texts.load([ours, theirs])
    assert (body(texts, "it", N_("One")), body(texts, "it", N_("Two"))) == ("Uno", "2")
    assert (body(texts, "it@formal", N_("One")), body(texts, "it@formal", N_("Two"))) == ("Uno", "Due, prego")


@pytest.mark.parametrize(
    ("locale", "ways", "voice", "said"),
    [
        ("it", (), "it", ["Ciao 👋", "Grazie"]),
        ("it", ("formal", "precise"), "it@formal", ["Buongiorno", "Grazie a Lei"]),
        ("it", ("formal", "warm"), "it@formal+warm", ["Buongiorno! 💛", "Grazie a Lei"]),
        ("it", ("formal", "warm", "plain"), "it@formal+warm+plain", ["Buongiorno!", "Grazie a Lei"]),
        ("it_CH", ("informal", "plain"), "it@plain", ["Ciao", "Grazie"]),
        ("en", ("formal", "warm"), "en", ["Hello", "Thanks"]),
    ],
)
def test_a_locale_is_spoken_as_the_market_likes_it(
    tmp_path: Path, locale: str, ways: tuple[str, ...], voice: str, said: list[str]
) -> None:
    write(tmp_path, "it", entry("Hello", "Ciao 👋"), entry("Thanks", "Grazie"))
    write(tmp_path, "it@formal", entry("Hello", "Buongiorno"), entry("Thanks", "Grazie a Lei"))
    write(tmp_path, "it@warm", entry("Hello", "Buongiorno! 💛"))
    texts = Texts.load([tmp_path])
    assert (texts.locales, texts.voice(locale, ways)) == (("en", "it"), voice)
    assert [body(texts, voice, N_("Hello")), body(texts, voice, N_("Thanks"))] == said


def test_only_the_locales_asked_for(tmp_path: Path) -> None:
    write(tmp_path, "it", entry("One", "Uno"))
    write(tmp_path, "es", entry("One", "Uno"))
    assert Texts.load([tmp_path], ["it"]).locales == ("en", "it")
    assert body(Texts.load([tmp_path], ["it_CH"]), "it_CH", N_("One")) == "Uno"
    with pytest.raises(TextsError, match="de: no folder has"):
        Texts.load([tmp_path], ["de"])
    with pytest.raises(TextsError, match="not a locale"):
        Texts.load([tmp_path], ["nonsense"])


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (entry("Hello {name}!", "Ciao {nome}!"), r"messages.po:5: unknown placeholder \{nome\}"),
        (entry("Hello {name}!", "Ciao {name!"), r"messages.po:5: a brace"),
        (plural(POINTS, "Hai {points}", "Hai {punti}"), r"unknown placeholder \{punti\}"),
        ('msgid "a"\nmsgstr b\n', r"messages.po:6: neither"),
        ('msgid "a"\nmsgid "b"\n', r"messages.po:5: missing msgstr"),
    ],
)
def test_a_broken_catalogue_is_refused(tmp_path: Path, wrong: str, what: str) -> None:
    with pytest.raises(TextsError, match=what):
        Texts.load([write(tmp_path, "it", wrong)])


def test_a_folder_that_is_no_locale_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TextsError, match="nonsense: not a locale"):
        Texts.load([write(tmp_path, "nonsense", entry("a", "b"))])


def test_a_lacking_value_is_named(texts: Texts) -> None:
    with pytest.raises(TextsError, match="'name'"):
        texts.text("it", N_("Hello {name}!"), {})
    with pytest.raises(TextsError, match="'points'"):
        texts.text("it", POINTS, {})
    with pytest.raises(TextsError, match="cannot be counted"):
        texts.text("it", POINTS, {"points": Name("x")})


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("it", "it"),
        ("it-CH", "it"),
        ("IT_it", "it"),
        ("pt", "pt_BR"),
        ("pt-PT", "pt_BR"),
        ("pt_BR", "pt_BR"),
        ("ar-EG", "ar"),
        ("en_GB", "en"),
        ("xx", "en"),
        ("", "en"),
        (None, "en"),
        ("../../etc", "en"),
    ],
)
def test_the_nearest_locale(texts: Texts, asked: str | None, expected: str) -> None:
    assert texts.resolve(asked) == expected


def test_the_nearest_locale_keeps_the_script() -> None:
    texts = Texts.load([], ["zh_Hans", "zh_Hant", "he"])
    assert texts.resolve("zh-TW") == "zh_Hant"
    assert texts.resolve("zh_CN") == "zh_Hans"
    assert texts.resolve("iw") == "he"
    assert (texts.rtl("he"), texts.rtl("zh_Hans"), texts.rtl("xx")) == (True, False, False)


MORNING = Moment(1_700_000_000_000_000, "Asia/Dubai")  # 15 November 2023, 02:13
MIDNIGHT = Moment(1_699_992_000_000_000, "Asia/Dubai")


@pytest.mark.parametrize(
    ("locale", "value", "expected"),
    [
        ("it", Points(12_345), "12.345"),
        ("pt_BR", 12_345, "12.345"),
        ("ar", Points(12_345), "12,345"),
        ("en", Money(123_456, "EUR"), "€1,234.56"),
        ("it", Money(123_456, "EUR"), "1.234,56\u00a0€"),
        ("pt_BR", Money(123_456, "BRL"), "R$\u00a01.234,56"),
        ("en", Money(1_234, "JPY"), "¥1,234"),
        ("it", Money(1_234, "JPY"), "1.234\u00a0JPY"),
        ("en", Money(1_234_567, "KWD"), "KWD\u00a01,234.567"),
        ("en", Money(-500, "USD"), "-$5.00"),
        ("en", Money(1_500, "IQD"), "IQD\u00a01.500"),
        ("en", Day(2, 29), "February 29"),
        ("it", Day(3, 4), "4 marzo"),
        ("es", Day(3, 4, 2025), "4 de marzo de 2025"),
        ("ar", Day(3, 4, 2025), "4 مارس 2025"),
        ("it", MORNING, "15 novembre 2023 02:13"),
        ("en", MORNING, "November 15, 2023, 2:13\u202fAM"),
        ("it", MIDNIGHT, "15 novembre 2023"),
        ("it", Code("AB-12"), "AB-12"),
        ("it", Link("https://x.it/a b"), "https://x.it/a%20b"),
        ("it", Name("  Ada\n\u202eLovelace\u2069\x00 "), "Ada Lovelace"),
        ("it", "own\twords\u2028here", "own words here"),
        ("it", "a\ud800b", "ab"),
        ("it", "नमस्\u200dते", "नमस्\u200dते"),
    ],
)
def test_values(locale: str, value: Value, expected: str) -> None:
    assert Texts.load([], ["it", "es", "pt_BR", "ar"]).format(locale, value) == expected


@pytest.mark.parametrize(
    ("value", "mark"),
    [
        (Points(1), Mark.NUMBER),
        (1, Mark.NUMBER),
        (Money(1, "EUR"), Mark.NUMBER),
        (Code("a"), Mark.CODE),
        (Name("a"), Mark.NAME),
        ("a", Mark.NAME),
        (Link("https://a"), Mark.LINK),
        (Day(1, 1), None),
        (MORNING, None),
        (Name("\u200f"), None),
    ],
)
def test_marks(value: Value, mark: Mark | None) -> None:
    spans = Texts.load([]).text("en", N_("({it})"), {"it": value}).spans
    assert [span.mark for span in spans] == ([mark] if mark else [])


def test_a_value_is_never_read_as_a_placeholder() -> None:
    assert body(Texts.load([]), "en", N_("{a} {b}"), a=Name("{b}"), b=Name("x")) == "{b} x"


VALUES = st.one_of(
    st.builds(Points, st.integers(-(10**9), 10**9)),
    st.builds(Money, st.integers(-(10**9), 10**9), st.sampled_from(["EUR", "JPY", "KWD", "BRL"])),
    st.builds(Name, st.text(max_size=20)),
    st.integers(-(10**9), 10**9),
    st.text(max_size=20),
)
SHARED = Texts.load([], ["it", "ar"])


@given(VALUES, VALUES, st.sampled_from(["en", "it", "ar"]))
def test_a_cached_text_equals_a_fresh_one_and_its_spans_fit(first: Value, second: Value, locale: str) -> None:
    message = N_("a {first} b {second}{first}")
    values = {"first": first, "second": second}
    cached = [SHARED.text(locale, message, values) for _ in range(2)]
    assert cached == [Texts.load([], ["it", "ar"]).text(locale, message, values)] * 2
    shown = {SHARED.format(locale, value) for value in values.values()}
    assert {cached[0].body[span.start : span.end] for span in cached[0].spans} <= shown


@pytest.mark.parametrize("locale", ["en", "it", "es", "pt_BR", "ar", "de", "hi", "ja", "fa", "ar_EG", "bn"])
def test_small_numbers_are_as_babel_writes_them(locale: str) -> None:
    texts = Texts.load([], [locale])
    assert [texts.format(locale, Points(number)) for number in (0, 7, 10, 999)] == [
        format_decimal(number, locale=locale) for number in (0, 7, 10, 999)
    ]
    assert texts.format(locale, Points(1000)) == format_decimal(1000, locale=locale)
