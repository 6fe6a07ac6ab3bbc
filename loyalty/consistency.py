"""Do the parts of a programme agree: every name that is used exists, and nothing gives what the market has not.

What one block says by itself is checked by its model; here is what only several blocks together can get wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from loyalty._consistency_desk import desk_problems, support_problems
from loyalty._consistency_problem import Problem, near, words_lacking
from loyalty.rules import MODULES, MarketRules, Programme
from storage.documents import Keys

__all__ = ["Problem", "problems"]

_LEAP_YEAR = 2024
_WORDLESS = frozenset({"support"})
"""A block whose mappings are hours."""
_BLOCKS = {"earn": "points"}
"""Blocks that are not called as their module is."""


def problems(
    programme: Programme,
    *,
    flows: frozenset[str] | None = None,
    profiles: Collection[str] | None = None,
    locales: Sequence[str] = (),
) -> list[Problem]:
    """Everything that does not agree, market by market.

    `off` and the templates are checked when the names of the flows are known, the markets when those with a profile
    (`markets/IT.yaml`) are, the words for the locales given.
    """
    found = [
        *words_lacking(programme.brand, ("brand",), locales),
        *_profiles(programme, profiles),
        *_templates(programme, flows),
        *desk_problems(programme, flows, locales),
    ]
    for code, rules in programme.markets.items():
        market = [
            *_off(rules, flows),
            *_coupons(rules),
            *_tiers(rules),
            *_points(rules),
            *_limits(rules),
            *_idle(rules),
            *_names(rules, locales),
            *support_problems(rules),
        ]
        found += [Problem(("markets", code, *one.keys), one.what, one.level) for one in market]
    return found


def _profiles(programme: Programme, profiles: Collection[str] | None) -> Iterator[Problem]:
    if profiles is None:
        return
    if programme.default_market not in profiles:
        yield Problem(("default_market",), f"there is no markets/{programme.default_market}.yaml")
    for code in programme.markets:
        if code not in profiles:
            yield Problem(("markets", code), f"without markets/{code}.yaml nobody comes to this market", "warning")


def _templates(programme: Programme, flows: frozenset[str] | None) -> Iterator[Problem]:
    if flows is None:
        return
    for name in programme.templates:
        if name not in flows:
            yield Problem(("templates", name), f"there is no flow {name}{near(name, flows)}", "warning")


def _off(rules: MarketRules, flows: frozenset[str] | None) -> Iterator[Problem]:
    if flows is None:
        return
    known = flows.union(MODULES)
    for name in sorted(rules.off - known):
        yield Problem(("off",), f"{name} is no module and no flow{near(name, known)}")


def _on(rules: MarketRules, block: str) -> bool:
    """The block is not switched off."""
    return _BLOCKS.get(block, block) not in rules.off


def _coupons(rules: MarketRules) -> Iterator[Problem]:
    known = {one.name for one in rules.coupons}
    for keys, name in _coupon_names(rules):
        if not _on(rules, str(keys[0])):
            continue
        if name not in known:
            yield Problem(keys, f"there is no coupon {name} in this market{near(name, known)}")
        elif not rules.has("coupons"):
            yield Problem(keys, "this market has switched coupons off")


def _coupon_names(rules: MarketRules) -> Iterator[tuple[Keys, str]]:
    """Everything that gives a coupon."""
    ladders = {"purchases": rules.milestones.purchases, "points": rules.milestones.points}
    givers: list[tuple[Keys, str | None]] = [
        *((("stamps", at, "coupon"), one.coupon) for at, one in enumerate(rules.stamps)),
        (("birthday", "coupon"), rules.birthday.coupon),
        *((("occasions", at, "coupon"), one.coupon) for at, one in enumerate(rules.occasions)),
        *(
            (("milestones", name, at, "coupon"), step.coupon)
            for name, ladder in ladders.items()
            for at, step in enumerate(ladder)
        ),
    ]
    return ((keys, name) for keys, name in givers if name is not None)


def _tiers(rules: MarketRules) -> Iterator[Problem]:
    known = {level.name for level in rules.tiers.levels} if rules.tiers else set()
    for keys, names in _tier_names(rules):
        if not _on(rules, str(keys[0])):
            continue
        for name in names:
            if name not in known:
                yield Problem(keys, f"there is no tier {name} in this market{near(name, known)}")
            elif not rules.has("tiers"):
                yield Problem(keys, "this market has switched tiers off")


def _tier_names(rules: MarketRules) -> Iterator[tuple[Keys, tuple[str, ...]]]:
    """Everything that is for some tiers only."""
    for at, reward in enumerate(rules.rewards):
        yield ("rewards", at, "tiers"), reward.tiers
        if reward.early is not None:
            yield ("rewards", at, "early", "tiers"), reward.early.tiers
    for at, campaign in enumerate(rules.earn.campaigns if rules.earn else ()):
        yield ("earn", "campaigns", at, "tiers"), campaign.tiers


def _points(rules: MarketRules) -> Iterator[Problem]:
    """Nothing gives, costs or counts points where there are none."""
    if rules.has("points"):
        return
    for keys, amount in _point_amounts(rules):
        if amount and _on(rules, str(keys[0])):
            yield Problem(keys, f"{amount} points, but this market has no points")
    if rules.has("tiers") and rules.tiers is not None and rules.tiers.counts == "points":
        yield Problem(("tiers", "counts"), "the tiers count points, but this market has none")
    if rules.has("milestones") and rules.milestones.points:
        yield Problem(("milestones", "points"), "the steps count points, but this market has none")


def _point_amounts(rules: MarketRules) -> Iterator[tuple[Keys, int]]:
    yield ("birthday", "points"), rules.birthday.points
    yield ("referral", "referrer"), rules.referral.referrer
    yield ("referral", "friend"), rules.referral.friend
    for at, occasion in enumerate(rules.occasions):
        yield ("occasions", at, "points"), occasion.points
    for at, step in enumerate(rules.milestones.purchases):
        yield ("milestones", "purchases", at, "points"), step.points
    for at, reward in enumerate(rules.rewards):
        yield ("rewards", at, "points"), reward.points


def _limits(rules: MarketRules) -> Iterator[Problem]:
    """Numbers and days that contradict each other."""
    redeem = rules.redeem
    if redeem.maximum is not None and redeem.minimum > redeem.maximum:
        yield Problem(("redeem", "minimum"), f"{redeem.minimum} is more than the maximum of {redeem.maximum}")
    names = [one.name for one in rules.earn.campaigns] if rules.earn else []
    for at, name in enumerate(names):
        if name in names[:at]:
            yield Problem(("earn", "campaigns", at, "name"), f"{name}: a name is used twice")
    for at, reward in enumerate(rules.rewards):
        if reward.first and reward.last and reward.last < reward.first:
            yield Problem(("rewards", at, "last"), f"{reward.last} is before its first day, {reward.first}")
        if reward.early and reward.first and reward.early.until <= reward.first:
            yield Problem(("rewards", at, "early"), f"early access ends before the first day, {reward.first}")
    for at, one in enumerate(rules.occasions):
        if one.month is not None and one.day is not None and not _is_a_day(one.month, one.day):
            yield Problem(("occasions", at, "day"), f"month {one.month} has no day {one.day}")


def _is_a_day(month: int, day: int) -> bool:
    try:
        date(_LEAP_YEAR, month, day)
    except ValueError:
        return False
    return True


def _idle(rules: MarketRules) -> Iterator[Problem]:
    """What is allowed and brings nothing."""
    if not rules.has("points") and rules.has("tiers") and rules.tiers is not None:
        for at, level in enumerate(rules.tiers.levels):
            if level.percent > 100:
                keys: Keys = ("tiers", "levels", at, "percent")
                yield Problem(keys, "a part of the points, but this market has none", "warning")
    ladders = {"purchases": rules.milestones.purchases, "points": rules.milestones.points}
    for name, ladder in ladders.items() if rules.has("milestones") else ():
        for at, step in enumerate(ladder):
            if not step.points and step.coupon is None:
                yield Problem(("milestones", name, at), "this step brings nothing", "warning")


def _names(rules: MarketRules, locales: Sequence[str]) -> Iterator[Problem]:
    for block in type(rules).model_fields:
        if _on(rules, block) and block not in _WORDLESS:
            yield from words_lacking(getattr(rules, block), (block,), locales)
