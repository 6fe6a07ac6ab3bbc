"""One market of the programme as its manager reads it: plain text, section by section."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from babel import Locale

from bot.message import Money
from bot.texts import Texts
from loyalty.modules import Campaign, Coupon, Milestone, Occasion, Reward, StampCard
from loyalty.programme import MarketRules, Programme
from loyalty.rules import MODULES
from loyalty.wording import said

_EXAMPLE = 25
"""The example order is so many times what brings points once."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Says words and amounts of one market in one locale."""

    rules: MarketRules
    texts: Texts
    locale: str

    def said(self, words: Mapping[str, str]) -> str:
        return said(words, self.locale)

    def money(self, minor: int) -> str:
        return self.texts.format(self.texts.resolve(self.locale), Money(minor, self.rules.currency))

    def coupon(self, name: str | None) -> str:
        """A coupon by its title."""
        found = self.rules.coupon(name) if name else None
        return self.said(found.title) if found else str(name)


def page(programme: Programme, code: str, texts: Texts, locale: str) -> str:
    """The market, section by section; modules without a section are listed at the end."""
    rules = programme.markets[code]
    reader = Reader(rules, texts, locale)
    country = Locale("en").territories.get(rules.country or code, code)
    lines = [f"{programme.name} in {country} ({code})", f"Amounts in {rules.currency}, names in {locale}"]
    for module, section in _SECTIONS.items():
        if rules.has(module):
            lines += ["", module.capitalize(), *(f"  {line}" for line in section(reader))]
    lines += ["", "Channels", f"  {', then '.join(rules.channels)}"]
    away = [name for name in MODULES if not rules.has(name)]
    other = sorted(rules.off.difference(MODULES))
    lines += ["", "Not here", f"  {', '.join([*away, *other]) or 'nothing'}"]
    return "\n".join(lines)


def _points(reader: Reader) -> Iterator[str]:
    rules = reader.rules
    earn = rules.earn
    if earn is None:
        return
    order, brings = earn.per * _EXAMPLE, earn.points * _EXAMPLE
    brings = min(brings, earn.caps.order or brings)
    yield f"an order of {reader.money(order)} brings {brings} points: {earn.points} for every {reader.money(earn.per)}"
    counted = "the items, without shipping" if earn.basis == "items" else "the whole order, with shipping"
    yield f"what counts: {counted}, tax {'included' if earn.tax == 'in' else 'not included'}"
    yield f"pending for {rules.pending_days} days" if rules.pending_days else "they count at once"
    yield f"they lapse after {rules.expiry_days} days" if rules.expiry_days else "they never lapse"
    redeem = rules.redeem
    most = f", at most {redeem.maximum}" if redeem.maximum else ""
    yield (
        f"at the till {reader.money(redeem.money)} for every {redeem.points} points: from {redeem.minimum} points on"
        f"{most}, for up to {redeem.share}% of an order"
    )
    caps = {"an order": earn.caps.order, "a day": earn.caps.day, f"{earn.caps.period_days} days": earn.caps.period}
    for span, cap in caps.items():
        if cap is not None:
            yield f"at most {cap} points in {span}"
    for campaign in earn.campaigns:
        yield _campaign(reader, campaign)


def _campaign(reader: Reader, campaign: Campaign) -> str:
    when = [f"{campaign.first} to {campaign.last}", *([", ".join(campaign.weekdays)] if campaign.weekdays else [])]
    when += [campaign.hours] if campaign.hours else []
    return f"{reader.said(campaign.title)}: {campaign.percent}% of the points, {', '.join(when)}"


def _tiers(reader: Reader) -> Iterator[str]:
    tiers = reader.rules.tiers
    if tiers is None:
        return
    what = {"points": "points earned", "spend": "money spent", "purchases": "purchases"}[tiers.counts]
    window = {"rolling": "the last 365 days", "calendar": "the calendar year", "anniversary": "the member's year"}
    yield f"by {what} in {window[tiers.window]}, {tiers.grace_days} days of grace"
    for level in tiers.levels:
        step = reader.money(level.at) if tiers.counts == "spend" else str(level.at)
        more = f", {level.percent}% of the points" if level.percent > 100 else ""
        yield f"{reader.said(level.title)}: from {step}{more}"
        yield from (f"  {reader.said(benefit)}" for benefit in level.benefits)


def _stamps(reader: Reader) -> Iterator[str]:
    yield from (_card(reader, card) for card in reader.rules.stamps)


def _card(reader: Reader, card: StampCard) -> str:
    order = f" from {reader.money(card.min_order)}" if card.min_order else ""
    return (
        f"{reader.said(card.title)}: {card.needed} stamps, one a {card.per}{order}, at most {card.per_day} a day,"
        f" brings {reader.coupon(card.coupon)}"
    )


