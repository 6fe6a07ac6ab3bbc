"""The blocks of a market's rules, one class a module: what a manager may write under each."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from loyalty.wording import Words

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Amount = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(gt=0)]
Share = Annotated[int, Field(ge=0, le=100)]
"""Per cent."""
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
LeapDay = Literal["feb28", "mar01"]


class Strict(BaseModel):
    """A block of the file: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class EarnCaps(Strict):
    """The most points of purchases; what is over is not given, and recorded with the reason."""

    order: Positive | None = None
    day: Positive | None = None
    period: Positive | None = None
    period_days: Positive = 30


class Campaign(Strict):
    """A time in which purchases bring more. Days and hours are the member's own."""

    name: Name
    title: Words
    percent: Annotated[int, Field(gt=100)]
    """200: twice the points."""
    first: date
    last: date
    weekdays: tuple[Weekday, ...] = ()
    """Only on these days; empty: every day."""
    hours: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")] | None = None
    """Only within these hours, like 09:00-12:00."""
    combine: Literal["best", "stack"] = "best"
    """The best of those that apply, or multiplied with the others."""
    tiers: tuple[Name, ...] = ()
    categories: tuple[Name, ...] = ()
    """Only for orders with one of these categories."""
    min_order: Amount = 0
    budget: Positive | None = None
    """The most extra points it gives to everybody together."""

    @model_validator(mode="after")
    def _forwards(self) -> Campaign:
        if self.last < self.first:
            raise ValueError("a campaign ends after it begins")
        return self


class EarnRules(Strict):
    """`points` for every full `per` minor units of an order."""

    points: Amount = 1
    per: Positive = 100
    basis: Literal["items", "total"] = "items"
    """What counts: the items (net of shipping) or the whole order. Discounts and what points paid never count."""
    tax: Literal["in", "out"] = "in"
    rounding: Literal["down", "half_up"] = "down"
    """Once, on the whole order."""
    caps: EarnCaps = EarnCaps()
    campaigns: tuple[Campaign, ...] = ()


class RedeemRules(Strict):
    """Paying with points or cash credit at the till: `points` are worth `money` minor units."""

    points: Positive = 100
    money: Amount = 100
    minimum: Amount = 500
    """Points; less cannot be redeemed."""
    maximum: Positive | None = None
    share: Share = 50
    """The most of an order that may be paid so, per cent."""


class Tier(Strict):
    """A level: reached at `at` (of what the tiers count), with what it brings."""

    name: Name
    title: Words
    at: Amount
    percent: Annotated[int, Field(ge=100)] = 100
    """Of the points of a purchase: 125 gives a quarter more."""
    benefits: tuple[Words, ...] = ()


class TierRules(Strict):
    """Levels, lowest first. Up at once; down only at the review when the window ends, after the grace days."""

    counts: Literal["points", "spend", "purchases"] = "points"
    window: Literal["rolling", "calendar", "anniversary"] = "rolling"
    grace_days: Amount = 30
    downgrade: Literal["one_down", "recompute"] = "one_down"
    notice_days: Amount = 30
    """A notice goes out so many days before a review that would lower the tier."""
    levels: tuple[Tier, ...] = Field(min_length=1)

    @field_validator("levels")
    @classmethod
    def _rising(cls, levels: tuple[Tier, ...]) -> tuple[Tier, ...]:
        steps = [level.at for level in levels]
        if steps != sorted(set(steps)) or len({level.name for level in levels}) != len(levels):
            raise ValueError("the levels must rise, each with a name of its own")
        return levels


class StampCard(Strict):
    """A card: `needed` stamps bring a coupon, and the next card begins."""

    name: Name
    title: Words
    needed: Annotated[int, Field(ge=2, le=50)] = 10
    per: Literal["visit", "item"] = "visit"
    min_order: Amount = 0
    categories: tuple[Name, ...] = ()
    """Only items of these categories count; empty: every one."""
    interval_minutes: Amount = 30
    per_day: Positive = 1
    coupon: Name
    """The kind of coupon a full card brings."""
    expiry_days: Positive | None = None


