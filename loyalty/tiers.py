"""Tiers: which level a member has, from when on purchases count for it, and what becomes of it at its review.

A member goes up at once and down only at the review, which comes the grace days after the window of the standing has
ended. The review counts everything from that window's first day until the review itself, so it never counts less than
the window of a later purchase: who was taken down does not go up again without new purchases. Spending and expiry do
not touch what counts; a refund does.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from loyalty.days import day_starts, in_year, local_time
from loyalty.modules import Tier, TierRules
from loyalty.points import DAY

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """A member's level by name, since when, and until when it is theirs before the grace days. Microseconds UTC."""

    tier: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant (microseconds UTC) in a member's life: their zone, and the local day they joined on."""

    now: int
    zone: ZoneInfo
    joined: date

    @property
    def today(self) -> date:
        """The member's own day."""
        return local_time(self.now, self.zone).date()


@dataclass(frozen=True, slots=True)
class Notice:
    """The level a member falls to (None: none) at this instant unless they reach `missing` more of what counts."""

    tier: Tier | None
    missing: int
    at: int


def level(rules: TierRules, name: str | None) -> Tier | None:
    """A level by name; None also for one that the programme has no more."""
    return next((one for one in rules.levels if one.name == name), None)


def level_for(rules: TierRules, qualifying: int) -> Tier | None:
    """The highest level reached; None below the first."""
    return next((one for one in reversed(rules.levels) if one.at <= qualifying), None)


def next_level(rules: TierRules, qualifying: int) -> tuple[Tier, int] | None:
    """The level that comes next and what is missing to it; None on the highest."""
    return next(((one, one.at - qualifying) for one in rules.levels if one.at > qualifying), None)


def window_start(rules: TierRules, *, now_local: date, joined: date) -> date:
    """The first local day that counts: twelve months back, 1 January, or the last anniversary of joining."""
    if rules.window == "calendar":
        return date(now_local.year, 1, 1)
    if rules.window == "rolling":
        return in_year(now_local, now_local.year - 1)
    this_year = in_year(joined, now_local.year)
    return this_year if this_year <= now_local else in_year(joined, now_local.year - 1)


def window_end(rules: TierRules, *, reached: date, joined: date) -> date:
    """The last local day of a standing reached on this day.

    Rolling: twelve months later; calendar: 31 December; anniversary: the day before the next one.
    """
    if rules.window == "calendar":
        return date(reached.year, 12, 31)
    if rules.window == "rolling":
        return in_year(reached, reached.year + 1)
    begun = window_start(rules, now_local=reached, joined=joined)
    return in_year(joined, begun.year + 1) - _ONE_DAY


def counted_from(rules: TierRules, moment: Moment) -> int:
    """From which instant on purchases count today: for `after_purchase` and the way to the next level."""
    first = window_start(rules, now_local=moment.today, joined=moment.joined)
    return day_starts(first, moment.zone)


def reviewed_from(rules: TierRules, standing: Standing, moment: Moment) -> int:
    """From which instant on purchases count at the review of a standing: the last twelve months where the window rolls,
    else the window that ended and the grace after it. For `review` and `due_for_notice`."""
    if standing.until is None or rules.window == "rolling":
        return counted_from(rules, moment)
    last = local_time(standing.until - 1, moment.zone).date()
    first = window_start(rules, now_local=last, joined=moment.joined)
    return min(day_starts(first, moment.zone), counted_from(rules, moment))


def reviewed_at(rules: TierRules, standing: Standing) -> int | None:
    """When the standing is reviewed: its end and the grace days, of 24 hours each; None without a level."""
    return None if standing.until is None else standing.until + rules.grace_days * DAY


def after_purchase(rules: TierRules, standing: Standing, qualifying: int, *, moment: Moment) -> Standing | None:
    """The new standing if a purchase takes the member up (`qualifying` since `counted_from`); None if it does not."""
    reached = level_for(rules, qualifying)
    if reached is None or _rank(rules, reached.name) <= _rank(rules, standing.tier):
        return None
    return _standing(rules, reached, moment, since=moment.now)


def review(rules: TierRules, standing: Standing, qualifying: int, *, moment: Moment) -> Standing:
    """The standing after its review (`qualifying` since `reviewed_from`); before it is due, the same standing.

    What comes out is due only after another window, so that a review repeated changes nothing.
    """
    due = reviewed_at(rules, standing)
    if due is None or moment.now < due:
        return standing
    kept = _kept(rules, standing.tier, qualifying)
    name = None if kept is None else kept.name
    since = standing.since if name == standing.tier else moment.now
    return Standing(None, since) if kept is None else _standing(rules, kept, moment, since=since)


def due_for_notice(rules: TierRules, standing: Standing, qualifying: int, *, now: int) -> Notice | None:
    """The notice of a level about to be lost, within the notice days before the review; None at any other time."""
    due = reviewed_at(rules, standing)
    had = level(rules, standing.tier)
    if due is None or had is None or not due - rules.notice_days * DAY <= now < due or qualifying >= had.at:
        return None
    return Notice(_kept(rules, standing.tier, qualifying), had.at - qualifying, due)


def _kept(rules: TierRules, name: str | None, qualifying: int) -> Tier | None:
    """The level after a review: what was reached, or with `one_down` at least the level below the one there was."""
    reached = level_for(rules, qualifying)
    had = _rank(rules, name)
    if rules.downgrade == "recompute" or (reached is not None and _rank(rules, reached.name) >= had - 1):
        return reached
    return rules.levels[had - 1] if had > 0 else None


def _rank(rules: TierRules, name: str | None) -> int:
    """The place of a level, lowest 0; -1 for none and for one that the programme has no more."""
    return next((place for place, one in enumerate(rules.levels) if one.name == name), -1)


def _standing(rules: TierRules, tier: Tier, moment: Moment, *, since: int | None) -> Standing:
    last = window_end(rules, reached=moment.today, joined=moment.joined)
    return Standing(tier.name, since, day_starts(last + _ONE_DAY, moment.zone))
