"""Days, numbers, phones, addresses, names, codes and languages told by the way in a sentence."""

from datetime import date

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.understanding import entities
from bot.understanding.entities import Entity, find
from loyalty import codes

TODAY = date(2026, 6, 1)
CODE = codes.new_code(123456789012)
COUPON = codes.coupon_code(b"0123456789abcdef")
CARD = codes.card_number(1234567890)
REGIONS = dict(
    zip(
        ("en", "it", "es", "pt_BR", "fr", "de", "ar", "hi", "id", "ru", "ja", "zh_Hans", "tr"),
        ("GB", "IT", "ES", "BR", "FR", "DE", "EG", "IN", "ID", "RU", "JP", "CN", "TR"),
        strict=True,
    )
)
INTRODUCTIONS = {
    "en": ("my name is {name}", "call me {name}"),
    "it": ("mi chiamo {name}", "il mio nome è {name}"),
    "es": ("me llamo {name}", "mi nombre es {name}"),
    "pt_BR": ("meu nome é {name}", "me chamo {name}"),
    "fr": ("je m'appelle {name}",),
    "de": ("ich heiße {name}", "mein Name ist {name}"),
    "ar": ("اسمي {name}", "أنا اسمي {name}"),
    "hi": ("मेरा नाम {name} है", "मेरा नाम {name}"),
    "id": ("nama saya {name}",),
    "ru": ("меня зовут {name}",),
    "ja": ("私の名前は{name}です", "{name}と申します"),
    "zh_Hans": ("我叫{name}", "我的名字是{name}"),
    "tr": ("benim adım {name}", "{name} diye hitap edin"),
}
# locale: (text, kind, value, the words it stands in)
TOLD = {
    "en": [
        ("I was born on the 24th of March 1990", "date", "1990-03-24", "24th of March 1990"),
        ("party on May 3", "date", "--05-03", "May 3"),
        ("spend 1,250 points", "number", "1250", "1,250"),
        ("ring 07400 123456 please", "phone", "+447400123456", "07400 123456"),
        ("write to Ann.Lee@Example.COM.", "email", "Ann.Lee@example.com", "Ann.Lee@Example.COM"),
        ("Hi, MY NAME IS Ann Lee and I want coffee", "name", "Ann Lee", "Ann Lee"),
        ("can we talk in Spanish?", "language", "es", "Spanish"),
        ("do you speak français", "language", "fr", "français"),
    ],
    "it": [
        ("sono nata il primo maggio 1990", "date", "1990-05-01", "primo maggio 1990"),
        ("ci vediamo il 03/05", "date", "--05-03", "03/05"),
        ("usa 1.234 punti", "number", "1234", "1.234"),
        ("chiamami al 333 123 4567", "phone", "+393331234567", "333 123 4567"),
        ("la mail è mario@Example.it", "email", "mario@example.it", "mario@Example.it"),
        ("ciao, mi chiamo mario rossi e vorrei un caffè", "name", "mario rossi", "mario rossi"),
        ("parli inglese?", "language", "en", "inglese"),
        ("in lingua spagnola", "language", "es", "lingua spagnola"),
    ],
    "es": [
        ("nací el 5 de mayo de 1980", "date", "1980-05-05", "5 de mayo de 1980"),
        ("quiero 1.500 puntos", "number", "1500", "1.500"),
        ("mi móvil: 612 345 678", "phone", "+34612345678", "612 345 678"),
        ("mi correo es ana@correo.es", "email", "ana@correo.es", "ana@correo.es"),
        ("hola me llamo Ana de la Cruz", "name", "Ana de la Cruz", "Ana de la Cruz"),
        ("¿en inglés, por favor?", "language", "en", "inglés"),
    ],
    "pt_BR": [
        ("nasci em 1º de maio de 1990", "date", "1990-05-01", "1º de maio de 1990"),
        ("trocar 2.000 pontos", "number", "2000", "2.000"),
        ("meu zap (11) 91234-5678", "phone", "+5511912345678", "(11) 91234-5678"),
        ("email joao@uol.com.br", "email", "joao@uol.com.br", "joao@uol.com.br"),
        ("oi, meu nome é João, tudo bem?", "name", "João", "João"),
        ("fala em inglês", "language", "en", "inglês"),
    ],
    "fr": [
        ("né le 1er mai 1990", "date", "1990-05-01", "1er mai 1990"),
        ("le 3 août", "date", "--08-03", "3 août"),
        ("1 250 points", "number", "1250", "1 250"),
        ("appelez le 06 12 34 56 78", "phone", "+33612345678", "06 12 34 56 78"),
        ("mon mail : eve@exemple.fr", "email", "eve@exemple.fr", "eve@exemple.fr"),
        ("Je m’appelle Jean-Luc d’Arc", "name", "Jean-Luc d’Arc", "Jean-Luc d’Arc"),
        ("en français svp", "language", "fr", "français"),
    ],
    "de": [
        ("geboren am 3. Mai 1990", "date", "1990-05-03", "3. Mai 1990"),
        ("am 03.05. komme ich", "date", "--05-03", "03.05"),
        ("1.000 Punkte", "number", "1000", "1.000"),
        ("Handy 0151 23456789", "phone", "+4915123456789", "0151 23456789"),
        ("schreib an uwe@beispiel.de!", "email", "uwe@beispiel.de", "uwe@beispiel.de"),
        ("Hallo, ich heisse Uwe Müller und", "name", "Uwe Müller", "Uwe Müller"),
        ("auf Englisch bitte", "language", "en", "Englisch"),
        ("franzoesisch bitte", "language", "fr", "franzoesisch"),
    ],
    "ar": [
        ("ولدت في ٣ مايو ١٩٩٠", "date", "1990-05-03", "٣ مايو ١٩٩٠"),
        ("عيد ميلادي 5 آذار", "date", "--03-05", "5 آذار"),
        ("عيدي 7 يوليوز", "date", "--07-07", "7 يوليوز"),
        ("عندي ١٬٢٣٤ نقطة", "number", "1234", "١٬٢٣٤"),
        ("رقمي ٠١٠٠١٢٣٤٥٦٧", "phone", "+201001234567", "٠١٠٠١٢٣٤٥٦٧"),
        ("بريدي ali@example.com", "email", "ali@example.com", "ali@example.com"),
        ("مرحبا اسمي محمد علي", "name", "محمد علي", "محمد علي"),
        ("تكلم بالعربي", "language", "ar", "بالعربي"),
        ("هل تتكلم الإنجليزية؟", "language", "en", "الإنجليزية"),
    ],
    "hi": [
        ("मेरा जन्मदिन ३ मई १९९० है", "date", "1990-05-03", "३ मई १९९०"),
        ("१,२३,४५६ अंक", "number", "123456", "१,२३,४५६"),
        ("मेरा नंबर ०९८७६५४३२१०", "phone", "+919876543210", "०९८७६५४३२१०"),
        ("ईमेल ram@example.in है", "email", "ram@example.in", "ram@example.in"),
        ("मेरा नाम राहुल शर्मा है", "name", "राहुल शर्मा", "राहुल शर्मा"),
        ("हिंदी में बताओ", "language", "hi", "हिंदी"),
        ("अंग्रेजी में", "language", "en", "अंग्रेजी"),
    ],
    "id": [
        ("saya lahir 3 Mei 1990", "date", "1990-05-03", "3 Mei 1990"),
        ("tukar 1.500 poin", "number", "1500", "1.500"),
        ("nomor 0812-3456-7890", "phone", "+6281234567890", "0812-3456-7890"),
        ("email budi@contoh.co.id", "email", "budi@contoh.co.id", "budi@contoh.co.id"),
        ("halo, nama saya Budi Santoso", "name", "Budi Santoso", "Budi Santoso"),
        ("bisa bahasa Inggris?", "language", "en", "bahasa Inggris"),
        ("b. indo aja", "language", "id", "b. indo"),
        ("ultah 20/8 kak", "date", "--08-20", "20/8"),
    ],
    "ru": [
        ("я родился 3 мая 1990 года", "date", "1990-05-03", "3 мая 1990"),
        ("1 234 балла", "number", "1234", "1 234"),
        ("мой номер 8 (912) 345-67-89", "phone", "+79123456789", "8 (912) 345-67-89"),
        ("почта anna@mail.ru", "email", "anna@mail.ru", "anna@mail.ru"),
        ("привет, меня зовут Анна Чехова", "name", "Анна Чехова", "Анна Чехова"),
        ("можно на английском?", "language", "en", "английском"),
        ("ответь по-английски", "language", "en", "английски"),
    ],
    "ja": [
        ("誕生日は1990年5月3日です", "date", "1990-05-03", "1990年5月3日"),
        ("五月三日", "date", "--05-03", "五月三日"),
        ("１，２３４ポイント", "number", "1234", "１，２３４"),
        ("電話は０９０－１２３４－５６７８です", "phone", "+819012345678", "０９０－１２３４－５６７８"),
        ("メールはa@b.co.jpです", "email", "a@b.co.jp", "a@b.co.jp"),
        ("私の名前は田中太郎です", "name", "田中太郎", "田中太郎"),
        ("英語でお願いします", "language", "en", "英語"),
    ],
    "zh_Hans": [
        ("生日是5月3日", "date", "--05-03", "5月3日"),
        ("一九九〇年十二月二十五号", "date", "1990-12-25", "一九九〇年十二月二十五号"),
        ("我有100分", "number", "100", "100"),
        ("我的电话是13812345678", "phone", "+8613812345678", "13812345678"),
        ("邮箱是li@example.cn。", "email", "li@example.cn", "li@example.cn"),
        ("我叫李明，你好", "name", "李明", "李明"),
        ("请说英文", "language", "en", "英文"),
        ("可以用中文吗", "language", "zh", "中文"),
    ],
    "tr": [
        ("3 Mayıs 1990'da doğdum", "date", "1990-05-03", "3 Mayıs 1990"),
        ("1.234 puan", "number", "1234", "1.234"),
        ("numaram 0532 123 45 67", "phone", "+905321234567", "0532 123 45 67"),
        ("adresim ali@ornek.com.tr", "email", "ali@ornek.com.tr", "ali@ornek.com.tr"),
        ("Bana Ahmet diye hitap edin", "name", "Ahmet", "Ahmet"),
        ("INGILIZCE konuş", "language", "en", "INGILIZCE"),
        ("ingilizceye geç", "language", "en", "ingilizceye"),
    ],
}


