"""The blocks of a market's rules: what each refuses by itself."""

from typing import Any

import pytest
from pydantic import ValidationError

from loyalty.modules import (
    BirthdayRules,
    Campaign,
    CashbackRules,
    Coupon,
    EarnRules,
    Milestone,
    MilestoneRules,
    Occasion,
    RedeemRules,
    ReferralRules,
    Reward,
    StampCard,
    Strict,
    Tier,
    TierRules,
)

NAMED = {"name": "one", "title": "One"}
CAMPAIGN = {**NAMED, "percent": 200, "first": "2026-11-27", "last": "2026-11-30"}
LEVELS = [{"name": "base", "title": "Base", "at": 0}, {"name": "top", "title": "Top", "at": 100}]


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (EarnRules, {"points": "1.5"}),
        (EarnRules, {"per": 0}),
        (EarnRules, {"caps": {"order": 0}}),
        (Campaign, {**CAMPAIGN, "percent": 100}),
        (Campaign, {**CAMPAIGN, "last": "2026-11-26"}),
        (Campaign, {**CAMPAIGN, "hours": "9-12"}),
        (Campaign, {**CAMPAIGN, "weekdays": ["saturday"]}),
        (RedeemRules, {"share": 101}),
        (Tier, {**NAMED, "at": 0, "percent": 99}),
        (TierRules, {"levels": []}),
        (TierRules, {"levels": LEVELS[::-1]}),
        (TierRules, {"levels": [LEVELS[0], {**LEVELS[1], "name": "base"}]}),
        (StampCard, {**NAMED, "coupon": "free", "needed": 1}),
        (StampCard, {**NAMED, "needed": 10}),
        (CashbackRules, {"basis_points": 0}),
        (CashbackRules, {"basis_points": 10_001}),
        (Coupon, NAMED),
        (Coupon, {**NAMED, "percent": 10, "money": 500}),
        (Coupon, {**NAMED, "percent": 101}),
        (Reward, NAMED),
        (Reward, {**NAMED, "points": 10, "early": {"tiers": [], "until": "2027-01-01"}}),
        (Reward, {**NAMED, "points": 10, "kind": "voucher"}),
        (ReferralRules, {"friend": -1}),
        (BirthdayRules, {"minimum_age": 121}),
        (BirthdayRules, {"leap_day": "feb29"}),
        (Occasion, NAMED),
        (Occasion, {**NAMED, "month": 1}),
        (Occasion, {**NAMED, "month": 1, "day": 6, "days": ["2027-01-06"]}),
        (Occasion, {**NAMED, "month": 13, "day": 1}),
        (Milestone, {"at": 0}),
        (MilestoneRules, {"purchases": [{"at": 10}, {"at": 5}]}),
        (EarnRules, {"pints": 1}),
    ],
)
def test_what_a_block_refuses(model: type[Strict], fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(fields)


def test_scalars_may_come_as_text() -> None:
    """The loader gives every scalar as a string."""
    campaign = Campaign.model_validate({**CAMPAIGN, "percent": "150", "min_order": "2000", "hours": "09:00-12:00"})
    assert (campaign.percent, campaign.min_order, campaign.first.isoformat()) == (150, 2000, "2026-11-27")
    assert Coupon.model_validate({**NAMED, "money": "500", "stackable": "true"}).stackable is True


def test_defaults_are_the_references() -> None:
    earn, redeem, referral = EarnRules(), RedeemRules(), ReferralRules()
    assert (earn.points, earn.per, earn.basis, earn.tax, earn.rounding) == (1, 100, "items", "in", "down")
    assert (redeem.minimum, redeem.share) == (500, 50)
    assert (referral.hold_days, referral.expires_days, referral.monthly_cap, referral.weekly_cap) == (None, 180, 20, 10)
    assert TierRules.model_validate({"levels": LEVELS}).window == "rolling"


def test_blocks_do_not_change() -> None:
    with pytest.raises(ValidationError):
        EarnRules().points = 2  # type: ignore[misc]
