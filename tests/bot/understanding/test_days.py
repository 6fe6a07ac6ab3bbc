"""Birthdays in free text."""

from datetime import date

import pytest
from babel.dates import format_date
from hypothesis import given
from hypothesis import strategies as st

from bot.message import Day
from bot.understanding.days import day, days, spell

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
        ("24th of March 1990", "en", Day(3, 24, 1990)),
        ("the 3rd of May", "en", Day(5, 3)),
        ("May the first", "en", Day(5, 1)),
        ("my birthday is 3 May", "en", Day(5, 3)),
        ("my birthday is 3/5/90, thanks", "en", Day(5, 3, 1990)),
        ("my birthday is 3/5/90, thanks", "en_US", Day(3, 5, 1990)),
        ("born on 1990-05-03!", "en", Day(5, 3, 1990)),
        ("il mio compleanno è il 3 maggio", "it", Day(5, 3)),
        ("il mio compleanno è il 3/5", "it", Day(5, 3)),
        ("primo maggio", "it@formal", Day(5, 1)),
        ("3/4 o 5/6", "it", None),
        ("3 de mayo del 1990", "es", Day(5, 3, 1990)),
        ("el primero de setiembre", "es@formal", Day(9, 1)),
        ("primeiro de maio de 1990", "pt_BR", Day(5, 1, 1990)),
        ("1er mai", "fr", Day(5, 1)),
        ("je suis né le 3 août 1990", "fr", Day(8, 3, 1990)),
        ("le 14 juil. 1990", "fr", Day(7, 14, 1990)),
        ("3. Mai 1990", "de", Day(5, 3, 1990)),
        ("ich habe am 3. März Geburtstag", "de", Day(3, 3)),
        ("am 5. Jänner", "de", Day(1, 5)),
        ("3.5.", "de", Day(5, 3)),
        ("03.05.1990", "de", Day(5, 3, 1990)),
        ("٥ جويلية ١٩٩٠", "ar", Day(7, 5, 1990)),
        ("3 غشت", "ar", Day(8, 3)),
        ("3 تشرين الثاني", "ar", Day(11, 3)),
        ("الأول من مايو", "ar", Day(5, 1)),
        ("عيد ميلادي ٣ مايو ١٩٩٠", "ar", Day(5, 3, 1990)),
        ("3 मई", "hi", Day(5, 3)),
        ("३ मई १९९०", "hi", Day(5, 3, 1990)),
        ("मेरा जन्मदिन 5 सितम्बर को है", "hi", Day(9, 5)),
        ("३/५/१९९०", "hi", Day(5, 3, 1990)),
        ("3 Mei", "id", Day(5, 3)),
        ("ulang tahun saya tanggal 3 Agustus 1990", "id", Day(8, 3, 1990)),
        ("3 мая 1990", "ru", Day(5, 3, 1990)),
        ("я родился 3 мая 1990 года", "ru", Day(5, 3, 1990)),
        ("1-го января", "ru", Day(1, 1)),
        ("первого мая", "ru", Day(5, 1)),
        ("3 сент. 1990", "ru", Day(9, 3, 1990)),
        ("3 май", "ru", Day(5, 3)),
        ("03.05.1990", "ru", Day(5, 3, 1990)),
        ("1990年5月3日", "ja", Day(5, 3, 1990)),
        ("５月３日", "ja", Day(5, 3)),
        ("五月三日", "ja", Day(5, 3)),
        ("誕生日は1990年5月3日です", "ja", Day(5, 3, 1990)),
        ("5月3日か4月3日", "ja", None),
        ("13月3日", "ja", None),
        ("5月3日", "zh_Hans", Day(5, 3)),
        ("生日是5月3号", "zh_Hans", Day(5, 3)),
        ("二〇〇一年十二月二十五号", "zh_Hans", Day(12, 25, 2001)),
        ("二月三十日", "zh_Hans", None),
        ("3个月5天", "zh_Hans", None),
        ("1990.05.03", "zh_Hans", Day(5, 3, 1990)),
        ("3 mayıs", "tr", Day(5, 3)),
        ("15 ARALIK 1985", "tr", Day(12, 15, 1985)),
        ("3 Mayıs 1990'da doğdum", "tr", Day(5, 3, 1990)),
        ("doğum günüm 3 Ağustosta", "tr", Day(8, 3)),
    ],
)
def test_day(text: str, locale: str, value: Day | None) -> None:
    assert day(text, locale, TODAY) == value


LOCALES = ("en", "it", "es", "pt_BR", "fr", "de", "ar", "hi", "id", "ru", "ja", "zh_Hans", "tr")


@given(st.dates(date(1930, 1, 1), TODAY), st.sampled_from(LOCALES))
def test_numeric_and_iso_dates_come_back(born: date, locale: str) -> None:
    assert day(born.isoformat(), locale, TODAY) == Day.of(born)
    assert day(f"{born:%d/%m/%Y}", locale, TODAY) == Day.of(born)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("width", ["medium", "long"])
def test_dates_come_back_as_the_locale_writes_them(locale: str, width: str) -> None:
    for month in range(1, 13):
        born = date(1990, month, 23)
        written = format_date(born, width, locale=locale)
        assert day(written, locale, TODAY) == Day.of(born), written
        assert day(f"- {written} !", f"{locale}@formal", TODAY) == Day.of(born), written


def test_places_of_days_in_a_sentence() -> None:
    text = "from 3 May to 5 June, 8/10, or 2001-02-03"
    assert [text[start:end] for _, start, end in days(spell(text).text, "en", TODAY)] == [
        "3 May",
        "5 June",
        "2001-02-03",
    ]


@pytest.mark.parametrize("text", ["e\u0301", "\u200fa\u2067b", "ﬁ½", "\ud800x", "한국"])
def test_each_spelt_character_knows_where_it_stood(text: str) -> None:
    spelt = spell(text)
    for place in range(len(spelt.text)):
        start, end = spelt.written(place, place + 1)
        assert spell(text[start:end]).text.find(spelt.text[place]) >= 0


@given(st.text(), st.sampled_from(["en_US", "it", "ar", "ja", "tr", "it@formal", "xx", ""]))
def test_any_text_is_answered(text: str, locale: str) -> None:
    day(text, locale, TODAY)