def told(text: str, locale: str = "en", region: str | None = None) -> tuple[Entity, ...]:
    plain = locale.partition("@")[0]
    introductions = INTRODUCTIONS.get(plain, ())
    return find(text, locale, region=region or REGIONS.get(plain), today=TODAY, introductions=introductions)


@pytest.mark.parametrize("locale", TOLD)
def test_each_locale_has_each_kind(locale: str) -> None:
    assert {row[1] for row in TOLD[locale]} == {"date", "number", "phone", "email", "name", "language"}


@pytest.mark.parametrize(
    ("locale", "text", "kind", "value", "words"), [(locale, *row) for locale, rows in TOLD.items() for row in rows]
)
def test_told(locale: str, text: str, kind: str, value: str, words: str) -> None:
    (one,) = told(text, locale)
    assert (one.kind, one.value, text[one.start : one.end]) == (kind, value, words)
    assert told(text, f"{locale}@formal") == (one,)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "what a lovely place, I will surely come back next week",
        "8/10, open 24/7, at 10:30 or 3.5",
        "-5 covid-19 v2",
        "31/02/1990",
        "عربية",
        "mario at example.com",
        "10/10",
        "3/5",
        "kifach nesta3me1 les points",
        "call me later",
    ],
)
def test_nothing_told(text: str) -> None:
    assert told(text) == ()


