"""The language of a text: right where there is evidence, silent where there is none, slow to leave."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.hints import language_of, nearest
from bot.understanding.language import Detector, Hints, Verdict, first_locale
from bot.understanding.phrases import Phrases
from storage.documents import read
from tests.bot.understanding import LOCALES, ROOT


def read_as(verdict: Verdict) -> str | None:
    """The locale, `other`, or None for abstaining or staying."""
    if verdict.other:
        assert verdict.locale is None
        return "other"
    return verdict.locale


def found(detector: Detector, text: str, current: str | None = None) -> str | None:
    return read_as(detector.decide(text, current=current))


SENTENCES = [
    ("how many points do I have on my card?", "en"),
    ("quanti punti ho sulla tessera?", "it"),
    ("¿cuántos puntos me quedan?", "es"),
    ("quantos pontos eu já tenho?", "pt_BR"),
    ("combien de points est-ce que j'ai sur ma carte", "fr"),
    ("Wie viele Punkte habe ich auf meiner Karte?", "de"),
    ("عايز اعرف رصيدي لو سمحت", "ar"),
    ("عايز اعرف رصيدي في Bentornato Club", "ar"),
    ("मेरे कितने अंक हैं", "hi"),
    ("tolong cek poinku, sudah berapa banyak ya", "id"),
    ("сколько у меня баллов", "ru"),
    ("ポイントは何点ですか", "ja"),
    ("私の残高", "ja"),
    ("我有多少积分", "zh_Hans"),
    ("我有多少積分呢", "zh_Hans"),
    ("kaç puanım var acaba", "tr"),
]
OUTSIDE = [
    *("Hoeveel punten heb ik op mijn kaart staan?", "Ile punktów mam na karcie?", "Bạn ơi tôi có bao nhiêu điểm"),
    *("Скільки в мене балів?", "چند امتیاز دارم؟", "سلام، من می‌خواهم امتیازهایم را ببینم", "میرے کتنے پوائنٹس ہیں"),
    *("내 포인트가 몇 점인가요", "כמה נקודות יש לי", "ჩემი ქულები", "ฉันมีกี่คะแนน", "Πόσους πόντους έχω;"),
]


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        *SENTENCES,
        *(("hola", "es"), ("Hola!!", "es"), ("ciao", "it"), ("شكرا", "ar"), ("3andi kam no2ta", "ar"), ("merci", "fr")),
        *(("danke", "de"), ("спасибо", "ru"), ("ありがとう", "ja"), ("谢谢", "zh_Hans"), ("会员卡", "zh_Hans")),
        *(("terima kasih", "id"), ("teşekkürler", "tr"), ("धन्यवाद", "hi"), ("obrigado", "pt_BR"), ("残高照会", "ja")),
        *((text, "other") for text in OUTSIDE),
    ],
)
def test_decides(detector: Detector, text: str, locale: str) -> None:
    assert found(detector, text) == locale


@pytest.mark.parametrize("locale", LOCALES)
def test_blind_messages(detector: Detector, locale: str) -> None:
    """Half of the Hindi ones are in Latin letters, a fifth of the Arabic ones."""
    blocks = read(ROOT / f"tests/bot/understanding/heldout/blind/{locale}.yaml").value
    assert isinstance(blocks, dict)
    texts = [text for block in blocks.values() for text in str(block).splitlines()]
    free, moved, other = {"hi": (0.54, 0.05, 0.19)}.get(locale, (0.83, 0.015, 0.02))
    assert sum(detector.decide(text).locale == locale for text in texts) / len(texts) >= free
    settled = [found(detector, text, locale) for text in texts]
    assert sum(one not in (None, locale, "other") for one in settled) / len(texts) <= moved
    assert settled.count("other") / len(texts) <= other


SILENT = (
    *("ok", "menu", "stop", "hotel", "no", "si", "saldo", "wifi", "pizza", "taxi", "bar", "a", "k", "lol", "OK 👍"),
    *("123", "٣٤٥", "1️⃣", "😀😀", "👍🏽", "...", "?", "", "   ", "\n", "ABC123XY", "MG6J9ZJ30", "r_MG6J9ZJ30", "10€"),
    *("https://example.com/questo/negozio/bello", "www.negozio.it", "mario.rossi@example.it", "@mario_rossi", "/start"),
    *("Giulia Rossi", "John Smith", "Mohamed Salah", "María García López", "Ahmet Yılmaz", "Hans Müller"),
    *("mere kitne points hain", "kya aap mujhe bata sakte hain", "3andi kam no2ta", "law sam7t mumkin akalem 7ad"),
)


@pytest.mark.parametrize("text", SILENT)
def test_what_says_nothing_never_switches(detector: Detector, text: str) -> None:
    for current in LOCALES:
        assert detector.decide(text, current=current).locale in (None, current)


@pytest.mark.parametrize(
    "text", ["123", "٣٤٥", "😀😀", "", "10€", "MG6J9ZJ30", "https://example.com/questo/negozio/bello", "@mario_rossi"]
)
def test_what_has_no_words_has_no_language(detector: Detector, text: str) -> None:
    for current in (None, *LOCALES):
        assert detector.decide(text, current=current) == Verdict(None, False, 0.0)


@pytest.mark.parametrize("text", ["Giulia Rossi", "John Smith", "Mohamed Salah", "María García López"])
def test_names_have_no_language_for_who_is_settled(detector: Detector, text: str) -> None:
    for current in LOCALES:
        assert detector.decide(text, current=current) == Verdict(None, False, 0.0)


@pytest.mark.parametrize(
    "text", ["mere kitne points hain", "kya aap mujhe bata sakte hain", "law sam7t mumkin akalem 7ad"]
)
def test_a_language_in_foreign_letters_keeps_the_current_one(detector: Detector, text: str) -> None:
    for current in (None, *LOCALES):
        assert found(detector, text, current) is None


FEW_WORDS = (
    "ok thanks",
    "OK thanks!",
    "hola",
    "merci",
    "thank you",
    "hello",
    "bonjour",
    "oui",
    "ja",
    "hi my name is محمد",
)


@pytest.mark.parametrize("text", FEW_WORDS)
def test_a_settled_member_is_not_moved_by_a_few_words(detector: Detector, text: str) -> None:
    for current in LOCALES:
        assert found(detector, text, current) in (None, current)


@pytest.mark.parametrize(
    ("text", "locale"),
    [*(one for one in SENTENCES if one[1] != "id"), *((text, "other") for text in OUTSIDE), ("残高を教えて", "ja")],
)
def test_a_settled_member_who_writes_a_sentence_is_followed(detector: Detector, text: str, locale: str) -> None:
    assert {found(detector, text, current) for current in LOCALES} == {locale}


def test_han_texts_are_chinese_or_japanese_by_their_characters(detector: Detector) -> None:
    for text, locale in (
        ("我的卡里还有多少钱", "zh_Hans"),
        ("会員証を忘れた", "ja"),
        ("谢谢您", "zh_Hans"),
    ):
        assert found(detector, text) == locale
    assert found(detector, "残高照会", "ja") == "ja"
    assert found(detector, "残高照会", "zh_Hans") == "zh_Hans"
    assert found(detector, "残高照会", "en") is None


@pytest.mark.parametrize(("text", "locale"), [("berapa poin yang saya punya sekarang", "id"), ("残高照会", "ja")])
def test_weaker_evidence_leaves_when_it_comes_twice(detector: Detector, text: str, locale: str) -> None:
    once = detector.decide(text, current="en")
    assert (once.locale, once.leaning) == (None, locale)
    assert detector.decide(text, current="en", before="it").locale is None
    twice = detector.decide(text, current="en", before=once.leaning)
    assert twice.locale == locale
    assert twice.confidence == once.confidence


def test_what_was_before_moves_nobody_without_evidence_now(detector: Detector) -> None:
    for text in ("ok", "123", "Giulia Rossi", "", "how many points do I have?"):
        assert detector.decide(text, current="en", before="it") == detector.decide(text, current="en")


def test_a_language_with_several_locales_follows_the_hints(phrases: Phrases) -> None:
    locales = ("en", "es", "es_MX", "pt_PT", "pt_BR")
    several = Detector(locales, Phrases([phrases["en"], phrases["es"]]))
    spanish, portuguese = "quiero saber cuántos puntos tengo", "queria saber quantos pontos eu tenho aqui"
    assert several.decide(spanish).locale == "es"
    assert several.decide(spanish, hints=Hints(phone="+5215512345678")).locale == "es_MX"
    assert several.decide(spanish, hints=Hints(locale="es-mx")).locale == "es_MX"
    assert several.decide(spanish, current="es_MX", hints=Hints(market="ES")).locale == "es_MX"
    assert several.decide(portuguese, hints=Hints(market="BR")).locale == "pt_BR"
    assert several.decide(portuguese, hints=Hints(phone="+351912345678")).locale == "pt_PT"


def test_hints_tip_what_is_close(detector: Detector) -> None:
    assert detector.decide("saldo", hints=Hints(locale="en")).locale is None
    for hints, locale in (
        (Hints(locale="it"), "it"),
        (Hints(locale="es-MX"), "es"),
        (Hints(locale="pt"), "pt_BR"),
        (Hints(phone="+34612345678"), "es"),
        (Hints(market="BR"), "pt_BR"),
    ):
        assert detector.decide("saldo", hints=hints).locale == locale


def test_hints_do_not_outweigh_a_sentence(detector: Detector) -> None:
    for text, locale in SENTENCES:
        if locale != "id":
            assert detector.decide(text, hints=Hints(locale="en", phone="+447700900123", market="GB")).locale == locale


def test_a_deployment_of_two_languages_has_more_that_is_other(phrases: Phrases) -> None:
    two = Detector(("en", "it"), Phrases([phrases["en"], phrases["it"]]))
    for text, locale in SENTENCES:
        assert found(two, text) == (locale if locale in ("en", "it") else "other")


@pytest.mark.parametrize(
    ("hints", "locale"),
    [
        (Hints(), "en"),
        (Hints(locale="it"), "it"),
        (Hints(locale="pt-br"), "pt_BR"),
        (Hints(locale="pt"), "pt_BR"),
        (Hints(locale="es-AR"), "es"),
        (Hints(locale="zh-hans"), "zh_Hans"),
        (Hints(locale="it", phone="+5511912345678", market="ES"), "it"),
        (Hints(locale="sv", phone="+5511912345678"), "pt_BR"),
        (Hints(phone="+5511912345678", market="IT"), "pt_BR"),
        (Hints(phone="+201001234567"), "ar"),
        (Hints(phone="+971501234567"), "ar"),
        (Hints(phone="+12125550123", market="IT"), "en"),
        (Hints(phone="+41791234567"), "de"),
        (Hints(phone="+4915112345678", market="it"), "de"),
        (Hints(phone="+46701234567", market="IT"), "it"),
        (Hints(phone="+8613800000000"), "zh_Hans"),
        (Hints(phone="no number", market="XX"), "en"),
        (Hints(locale="", phone="", market=""), "en"),
    ],
)
def test_first_locale(hints: Hints, locale: str) -> None:
    assert first_locale(hints, LOCALES, "en") == locale


def test_names_of_languages() -> None:
    assert [language_of(tag) for tag in ("pt_BR", "nb", "zh-HK", "zh_Hans_CN", "fil", "EN", "it@warm")] == [
        *("pt", "no", "zh-tw", "zh-cn", "tl", "en", "it")
    ]
    assert nearest("pt-PT", ["en", "pt_BR"]) == "pt_BR"
    assert nearest("fr", ["en", "pt_BR"]) is None


HINTS = st.builds(
    Hints,
    locale=st.none() | st.text(max_size=8),
    phone=st.none() | st.text(max_size=20),
    market=st.none() | st.text(max_size=3),
)
PLACES = st.sampled_from([None, "xx", *LOCALES])


@given(st.text(), PLACES, PLACES, HINTS)
def test_any_text_is_decided_the_same_each_time(
    detector: Detector, text: str, current: str | None, before: str | None, hints: Hints
) -> None:
    verdict = detector.decide(text, current=current, before=before, hints=hints)
    assert verdict == detector.decide(text, current=current, before=before, hints=hints)
    assert verdict.locale is None or (verdict.locale in LOCALES and not verdict.other)
    assert verdict.leaning in (None, *LOCALES)
    assert 0 <= verdict.confidence <= 1


@given(st.text(st.characters(categories=["Nd", "No", "So", "Sk", "Po", "Zs"])), st.sampled_from(LOCALES))
def test_digits_and_symbols_never_switch(detector: Detector, text: str, current: str) -> None:
    verdict = detector.decide(text, current=current)
    assert verdict.locale in (None, current)
    assert not verdict.other
