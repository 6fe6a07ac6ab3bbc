"""The programme as its manager writes it: `programme.yaml`, one block of rules per market."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from babel import Locale
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, field_validator, model_validator

from storage import documents

MarketCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
LocaleCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(_[A-Za-z0-9]+)*(@[a-z]+)?$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
ContentSid = Annotated[str, StringConstraints(pattern=r"^HX[0-9a-fA-F]{32}$")]
Amount = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(gt=0)]
LeapDay = Literal["feb28", "mar01"]


def _never(value: object) -> object:
    return None if value in ("never", "null", "") else value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Brand(_Strict):
    """Whom members reach when the bot cannot help: a phone, e-mail or website, and when somebody is there."""

    contact: str
    hours: str


class Terms(_Strict):
    """The version of the terms a member agrees to on joining."""

    version: str
    url: str | None = None


class EarnRules(_Strict):
    """`points` for every full `per` minor units of an order."""

    points: Amount = 1
    per: Positive = 100


class ReferralRules(_Strict):
    """Points for both sides on the friend's first order of at least `min_order` minor units."""

    referrer: Amount = 0
    friend: Amount = 0
    min_order: Amount = 0


class BirthdayRules(_Strict):
    """The birthday gift. With a minimum age the year is asked for; `edits` is how often the date may be corrected."""

    points: Amount = 0
    minimum_age: Annotated[int, Field(ge=0, le=120)] = 0
    edits: Amount = 1
    leap_day: LeapDay = "feb28"


class Milestone(_Strict):
    """A gift of points on reaching `at` (purchases made, or points earned in a lifetime)."""

    at: Positive
    points: Amount


class MilestoneRules(_Strict):
    """The two ladders, lowest step first."""

    purchases: tuple[Milestone, ...] = ()
    points: tuple[Milestone, ...] = ()

    @field_validator("purchases", "points")
    @classmethod
    def _rising(cls, ladder: tuple[Milestone, ...]) -> tuple[Milestone, ...]:
        steps = [step.at for step in ladder]
        if steps != sorted(set(steps)):
            raise ValueError("the steps must rise")
        return ladder


class MarketRules(_Strict):
    """One market's rules. Money is in minor units of its currency."""

    currency: str
    earn: EarnRules = EarnRules()
    pending_days: Amount = 0
    expiry_days: Annotated[Positive | None, BeforeValidator(_never)] = 365
    """Days from activation; `never` for points that do not lapse."""
    referral: ReferralRules = ReferralRules()
    birthday: BirthdayRules = BirthdayRules()
    milestones: MilestoneRules = MilestoneRules()
    channels: tuple[Name, ...] = Field(min_length=1)
    """Where we write first, the preferred channel first."""
    off: frozenset[Name] = frozenset()
    """Flows that this market does not have."""

    @field_validator("currency")
    @classmethod
    def _known_currency(cls, value: str) -> str:
        if value not in Locale("en").currencies:
            raise ValueError(f"{value} is not an ISO 4217 currency")
        return value

    @field_validator("channels")
    @classmethod
    def _once_each(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) != len(value):
            raise ValueError("a channel is listed twice")
        return value


class Programme(_Strict):
    """A whole programme."""

    name: str
    brand: Brand
    terms: Terms
    default_market: MarketCode
    markets: dict[MarketCode, MarketRules]
    templates: dict[Name, dict[LocaleCode, ContentSid]] = Field(default_factory=dict)
    """Flow -> locale -> the approved WhatsApp template's ContentSid."""

    @model_validator(mode="after")
    def _default_is_served(self) -> Programme:
        if self.default_market not in self.markets:
            raise ValueError(f"default_market {self.default_market} is not one of the markets")
        return self

    def market(self, code: str) -> MarketRules:
        """The rules of a market, or of the default one where we have none for it."""
        return self.markets.get(code) or self.markets[self.default_market]


def load(path: Path) -> Programme:
    """The programme of a file, or a `DocumentError` naming every problem with its line."""
    return documents.load(path, Programme)


def template_for(templates: Mapping[str, Mapping[str, str]], flow: str, locale: str) -> str | None:
    """The ContentSid of a flow in this locale or what stands in for it in the same language: pt_BR -> pt, never en."""
    ready = templates.get(flow, {})
    while locale not in ready:
        cut = max(locale.rfind("_"), locale.rfind("@"))
        if cut < 0:
            return None
        locale = locale[:cut]
    return ready[locale]
