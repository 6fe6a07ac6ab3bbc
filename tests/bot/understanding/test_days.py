"""Birthdays in free text."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.message import Day
from bot.understanding.days import day

TODAY = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("text", "locale", "value"),
    [
        ("1990-05-03", "it", Day(5, 3, 1990)),
        ("1990/5/3", "ar", Day(5, 3, 1990)),
        ("3 marzo", "it", Day(3, 3)),
        ("3 Marzo '85", "it", Day(3, 3, 1985)),
        ("il mio compleanno è il 3 marzo 1990", "it", Day(3, 3, 1990)),
        ("1° gennaio", "it", Day(1, 1)),
        ("3 sett 1990", "it", Day(9, 3, 1990)),
        ("3 de março de 1990", "pt_BR", Day(3, 3, 1990)),
        ("3 de marco", "pt_BR", Day(3, 3)),
        ("1º de maio", "pt_BR", Day(5, 1)),
        ("12 set 1980", "pt_BR", Day(9, 12, 1980)),
        ("5 de mayo de 1980", "es", Day(5, 5, 1980)),
        ("٣ مارس", "ar", Day(3, 3)),
        ("٣ مارس ١٩٩٠", "ar", Day(3, 3, 1990)),
        ("5 آذار", "ar", Day(3, 5)),
        ("٣/٤/١٩٩٠", "ar", Day(4, 3, 1990)),
        ("3 May", "it", Day(5, 3)),
        ("March 3rd, 1990", "en", Day(3, 3, 1990)),
        ("03/04", "it", Day(4, 3)),
        ("03/04", "en", Day(4, 3)),
        ("03/04", "en_US", Day(3, 4)),
        ("25/12", "en_US", Day(12, 25)),
        ("12/25", "it", Day(12, 25)),
        ("3.4.85", "it", Day(4, 3, 1985)),
        ("3-4-26", "it", Day(4, 3, 2026)),
        ("3-4-27", "it", Day(4, 3, 1927)),
        ("29 feb", "en", Day(2, 29)),
        ("29/02", "it", Day(2, 29)),
        ("29/02/2000", "it", Day(2, 29, 2000)),
        ("29/02/2001", "it", None),
        ("31/04", "it", None),
        ("31 giugno", "it", None),
        ("3/3/2030", "it", None),
        ("3/3/1880", "it", None),
        ("13/13", "it", None),
        ("3", "it", None),
        ("marzo", "it", None),
        ("3 marzo o 4 aprile", "it", None),
        ("1 2 3 marzo", "it", None),
        ("non te lo dico", "it", None),
        ("", "it", None),
    ],
)
def test_day(text: str, locale: str, value: Day | None) -> None:
    assert day(text, locale, TODAY) == value


@given(st.dates(date(1930, 1, 1), TODAY), st.sampled_from(["en", "it", "es", "pt_BR", "ar"]))
def test_numeric_and_iso_dates_come_back(born: date, locale: str) -> None:
    assert day(born.isoformat(), locale, TODAY) == Day.of(born)
    assert day(f"{born:%d/%m/%Y}", locale, TODAY) == Day.of(born)


@given(st.text(), st.sampled_from(["en_US", "it", "ar", "xx", ""]))
def test_any_text_is_answered(text: str, locale: str) -> None:
    day(text, locale, TODAY)
