"""What goes in and out keeps its worth: instants to the microsecond, cursors, phones a country has."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot.api._paging import LARGEST, cursor_of, read_cursor
from bot.api._problems import Problem
from bot.api._shapes import InstantIn, Phone, read_instant, shown, shown_if

SPAN = st.integers(946_684_800_000_000, 4_102_444_799_999_999)
"""From 2000 to 2100."""
instants = TypeAdapter(InstantIn)
phones = TypeAdapter(Phone)


@given(SPAN, st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_itself_in_every_zone(instant: int, minutes: int) -> None:
    assert shown(instant).endswith("Z")
    assert read_instant(datetime.fromisoformat(shown(instant))) == instant
    local = datetime.fromisoformat(shown(instant)).astimezone(timezone(timedelta(minutes=minutes)))
    if 2000 <= local.year < 2100:
        assert read_instant(instants.validate_python(local.isoformat())) == instant


def test_what_is_not_set_stays_so() -> None:
    assert shown_if(None) is None
    assert shown_if(0) == "1970-01-01T00:00:00Z"
    assert instants.validate_python("2026-03-02t09:00:00z") == datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["2026-02-30T00:00:00Z", "2026-03-02", "2026-03-02T24:00:00Z", "٢٠٢٦-٠٣-٠٢T00:00:00Z", 0]
)
def test_what_is_no_instant(value: object) -> None:
    with pytest.raises(ValidationError):
        instants.validate_python(value)


@given(st.integers(1, LARGEST))
def test_a_cursor_finds_its_row(number: int) -> None:
    assert read_cursor(cursor_of(number)) == number


@given(st.text(max_size=14))
def test_other_texts_are_no_cursors(text: str) -> None:
    try:
        number = read_cursor(text)
    except Problem as problem:
        assert problem.kind == "invalid"
    else:
        assert number is not None
        assert cursor_of(number) == text


@pytest.mark.parametrize("phone", ["+393331234567", "+12015550123", "+819012345678"])
def test_phones(phone: str) -> None:
    assert phones.validate_python(phone) == phone


@pytest.mark.parametrize(
    "phone", ["3331234567", "+39 333 1234567", "+0000000000", "+1555000", "+99912345678", "+٣٩٣٣٣١٢٣٤٥٦٧"]
)
def test_what_is_no_phone(phone: str) -> None:
    with pytest.raises(ValidationError):
        phones.validate_python(phone)
