"""SMS: encoding, parts, and what normalising does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.limits import SMS
from bot.message import Mark, Outbound, Span, Text
from bot.render import normalise_sms, render, segments
from bot.texts import Texts

TEXTS = Texts.load([])


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("", "gsm7", 1),
        ("a" * 160, "gsm7", 1),
        ("a" * 161, "gsm7", 2),
        ("a" * 306, "gsm7", 2),
        ("a" * 307, "gsm7", 3),
        ("è" * 160, "gsm7", 1),
        ("€" * 80, "gsm7", 1),
        ("€" * 81, "gsm7", 2),
        ("a" * 152 + "€" + "a" * 6, "gsm7", 1),
        ("a" * 152 + "€" + "a" * 151, "gsm7", 2),
        ("a" * 152 + "€" + "a" * 152, "gsm7", 3),  # the pair moves to the second part and costs a place in the first
        ("ç" * 70, "ucs2", 1),
        ("ç" * 71, "ucs2", 2),
        ("ç" * 134, "ucs2", 2),
        ("ç" * 135, "ucs2", 3),
        ("👍" * 35, "ucs2", 1),
        ("👍" * 36, "ucs2", 2),
        ("ç" * 66 + "👍" + "ç" * 65, "ucs2", 2),
        ("ç" * 66 + "👍" + "ç" * 66, "ucs2", 3),
        ("5\u00a0€", "ucs2", 1),
        ("\u200fa", "ucs2", 1),
    ],
)
def test_segments(text: str, encoding: str, parts: int) -> None:
    assert segments(text) == (encoding, parts)


@pytest.mark.parametrize(
    ("text", "locale", "expected"),
    [
        ("1.234,56\u00a0€", "it", "1.234,56 €"),
        ("5:05\u202fPM", "en", "5:05 PM"),
        ("“Ciao”, l’amico – « sì »…", "it", '"Ciao", l\'amico - " sì "...'),
        ("È tuo", "it", "E' tuo"),
        ("PERCHÉ È COSÌ", "it", "PERCHÉ E' COSI'"),
        ("\u200f1,234.56\u00a0€", "it", "1,234.56 €"),
        ("e\u0300 tuo", "it", "è tuo"),
        ("à è é ì ò ù ñ ü Ç ¿¡", "es", "à è é ì ò ù ñ ü Ç ¿¡"),
        ("não", "pt_BR", "não"),  # one part either way: the accent stays
        ("não " + "a" * 70, "pt_BR", "nao " + "a" * 70),
        ("É você! " + "ação " * 20, "pt-BR", "É voce! " + "acao " * 20),
        ("Más de diez años. " + "a" * 60, "es", "Mas de diez años. " + "a" * 60),
        ("não " + "a" * 70, "ro", "não " + "a" * 70),
        ("não 👍 " + "a" * 70, "pt_BR", "nao " + "a" * 70),
        ("👍🏽" * 40, "pt_BR", "👍🏽" * 40),  # nothing would be left
        ("٣ نقاط…\u00a0\u200f", "ar", "٣ نقاط… \u200f"),
        ("a\u200b\u2060\ufeffb", "en", "ab"),
    ],
)
def test_normalising(text: str, locale: str, expected: str) -> None:
    assert normalise_sms(text, locale) == expected


@given(st.text(max_size=200), st.sampled_from(["it", "en", "pt_BR", "ar"]))
def test_normalising_never_costs_more_parts_and_is_done_once(text: str, locale: str) -> None:
    normal = normalise_sms(text, locale)
    assert normalise_sms(normal, locale) == normal
    encoding, _ = segments(normal)
    assert encoding == "gsm7" or segments(text)[0] == "ucs2"


def test_a_part_says_what_it_costs_and_a_code_survives() -> None:
    body = "Il tuo codice è “AB—CD”: " + "a" * 150
    text = Text(body, (Span(17, 22, Mark.CODE),))
    (part,) = render(Outbound(text), SMS, locale="it", texts=TEXTS)
    assert part.text == 'Il tuo codice è "AB-CD": ' + "a" * 150
    assert part.segments == 2


def test_a_long_text_becomes_several_messages() -> None:
    parts = render(Outbound(Text("parola " * 300)), SMS, locale="it", texts=TEXTS)
    assert [len(part.text) <= 1600 for part in parts] == [True, True]
    assert parts[0].segments == segments(parts[0].text)[1] == 11