def _cashback(reader: Reader) -> Iterator[str]:
    cashback = reader.rules.cashback
    if cashback is None:
        return
    order = (reader.rules.earn.per if reader.rules.earn else 100) * _EXAMPLE
    back = order * cashback.basis_points // 10_000
    share = f"{cashback.basis_points // 100}.{cashback.basis_points % 100:02}%"
    yield f"{share} of a purchase as credit: {reader.money(back)} of {reader.money(order)}"
    lapse = f"lapses after {cashback.expiry_days} days" if cashback.expiry_days else "never lapses"
    yield f"pending for {cashback.pending_days} days, {lapse}, usable from {reader.money(cashback.minimum)}"


def _coupons(reader: Reader) -> Iterator[str]:
    yield from (_coupon(reader, coupon) for coupon in reader.rules.coupons)


def _coupon(reader: Reader, coupon: Coupon) -> str:
    if coupon.percent is not None:
        what = f"{coupon.percent}% off"
    elif coupon.money is not None:
        what = f"{reader.money(coupon.money)} off"
    else:
        what = reader.said(coupon.gift or {})
    order = f", from {reader.money(coupon.min_order)}" if coupon.min_order else ""
    stock = f", {coupon.stock} in all" if coupon.stock else ""
    stack = ", with others" if coupon.stackable else ""
    return f"{reader.said(coupon.title)}: {what}{order}, {coupon.valid_days} days{stock}{stack}"


def _rewards(reader: Reader) -> Iterator[str]:
    yield from (_reward(reader, reward) for reward in reader.rules.rewards)


def _reward(reader: Reader, reward: Reward) -> str:
    price = [f"{reward.points} points"] if reward.points else []
    price += [reader.money(reward.money)] if reward.money else []
    more: list[str] = [reward.kind]
    more += [f"for {_levels(reader, reward.tiers)} only"] if reward.tiers else []
    more += [f"{reward.stock} in stock"] if reward.stock else []
    more += [f"{reward.per_member} a member"] if reward.per_member else []
    if reward.early is not None:
        more.append(f"until {reward.early.until} for {_levels(reader, reward.early.tiers)} only")
    more += [f"from {reward.first}"] if reward.first else []
    more += [f"to {reward.last}"] if reward.last else []
    about = f"; {reader.said(reward.about)}" if reward.about else ""
    return f"{reader.said(reward.title)}: {' and '.join(price) or 'costs nothing'} ({', '.join(more)}){about}"


def _levels(reader: Reader, names: tuple[str, ...]) -> str:
    levels = reader.rules.tiers.levels if reader.rules.tiers else ()
    return ", ".join(reader.said(level.title) for level in levels if level.name in names)


def _referral(reader: Reader) -> Iterator[str]:
    referral = reader.rules.referral
    hold = referral.hold_days if referral.hold_days is not None else reader.rules.pending_days
    yield f"{referral.referrer} points for who invites, {referral.friend} for the friend"
    yield f"on the friend's first order from {reader.money(referral.min_order)}, {hold} days later"
    yield f"at most {referral.monthly_cap} friends a month; open for {referral.expires_days} days"


def _birthday(reader: Reader) -> Iterator[str]:
    birthday = reader.rules.birthday
    yield _gift(reader, birthday.points, birthday.coupon, birthday.gesture)
    if birthday.minimum_age:
        yield f"from the age of {birthday.minimum_age}: the year of birth is asked for"


def _occasions(reader: Reader) -> Iterator[str]:
    for one in reader.rules.occasions:
        yield f"{reader.said(one.title)}, {_days(one)}: {_gift(reader, one.points, one.coupon, one.gesture)}"


def _days(one: Occasion) -> str:
    return ", ".join(map(str, one.days)) if one.days else f"every year on {one.month:02}-{one.day:02} (month-day)"


def _milestones(reader: Reader) -> Iterator[str]:
    ladders = {"purchase number {}": "purchases", "{} points earned": "points"}
    for name, ladder in ladders.items():
        steps: tuple[Milestone, ...] = getattr(reader.rules.milestones, ladder)
        for step in steps:
            yield f"{name.format(step.at)}: {_gift(reader, step.points, step.coupon, None)}"


def _gift(reader: Reader, points: int, coupon: str | None, gesture: Mapping[str, str] | None) -> str:
    parts = [f"{points} points"] if points else []
    parts += [reader.coupon(coupon)] if coupon else []
    parts += [reader.said(gesture)] if gesture else []
    return " + ".join(parts) or "good wishes"


_SECTIONS: Mapping[str, Callable[[Reader], Iterator[str]]] = {
    "points": _points,
    "tiers": _tiers,
    "stamps": _stamps,
    "cashback": _cashback,
    "coupons": _coupons,
    "rewards": _rewards,
    "referral": _referral,
    "birthday": _birthday,
    "occasions": _occasions,
    "milestones": _milestones,
}