@pytest.mark.parametrize(
    ("text", "locale"), [("alle 09.10", "it"), ("storia romana", "it"), ("चेक करो", "hi"), ("saya dari Indonesia", "id")]
)
def test_nothing_told_in_its_language(text: str, locale: str) -> None:
    assert told(text, locale) == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (CODE, CODE),
        (f"my code is {CODE.lower()}!", CODE),
        (f"推荐码是{CODE}", CODE),
        (f"Join BENTO-{CODE[:4]}-{CODE[4:]}", CODE),
        (f"/start r_{CODE}", CODE),
        (" ".join(CODE), CODE),
        (f"coupon {codes.grouped(COUPON)}", COUPON),
        (f"card {CARD}", CARD),
    ],
)
def test_code(text: str, value: str) -> None:
    (one,) = told(text)
    assert (one.kind, one.value) == ("code", value)
    assert codes.normalise(text[one.start : one.end]) == codes.normalise(value)


@pytest.mark.parametrize("text", ["012345", "٠١٢٣٤٥", "０１２３４５"])
@pytest.mark.parametrize("region", [None, "DE", "IT", "EG"])
def test_six_digits_stay_as_they_are(text: str, region: str | None) -> None:
    assert find(text, "en", region=region, today=TODAY) == (Entity("number", "012345", 0, 6),)


