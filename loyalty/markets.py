"""A market's manners: language, zones, tone, when marketing may be sent there, holidays and gifts to avoid.

Whether an instant is open is decided by the wall clock of a zone, so days of daylight-saving changes need no rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

import holidays as public_holidays
import phonenumbers
from babel import Locale, UnknownLocaleError
from phonenumbers.timezone import time_zones_for_number
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from loyalty.hours import WEEKDAYS, Hours, Weekday, Window, is_within
from loyalty.programme import LocaleCode
from storage.documents import DocumentError, load


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(value: str) -> str:
    if value not in _zone_names():
        raise ValueError(f"{value} is not an IANA time zone")
    return value


def _locale(value: str) -> str:
    try:
        Locale.parse(value.partition("@")[0])
    except UnknownLocaleError as error:
        raise ValueError(str(error)) from error
    return value


def _holiday_country(value: str) -> str:
    if value not in public_holidays.list_supported_countries(include_aliases=False):
        raise ValueError(f"no public holidays are known for {value}")
    return value


def _pattern(value: str) -> str:
    if value.count("{name}") != 1:
        raise ValueError("the honorific holds {name} once")
    return value


Zone = Annotated[str, AfterValidator(_zone)]


PLAIN = "plain"
"""The manner without emoji."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cap(_Strict):
    """At most so many marketing messages to one person, over all channels, in so many days."""

    messages: Annotated[int, Field(ge=1)] = 1
    days: Annotated[int, Field(ge=1)] = 7


class Season(_Strict):
    """Days with marketing hours of their own, such as Ramadan."""

    first: date
    last: date
    marketing_hours: Hours

    @model_validator(mode="after")
    def _forwards(self) -> Season:
        if self.last < self.first:
            raise ValueError("a season ends after it begins")
        return self


def _default_hours() -> Hours:
    return {day: (Window(9 * 60, 20 * 60),) for day in WEEKDAYS[:6]}


class MarketProfile(_Strict):
    """`locales/markets/<CC>.yaml`."""

    locale: Annotated[LocaleCode, AfterValidator(_locale)]
    zone: Zone
    zones: tuple[Zone, ...] = ()
    """Every zone of a country that has several: a member there may be in any of them."""
    formality: Literal["informal", "formal"]
    """How members are addressed in languages that tell (tu or Lei, du or Sie): a catalogue `<locale>@<formality>`."""
    tone: Literal["precise", "warm", "personal", "prestige", "authentic"]
    """The manner of greetings and congratulations: a catalogue `<locale>@<tone>`, where there is one."""
    emoji: bool = True
    """Whether messages may hold emoji; otherwise they are left out."""
    name_order: Literal["given_first", "family_first"] = "given_first"
    honorific: Annotated[str, AfterValidator(_pattern)] = "{name}"
    """How a member is named in greetings, such as `{name}様`."""
    emphasis: tuple[str, ...] = ()
    """Modules that come first in the menu, since members here care most for them."""
    weekend: tuple[Weekday, ...] = ("sat", "sun")
    marketing_hours: Hours = Field(default_factory=_default_hours)
    """When marketing is allowed; a day that is not named has no window."""
    seasons: tuple[Season, ...] = ()
    holidays: Annotated[str, AfterValidator(_holiday_country)] | None = None
    """The country whose public holidays are free of marketing, where there is such a rule."""
    cap: Cap = Cap()
    gift_taboos: tuple[str, ...] = ()

    @property
    def ways(self) -> tuple[str, ...]:
        """The manner of the market, as the modifiers of catalogues; the last one wins."""
        return (self.formality, self.tone) if self.emoji else (self.formality, self.tone, PLAIN)

    def windows(self, day: date) -> tuple[Window, ...]:
        """When marketing is allowed on this local day."""
        if self.holidays is not None and day in _public_holidays(self.holidays, day.year):
            return ()
        season = next((one for one in self.seasons if one.first <= day <= one.last), self)
        return season.marketing_hours.get(WEEKDAYS[day.weekday()], ())

    def is_open(self, local: datetime) -> bool:
        """Marketing is allowed at this wall-clock time."""
        return is_within(self.windows(local.date()), local)


@lru_cache(maxsize=256)
def _public_holidays(country: str, year: int) -> frozenset[date]:
    days: Any = public_holidays.country_holidays(country, years=year)
    return frozenset(days)


def load_markets(folders: Sequence[Path]) -> Mapping[str, MarketProfile]:
    """Market code -> profile from the folders' `<CC>.yaml`; a later folder's file replaces an earlier one's."""
    found: dict[str, MarketProfile] = {}
    for path in (path for folder in folders for path in sorted(folder.glob("*.yaml"))):
        if not re.fullmatch(r"[A-Z]{2}", path.stem):
            raise DocumentError(f"{path}:1: a market's file is named by its country, like IT.yaml")
        found[path.stem] = load(path, MarketProfile)
    return found


def candidate_zones(phone: str | None, profile: MarketProfile) -> tuple[str, ...]:
    """Where somebody with this number may be: the number's zones within the market's, else what is known of either."""
    market = profile.zones or (profile.zone,)
    number = _zones_of_number(phone) if phone else ()
    shared = tuple(zone for zone in number if zone in market) if profile.zones else ()
    return shared or number or market


@lru_cache(maxsize=4096)
def _zones_of_number(phone: str) -> tuple[str, ...]:
    try:
        found = time_zones_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return ()
    return tuple(zone for zone in found if zone in _zone_names() and not zone.startswith("Etc/"))


def zone_for(phone: str | None, profile: MarketProfile) -> str:
    """The zone a new member starts with: the market's if the number allows it, else the number's first."""
    candidates = candidate_zones(phone, profile)
    return profile.zone if profile.zone in candidates else candidates[0]


def zones_to_respect(zone: str, phone: str | None, profile: MarketProfile) -> tuple[str, ...]:
    """The zones a marketing message must be legal in: the member's own once it was set, every candidate before."""
    if zone != zone_for(phone, profile):
        return (zone,)
    return candidate_zones(phone, profile)
