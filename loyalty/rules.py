"""The shape of a programme: the brand, and one block of rules per market.

A market has the modules whose blocks it writes; `off` switches one off without deleting its block. The blocks live in
`loyalty/modules.py`, what a member is told about them in `loyalty/wording.py`. Amounts are minor units of the market's
currency, shares are per cent, instants and days are the member's own.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from babel import Locale
from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from loyalty.modules import (
    Amount,
    BirthdayRules,
    CashbackRules,
    Coupon,
    EarnRules,
    MilestoneRules,
    Name,
    Occasion,
    Positive,
    RedeemRules,
    ReferralRules,
    Reward,
    StampCard,
    Strict,
    TierRules,
)
from loyalty.support import DeskRules, Support
from loyalty.wording import LocaleCode, Words

MarketCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9A-Fa-f]{6}$")]
ContentSid = Annotated[str, StringConstraints(pattern=r"^HX[0-9a-fA-F]{32}$")]

MODULES = (
    "points",
    "tiers",
    "stamps",
    "cashback",
    "coupons",
    "rewards",
    "referral",
    "birthday",
    "occasions",
    "milestones",
)
"""What a market can have; each is switched on by its block."""


def _never(value: object) -> object:
    return None if value in ("never", "null", "") else value


Lifetime = Annotated[Positive | None, BeforeValidator(_never, json_schema_input_type=Positive | Literal["never"])]
"""Days, or `never`."""


class Palette(Strict):
    """The brand's colours, as #RRGGBB."""

    primary: Colour = "#7a1f3d"
    accent: Colour = "#e0a526"
    paper: Colour = "#fffaf2"


class Brand(Strict):
    """How the shop looks, and whom members reach when the bot cannot help."""

    contact: str
    """A phone, e-mail or website."""
    hours: Words
    """When somebody is there."""
    palette: Palette = Palette()
    logo: str | None = None
    """A file beside the programme."""
    mission: Words | None = None
    """What the shop stands for, in a sentence."""


class Shop(Strict):
    """A place members can go to."""

    title: Words
    address: str
    hours: Words | None = None
    """When it is open; the brand's hours if not said."""


class Terms(Strict):
    """The version of the terms a member agrees to on joining."""

    version: str
    url: str | None = None


class MarketRules(Strict):
    """One market's rules."""

    country: MarketCode | None = None
    """The country whose law and holidays apply; the market's own code if not said."""
    currency: str
    earn: EarnRules | None = None
    """Points for purchases; without it the market has no points."""
    pending_days: Amount = 0
    """Days until what a purchase brought can be spent: the return window."""
    expiry_days: Lifetime = 365
    """Days from activation; `never` for points that do not lapse."""
    negative: bool = True
    """A refund may leave a negative balance; otherwise it takes back what is there."""
    refund_grace_days: Amount = 14
    """Points given back by a refund after they would have lapsed live this long."""
    guest_days: Amount = 30
    """How far back purchases made before joining are credited, by verified phone."""
    redeem: RedeemRules = RedeemRules()
    tiers: TierRules | None = None
    stamps: tuple[StampCard, ...] = ()
    cashback: CashbackRules | None = None
    coupons: tuple[Coupon, ...] = ()
    rewards: tuple[Reward, ...] = ()
    referral: ReferralRules = ReferralRules()
    birthday: BirthdayRules = BirthdayRules()
    occasions: tuple[Occasion, ...] = ()
    milestones: MilestoneRules = MilestoneRules()
    channels: tuple[Name, ...] = Field(min_length=1)
    """Where we write first, the preferred channel first."""
    shops: tuple[Shop, ...] = Field(default=(), max_length=10)
    """What members are told who ask where the shop is and when it is open."""
    support: Support = Support()
    """When somebody sits at the desk."""
    sms_price: Amount = 0
    """What a part of an SMS costs, in minor units; 0: not known."""
    off: frozenset[Name] = frozenset()
    """Modules and flows that this market does not have."""

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

    @field_validator("stamps", "coupons", "rewards", "occasions")
    @classmethod
    def _names_once(cls, value: tuple[Named, ...]) -> tuple[Named, ...]:
        names = [one.name for one in value]
        doubled = {name for name in names if names.count(name) > 1}
        if doubled:
            raise ValueError(f"{', '.join(sorted(doubled))}: a name is used twice")
        return value

    @cached_property
    def modules(self) -> frozenset[str]:
        """The modules this market has."""
        blocks = {
            "points": self.earn,
            "tiers": self.tiers,
            "stamps": self.stamps,
            "cashback": self.cashback,
            "coupons": self.coupons,
            "rewards": self.rewards,
            "referral": self.referral != ReferralRules(),
            "birthday": True,
            "occasions": self.occasions,
            "milestones": self.milestones.purchases or self.milestones.points,
        }
        return frozenset(name for name, block in blocks.items() if block) - self.off

    def has(self, module: str) -> bool:
        """The market has this module."""
        return module in self.modules

    def hides(self, flow: str, module: str | None) -> bool:
        """A flow is not for this market: switched off itself, or with its module."""
        return flow in self.off or (module is not None and module not in self.modules)

    def coupon(self, name: str) -> Coupon | None:
        """A kind of coupon by name."""
        return next((one for one in self.coupons if one.name == name), None)

    def reward(self, name: str) -> Reward | None:
        """A reward of the catalogue by name."""
        return next((one for one in self.rewards if one.name == name), None)

    def card(self, name: str) -> StampCard | None:
        """A stamp card by name."""
        return next((one for one in self.stamps if one.name == name), None)


Named = StampCard | Coupon | Reward | Occasion


class Programme(Strict):
    """A whole programme."""

    name: str
    brand: Brand
    terms: Terms
    default_market: MarketCode
    markets: dict[MarketCode, MarketRules]
    templates: dict[Name, dict[LocaleCode, ContentSid]] = Field(default_factory=dict)
    """Flow -> locale -> the approved WhatsApp template's ContentSid."""
    desk: DeskRules = DeskRules()

    @model_validator(mode="after")
    def _default_is_served(self) -> Programme:
        if self.default_market not in self.markets:
            raise ValueError(f"default_market {self.default_market} is not one of the markets")
        return self

    def market(self, code: str) -> MarketRules:
        """The rules of a market, or of the default one where we have none for it."""
        return self.markets.get(code) or self.markets[self.default_market]
