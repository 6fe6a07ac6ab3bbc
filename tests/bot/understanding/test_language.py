"""The language of a text: right where there is evidence, silent where there is none, slow to leave."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.hints import language_of, nearest
from bot.understanding.language import Detector, Hints, first_locale
from bot.understanding.phrases import Phrases
from tests.bot.understanding import LOCALES, ROOT

PHRASES = Phrases.load([ROOT / "locales"], LOCALES)
SHIPPED = Detector(LOCALES, PHRASES)


def found(detector: Detector, text: str, current: str | None = None, settled: bool = False) -> str | None:
    """The locale, `other`, or None for abstaining or staying."""
    verdict = detector.decide(text, current=current, settled=settled)
    if verdict.other:
        assert verdict.locale is None
        return "other"
    return verdict.locale


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("hola", "es"),
        ("Hola!!", "es"),
        ("ciao", "it"),
        ("quanti punti ho sulla tessera?", "it"),
        ("how many points do I have?", "en"),
        ("quantos pontos eu já tenho?", "pt_BR"),
        ("¿cuántos puntos me quedan?", "es"),
        ("كم نقطة عندي؟", "ar"),
        ("عايز اعرف رصيدي في Bentornato Club", "ar"),
        ("شكرا", "ar"),
        ("3andi kam no2ta", "ar"),
        ("Скільки в мене балів?", "other"),
        ("چند امتیاز دارم؟", "other"),
        ("سلام، من می‌خواهم امتیازهایم را ببینم", "other"),
        ("میرے کتنے پوائنٹس ہیں", "other"),
        ("Wie viele Punkte habe ich auf meiner Karte?", "other"),
        ("combien de points est-ce que j'ai sur ma carte", "other"),
        ("मेरे कितने अंक हैं", "other"),
        ("ポイントは何点ですか", "other"),
        ("我有多少积分", "other"),
        ("כמה נקודות יש לי", "other"),
        ("ჩემი ქულები", "other"),
    ],
)
def test_decides(detector: Detector, text: str, locale: str) -> None:
    assert found(detector, text) == locale


SILENT = (
    *("ok", "menu", "stop", "hotel", "no", "si", "saldo", "wifi", "pizza", "taxi", "bar", "a", "k"),
    *("123", "٣٤٥", "1️⃣", "😀😀", "👍🏽", "...", "?", "", "   ", "\n", "ABC123XY", "MG6J9ZJ30", "r_MG6J9ZJ30", "10€"),
    *("https://example.com/questo/negozio/bello", "www.negozio.it", "mario.rossi@example.it", "@mario_rossi", "/start"),
    *("Giulia Rossi", "John Smith", "Mohamed Salah", "María García López"),
    *("mere kitne points hain", "kya aap mujhe bata sakte hain", "3ayez a3raf rasidi", "law sam7t mumkin akalem 7ad"),
)


@pytest.mark.parametrize("text", SILENT)
@pytest.mark.parametrize("current", [None, *LOCALES])
def test_what_says_nothing_never_switches(detector: Detector, text: str, current: str | None) -> None:
    for settled in (False, True):
        assert found(detector, text, current, settled) in (None, current)


@pytest.mark.parametrize(
    ("text", "current"),
    [
        ("ok thanks", "it"),
        ("OK thanks!", "it"),
        ("hola", "it"),
        ("grazie", "en"),
        ("ciao bella", "en"),
        ("شكرا", "en"),
        ("my iPhone", "it"),
        ("محمد علي", "en"),
        ("hi my name is محمد", "en"),
        ("merci", "it"),
        ("danke schön", "es"),
    ],
)
def test_a_settled_member_is_not_moved_by_a_few_words(detector: Detector, text: str, current: str) -> None:
    assert found(detector, text, current, settled=True) in (None, current)


@pytest.mark.parametrize(
    ("text", "current", "locale"),
    [
        ("Could you please tell me how many points I have?", "it", "en"),
        ("quanti punti ho", "en", "it"),
        ("mi scusi, vorrei parlare con una persona", "en", "it"),
        ("عايز اعرف رصيدي لو سمحت", "en", "ar"),
        ("Könnten Sie mir bitte sagen, wie viele Punkte ich habe?", "it", "other"),
    ],
)
def test_a_settled_member_who_writes_a_sentence_is_followed(
    detector: Detector, text: str, current: str, locale: str
) -> None:
    assert found(detector, text, current, settled=True) == locale


def test_a_language_with_several_locales_follows_the_hints() -> None:
    locales = ("en", "es", "es_MX", "pt_PT", "pt_BR")
    detector = Detector(locales, Phrases([PHRASES["en"], PHRASES["es"]]))
    spanish, portuguese = "quiero saber cuántos puntos tengo", "queria saber quantos pontos eu tenho aqui"
    assert detector.decide(spanish).locale == "es"
    assert detector.decide(spanish, hints=Hints(phone="+5215512345678")).locale == "es_MX"
    assert detector.decide(spanish, hints=Hints(locale="es-mx")).locale == "es_MX"
    assert detector.decide(spanish, current="es_MX", hints=Hints(market="ES")).locale == "es_MX"
    assert detector.decide(portuguese, hints=Hints(market="BR")).locale == "pt_BR"
    assert detector.decide(portuguese, hints=Hints(phone="+351912345678")).locale == "pt_PT"


def test_hints_tip_what_is_close(detector: Detector) -> None:
    assert detector.decide("cosas bonitas").locale is None
    for hints in (Hints(locale="es", market="ES"), Hints(phone="+34612345678", locale="es-MX")):
        assert detector.decide("cosas bonitas", hints=hints).locale == "es"


@pytest.mark.parametrize(
    ("hints", "locale"),
    [
        (Hints(), "en"),
        (Hints(locale="it"), "it"),
        (Hints(locale="pt-br"), "pt_BR"),
        (Hints(locale="pt"), "pt_BR"),
        (Hints(locale="es-AR"), "es"),
        (Hints(locale="it", phone="+5511912345678", market="ES"), "it"),
        (Hints(locale="de", phone="+5511912345678"), "pt_BR"),
        (Hints(phone="+5511912345678", market="IT"), "pt_BR"),
        (Hints(phone="+201001234567"), "ar"),
        (Hints(phone="+971501234567"), "ar"),
        (Hints(phone="+12125550123", market="IT"), "en"),
        (Hints(phone="+41791234567"), "it"),
        (Hints(phone="+4915112345678", market="it"), "it"),
        (Hints(phone="+4915112345678", market="DE"), "en"),
        (Hints(phone="no number", market="XX"), "en"),
        (Hints(locale="", phone="", market=""), "en"),
    ],
)
def test_first_locale(hints: Hints, locale: str) -> None:
    assert first_locale(hints, LOCALES, "en") == locale


def test_names_of_languages() -> None:
    assert [language_of(tag) for tag in ("pt_BR", "nb", "zh-HK", "zh_Hans_CN", "fil", "EN")] == [
        *("pt", "no", "zh-tw", "zh-cn", "tl", "en")
    ]
    assert nearest("pt-PT", ["en", "pt_BR"]) == "pt_BR"
    assert nearest("fr", ["en", "pt_BR"]) is None


HINTS = st.builds(
    Hints,
    locale=st.none() | st.text(max_size=8),
    phone=st.none() | st.text(max_size=20),
    market=st.none() | st.text(max_size=3),
)


@given(st.text(), st.sampled_from([None, "xx", *LOCALES]), st.booleans(), HINTS)
def test_any_text_is_decided_the_same_each_time(text: str, current: str | None, settled: bool, hints: Hints) -> None:
    verdict = SHIPPED.decide(text, current=current, settled=settled, hints=hints)
    assert verdict == SHIPPED.decide(text, current=current, settled=settled, hints=hints)
    assert verdict.locale is None or (verdict.locale in LOCALES and not verdict.other)
    assert 0 <= verdict.confidence <= 1


@given(st.text(st.characters(categories=["Nd", "No", "So", "Sk", "Po", "Zs"])), st.sampled_from(LOCALES))
def test_digits_and_symbols_never_switch(text: str, current: str) -> None:
    verdict = SHIPPED.decide(text, current=current)
    assert verdict.locale in (None, current)
    assert not verdict.other