class CashbackRules(Strict):
    """A part of every purchase as credit, in basis points (250: two and a half per cent)."""

    basis_points: Annotated[int, Field(gt=0, le=10_000)]
    pending_days: Amount = 14
    expiry_days: Positive | None = None
    minimum: Amount = 0
    """Minor units of credit; less cannot be used."""


class Coupon(Strict):
    """A kind of coupon: exactly one of per cent, money off, or a gift."""

    name: Name
    title: Words
    percent: Annotated[int, Field(gt=0, le=100)] | None = None
    money: Positive | None = None
    gift: Words | None = None
    min_order: Amount = 0
    categories: tuple[Name, ...] = ()
    valid_days: Positive = 30
    stackable: bool = False
    stock: Positive | None = None
    """How many are ever given out."""
    on_refund: Literal["reissue", "void"] = "reissue"
    """What becomes of a used one when its order is refunded in full."""

    @model_validator(mode="after")
    def _one_thing(self) -> Coupon:
        if sum(one is not None for one in (self.percent, self.money, self.gift)) != 1:
            raise ValueError("a coupon has exactly one of percent, money, gift")
        return self


class EarlyAccess(Strict):
    """Only these tiers until this day (exclusive)."""

    tiers: tuple[Name, ...] = Field(min_length=1)
    until: date


class Reward(Strict):
    """Something to be had for points, for points and money, or for a tier alone."""

    name: Name
    title: Words
    about: Words | None = None
    kind: Literal["product", "discount", "experience", "gesture"] = "product"
    points: Amount = 0
    money: Amount = 0
    """Minor units to be paid beside the points, at the till."""
    stock: Positive | None = None
    per_member: Positive | None = None
    tiers: tuple[Name, ...] = ()
    """Only for these tiers; empty: for everybody."""
    early: EarlyAccess | None = None
    first: date | None = None
    last: date | None = None
    valid_days: Positive = 30
    """Days to fetch it; then it is released and the points come back."""

    @model_validator(mode="after")
    def _has_a_price(self) -> Reward:
        if not (self.points or self.tiers):
            raise ValueError("a reward costs points or is for a tier")
        return self


class ReferralRules(Strict):
    """Points for both sides on the friend's first order of at least `min_order` minor units, after the hold."""

    referrer: Amount = 0
    friend: Amount = 0
    min_order: Amount = 0
    hold_days: Amount | None = None
    """The return window; the market's `pending_days` if not said."""
    expires_days: Positive = 180
    """A friend who has not bought by then brings nothing any more."""
    monthly_cap: Positive = 20
    """Rewarded friends of one member a calendar month."""
    weekly_cap: Positive = 10
    """Friends by one code in seven days; more go to the review list."""


class BirthdayRules(Strict):
    """The birthday gift. With a minimum age the year is asked for; `edits` is how often the date may be corrected."""

    points: Amount = 0
    coupon: Name | None = None
    gesture: Words | None = None
    """A personal gesture, told in words: what waits in the shop."""
    minimum_age: Annotated[int, Field(ge=0, le=120)] = 0
    edits: Amount = 1
    leap_day: LeapDay = "feb28"


class Occasion(Strict):
    """A day on which every member gets something (Christmas, Diwali); `days` where it moves, else `month` and `day`."""

    name: Name
    title: Words
    days: tuple[date, ...] = ()
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    points: Amount = 0
    coupon: Name | None = None
    gesture: Words | None = None

    @model_validator(mode="after")
    def _has_a_day(self) -> Occasion:
        if bool(self.days) == (self.month is not None and self.day is not None):
            raise ValueError("an occasion has either `days` or `month` and `day`")
        return self


class Milestone(Strict):
    """A gift on reaching `at` (purchases made, or points earned in a lifetime)."""

    at: Positive
    points: Amount = 0
    coupon: Name | None = None


class MilestoneRules(Strict):
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
