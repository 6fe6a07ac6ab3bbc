"""Typed answers: numbers, phones, addresses, names and referral codes out of free text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding import answers
from loyalty import codes

CODE = codes.new_code(123456789012)


@pytest.mark.parametrize(
    ("text", "locale", "value"),
    [
        ("7", "it", 7),
        ("1.234", "it", 1234),
        ("1.234.567", "es", 1234567),
        ("1.234", "en", None),
        ("1,234", "en", 1234),
        ("1,234", "it", None),
        ("1 234", "it", 1234),
        ("1'234", "it", 1234),
        ("12,34,567", "hi", 1234567),
        ("٣٤٥", "ar", 345),
        ("١٬٢٣٤", "ar", 1234),
        ("७", "hi", 7),
        ("10 punti", "it", 10),
        ("direi 8, grazie", "it", 8),
        ("10€", "it", 10),
        ("-5", "it", -5),
        ("10.", "en", 10),
        ("8/10", "it", None),
        ("3.5", "it", None),
        ("2 3", "it", None),
        ("v2", "en", None),
        ("ciao", "it", None),
        ("", "it", None),
        ("9" * 40, "en", None),
        ("1.234", "it@formal", 1234),
        ("1.234", "es", 1234),
        ("1.234", "pt_BR", 1234),
        ("1.234", "de", 1234),
        ("1.234", "id", 1234),
        ("1.234", "tr", 1234),
        ("1\u202f234", "fr", 1234),
        ("1\xa0234 балла", "ru", 1234),
        ("1,234", "ru", None),
        ("१,२३,४५६", "hi", 123456),
        ("٣٫٥", "ar", None),
        ("１２３４", "ja", 1234),
        ("１，２３４ポイント", "ja", 1234),
        ("我要100分", "zh_Hans", 100),
        ("10'u", "tr", 10),
        ("三百", "zh_Hans", None),
    ],
)
def test_number(text: str, locale: str, value: int | None) -> None:
    assert answers.number(text, locale) == value


@pytest.mark.parametrize(
    ("text", "region", "value"),
    [
        ("333 1234567", "IT", "+393331234567"),
        ("il mio numero è 333.123.4567", "IT", "+393331234567"),
        ("+39 333 123 4567", None, "+393331234567"),
        ("0039 333 1234567", None, "+393331234567"),
        ("٠١٠٠١٢٣٤٥٦٧", "EG", "+201001234567"),
        ("(11) 91234-5678", "BR", "+5511912345678"),
        ("+20 100 123 4567", "IT", "+201001234567"),
        ("333 1234567", None, None),
        ("call 0039 333 1234567", "DE", "+393331234567"),
        ("07400 123456", "GB", "+447400123456"),
        ("612 345 678", "ES", "+34612345678"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("0151 23456789", "DE", "+4915123456789"),
        ("०९८७६५४३२१०", "IN", "+919876543210"),
        ("0812-3456-7890", "ID", "+6281234567890"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("０９０－１２３４－５６７８", "JP", "+819012345678"),
        ("我的电话是13812345678", "CN", "+8613812345678"),
        ("0532 123 45 67", "TR", "+905321234567"),
        ("123", "IT", None),
        ("ciao", "IT", None),
    ],
)
def test_phone(text: str, region: str | None, value: str | None) -> None:
    assert answers.phone(text, region) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("mario@example.it", "mario@example.it"),
        ("la mia mail è Mario.Rossi+bar@Example.IT.", "Mario.Rossi+bar@example.it"),
        ("a@b.co c@d.co", None),
        ("a..b@c.it", None),
        ("x@y", None),
        ("mario at example.it", None),
        ("我的邮箱是mario@example.cn。", "mario@example.cn"),
        ("メールはa@b.co.jpです", "a@b.co.jp"),
        ("Ａ＠Ｂ．ｃｏｍ", "A@b.com"),
        ("بريدي \u2066ali@example.com\u2069", "ali@example.com"),
        ("моя почта anna@mail.ru!", "anna@mail.ru"),
        ("मेरा ईमेल ram@example.in है", "ram@example.in"),
        ("josé@correo.es", "josé@correo.es"),
        ("", None),
    ],
)
def test_email(text: str, value: str | None) -> None:
    assert answers.email(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("  Mario   Rossi ", "Mario Rossi"),
        ("O’Brien", "O’Brien"),
        ("Jean-Luc 3", "Jean-Luc 3"),
        ("م", "م"),
        ("राहुल शर्मा", "राहुल शर्मा"),
        ("Анна Чехова", "Анна Чехова"),
        ("田中　太郎", "田中　太郎"),
        ("李明", "李明"),
        ("Çağla Işık", "Çağla Işık"),
        ("\u2068علی\u2069", "علی"),
        ("123", None),
        ("😀", None),
        ("a\nb", None),
        ("a\x00b", None),
        ("x" * 61, None),
        ("https://x.y", None),
        ("www.casa", None),
        ("mario@example.it", None),
        ("compra.com ora", None),
        ("", None),
    ],
)
def test_name(text: str, value: str | None) -> None:
    assert answers.name(text) == value


@pytest.mark.parametrize(
    "text",
    [
        CODE,
        CODE.lower(),
        f"{CODE[:4]}-{CODE[4:]}",
        " ".join(CODE),
        f"r_{CODE}",
        f"start r_{CODE}",
        f"/start r_{CODE}",
        f"Join BENTO-{CODE}",
        f"Join BENTO-{CODE[:4]}-{CODE[4:]}",
        f"Ciao! Voglio iscrivermi, il codice è {CODE}.",
        f"\u2066{CODE}\u2069",
    ],
)
def test_referral_code(text: str) -> None:
    assert answers.referral_code(text) == CODE


@pytest.mark.parametrize(
    "text",
    [
        "",
        "something",
        "interesse",
        "333123456",
        CODE[:-1] + ("1" if CODE[-1] != "1" else "2"),
        f"{CODE} {codes.new_code(7)}",
        f"{'parola ' * 20}{CODE}",
    ],
)
def test_no_referral_code(text: str) -> None:
    assert answers.referral_code(text) is None


@given(st.text(), st.sampled_from(["en", "it", "ar", "xx", "", "pt_BR"]))
def test_any_text_is_answered(text: str, locale: str) -> None:
    answers.number(text, locale)
    answers.phone(text, "IT")
    answers.phone(text, None)
    answers.email(text)
    answers.name(text)
    answers.referral_code(text)
