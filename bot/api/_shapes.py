"""What requests and answers are made of: strict values in, ids as text, money in minor units, instants as RFC 3339."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from loyalty.orders import ID, LARGEST

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_YEARS = (2000, 2100)


def _is_number(phone: str) -> str:
    try:
        is_valid = phonenumbers.is_valid_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        is_valid = False
    if not is_valid:
        raise ValueError("no country has such a phone number")
    return phone


def _is_instant(value: object) -> object:
    if not isinstance(value, str) or _RFC3339.fullmatch(value) is None:
        raise ValueError("an instant reads like 2026-03-02T09:00:00Z")
    return value


def _is_near(value: datetime) -> datetime:
    if not _YEARS[0] <= value.year < _YEARS[1]:
        raise ValueError(f"an instant lies between {_YEARS[0]} and {_YEARS[1]}")
    return value


Id = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,18}$"), Field(examples=["271828182845904523"])]
OrderId = Annotated[str, StringConstraints(pattern=ID), Field(examples=["till-7:2026-000123"])]
"""The shop's own number of an order, a refund, a till."""
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=100)]
"""A line of text without control characters."""
Secret = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=200)]
"""A code or token as it was scanned or typed."""
Market = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(examples=["IT"])]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(examples=["EUR"])]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
"""The name of a thing in the programme."""
Unit = Annotated[str, StringConstraints(pattern=r"^(points|stamps:[a-z][a-z0-9_]{0,31}|cash:[A-Z]{3})$")]
Minor = Annotated[int, Field(strict=True, ge=0, le=LARGEST)]
"""Minor units of the currency beside it (ISO 4217 exponent)."""
Positive = Annotated[int, Field(strict=True, gt=0, le=LARGEST)]
Flag = Annotated[bool, Field(strict=True)]
Phone = Annotated[
    str,
    StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$"),
    AfterValidator(_is_number),
    Field(examples=["+393331234567"]),
]
"""E.164."""
InstantIn = Annotated[
    datetime, BeforeValidator(_is_instant), AfterValidator(_is_near), Field(examples=["2026-03-02T09:00:00Z"])
]
Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class In(BaseModel):
    """A request's body: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


def shown(instant: int) -> str:
    """Microseconds UTC as RFC 3339."""
    return (_EPOCH + timedelta(microseconds=instant)).isoformat().replace("+00:00", "Z")


def shown_if(instant: int | None) -> str | None:
    """The same, of what may not be set."""
    return None if instant is None else shown(instant)


def read_instant(value: datetime) -> int:
    """An instant as microseconds UTC."""
    return (value.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