def test_all_at_once_in_order() -> None:
    text = "Hi! My name is Ann, 3 May 1990, ann@b.com, +44 7400 123456, Spanish, 250 points"
    found = told(text)
    assert [one.kind for one in found] == ["name", "date", "email", "phone", "language", "number"]


def test_a_date_is_no_phone() -> None:
    assert [one.kind for one in told("03.05.1990", "de")] == ["date"]


def test_bidi_marks_and_accents_do_not_shift_the_places() -> None:
    text = "\u2067e\u0301te\u0301\u2069 \u200f٣\u200e مايو\u061c, ﬁ １０"
    first, second = told(text, "ar")
    assert (first.value, text[first.start : first.end]) == ("--05-03", "٣\u200e مايو")
    assert (second.value, text[second.start : second.end]) == ("10", "１０")


@pytest.mark.parametrize("code", [one for one in entities._COMMON if one != "id"])
@pytest.mark.parametrize("locale", TOLD)
def test_each_language_is_known_by_its_own_name_in_every_locale(code: str, locale: str) -> None:
    own = Locale.parse(code).languages[code]
    assert [one.value for one in told(f"({own})", locale)] == [code]
    assert [one.value for one in told(Locale.parse("en").languages[code], locale)] == [code]


@pytest.mark.parametrize("code", entities._COMMON)
@pytest.mark.parametrize("locale", TOLD)
def test_each_language_is_known_by_its_name_in_the_talk(code: str, locale: str) -> None:
    assert [one.value for one in told(Locale.parse(locale).languages[code], locale)] == [code]


@pytest.mark.parametrize("introduction", ["{name}", "", "my name is", "{name} {name}", "me, {name}, you"])
def test_odd_introductions_are_borne(introduction: str) -> None:
    find("me, Ann, you", "en", region=None, today=TODAY, introductions=[introduction])


def is_sound(text: str, found: tuple[Entity, ...]) -> None:
    end = 0
    for one in found:
        assert end <= one.start < one.end <= len(text)
        assert one.value
        end = one.end


LOCALES = st.sampled_from([*TOLD, "xx", "", "en_US", "it@formal", "a_b_c", "@"])
PIECES = st.sampled_from(
    [
        *(row[0] for rows in TOLD.values() for row in rows),
        *(pattern.format(name="X") for patterns in INTRODUCTIONS.values() for pattern in patterns),
        *(
            "\u200f",
            "\u2067",
            "\u2069",
            "\ud800",
            "\udfff",
            "e\u0301",
            "ﬁ",
            "½",
            "\x00",
            "\n",
            "1 ",
            "0",
            "/",
            ".",
            "@",
            "月",
        ),
        *(CODE, COUPON, CARD, "00", "+", "ل", "क़"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.text(), st.lists(PIECES).map("".join)), LOCALES, st.sampled_from([None, "IT", "ZZ", "", "it", "DE"])
)
def test_any_text_is_borne(text: str, locale: str, region: str | None) -> None:
    introductions = [pattern for patterns in INTRODUCTIONS.values() for pattern in patterns]
    found = find(text, locale, region=region, today=TODAY, introductions=introductions)
    is_sound(text, found)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(categories=["Cf", "Cs", "Mn", "Nd", "No"]) | st.sampled_from("a1月 @.")), LOCALES)
def test_marks_and_surrogates_are_borne(text: str, locale: str) -> None:
    is_sound(text, told(text, locale))
