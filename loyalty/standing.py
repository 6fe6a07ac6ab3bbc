"""A member's level: up at once with a purchase, looked at again when its time is over, announced before it is lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from loyalty import tiers
from loyalty.days import local_time
from loyalty.modules import Tier, TierRules
from loyalty.points import DAY
from loyalty.rules import MarketRules
from loyalty.tiers import Moment, Notice, Standing
from loyalty.values import Day, Money, Name, Points, Value
from loyalty.wording import said
from loyalty.work import Work
from storage import members, occasions, purchases, standings
from storage.members import MemberRow
from storage.standings import StandingRow

_ONE_DAY = timedelta(days=1)
_SEEN = "tier_notices"
"""The watermark that keeps the last member whose coming review was looked at."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a member stands: their level, the next one and what is missing to it (None and 0 on the highest)."""

    tier: Tier | None
    next: Tier | None
    missing: int
    counted: int
    """What counts now: points, minor units or orders, as the market says."""
    review_at: int | None


def tier_of(work: Work, member: MemberRow) -> Tier | None:
    """The member's level; before any purchase the one that everybody has, if there is such."""
    rules = _tiers(work.rules(member.market))
    if rules is None:
        return None
    row = standings.get(work.transaction, member.id)
    return tiers.level(rules, row.tier) or tiers.level_for(rules, 0)


def way(work: Work, member: MemberRow) -> Way | None:
    """Where the member stands and what comes next; None in a market without levels."""
    rules = _tiers(work.rules(member.market))
    if rules is None:
        return None
    counted = _counted(work, member, rules, tiers.counted_from(rules, _moment(work, member)))
    row = standings.get(work.transaction, member.id)
    tier = tiers.level(rules, row.tier) or tiers.level_for(rules, 0)
    held = tier.at if tier is not None else 0
    after = tiers.next_level(rules, max(counted, held))
    if after is None:
        return Way(tier, None, 0, counted, row.review_at)
    return Way(tier, after[0], after[0].at - counted, counted, row.review_at)


def rise(work: Work, member: MemberRow) -> Tier | None:
    """Take the member up if what they bought reaches a higher level, and tell them; the new level."""
    rules = _tiers(work.rules(member.market))
    if rules is None:
        return None
    moment = _moment(work, member)
    row = standings.get(work.transaction, member.id)
    counted = _counted(work, member, rules, tiers.counted_from(rules, moment))
    risen = tiers.after_purchase(rules, _standing(rules, row), counted, moment=moment)
    if risen is None:
        return None
    _place(work, row, rules, risen)
    tier = tiers.level(rules, risen.tier)
    if tier is None or not tier.at:
        return None
    key = f"tier:{member.id}:{tier.name}:{moment.today.isoformat()}"
    title, brand = said(tier.title, member.locale), work.programme.name
    work.tell(key, "tier_up", member.id, tier=Name(title), brand=Name(brand), level=tier.name)
    return tier


def review(work: Work, most: int) -> int:
    """Look again at up to so many levels whose time and grace days are over; how many were looked at."""
    due = standings.due(work.transaction, work.now, most)
    who = {one.id: one for one in members.lock(work.transaction, *(row.member_id for row in due))} if due else {}
    for row in sorted(due):
        _review(work, who[row.member_id], standings.get(work.transaction, row.member_id))
    return len(due)


def notices(work: Work, most: int) -> int:
    """Look at up to so many levels with a review ahead, and tell once those who would lose theirs; how many it saw.

    It goes on where the last call ended; a call that saw fewer than `most` has come to the end, and the next one
    begins again.
    """
    ahead = max((one.tiers.notice_days for one in work.programme.markets.values() if one.tiers), default=0)
    after = occasions.watermark(work.transaction, _SEEN) or 0
    rows = standings.nearing(work.transaction, work.now, work.now + ahead * DAY, after=after, most=most)
    for row in rows:
        _notice(work, row)
    last = rows[-1].member_id if len(rows) == most else 0
    if last != after:
        occasions.set_watermark(work.transaction, _SEEN, last)
    return len(rows)


def _review(work: Work, member: MemberRow, row: StandingRow) -> None:
    rules = _tiers(work.rules(member.market))
    if rules is None or not member.is_active:
        standings.place(work.transaction, StandingRow(member.id))
        return
    moment, standing = _moment(work, member), _standing(rules, row)
    counted = _counted(work, member, rules, tiers.reviewed_from(rules, standing, moment))
    after = tiers.review(rules, standing, counted, moment=moment)
    if after != standing:
        _place(work, row, rules, after)


def _notice(work: Work, row: StandingRow) -> None:
    member = members.get(work.transaction, row.member_id)
    rules = _tiers(work.rules(member.market)) if member is not None and member.is_active else None
    had = tiers.level(rules, row.tier) if rules is not None else None
    if member is None or rules is None or had is None or not had.at:
        return
    standing = _standing(rules, row)
    counted = _counted(work, member, rules, tiers.reviewed_from(rules, standing, _moment(work, member)))
    found = tiers.due_for_notice(rules, standing, counted, now=work.now)
    if found is not None and standings.notice(work.transaction, member.id, work.now):
        _tell_notice(work, member, had, found)


def _tell_notice(work: Work, member: MemberRow, had: Tier, found: Notice) -> None:
    rules = work.rules(member.market)
    counts = rules.tiers.counts if rules.tiers is not None else "points"
    missing: dict[str, Value] = {
        "points": Points(found.missing),
        "spend": Money(found.missing, rules.currency),
        "purchases": found.missing,
    }
    lower = "" if found.tier is None else said(found.tier.title, member.locale)
    work.tell(
        f"tier_notice:{member.id}:{had.name}:{found.at}",
        "tier_notice",
        member.id,
        kind=counts,
        missing=missing[counts],
        tier=Name(said(had.title, member.locale)),
        lower=Name(lower),
        day=Day.of(local_time(found.at, ZoneInfo(member.zone)).date() - _ONE_DAY),
    )


def _tiers(rules: MarketRules) -> TierRules | None:
    return rules.tiers if rules.has("tiers") else None


def _moment(work: Work, member: MemberRow) -> Moment:
    zone = ZoneInfo(member.zone)
    began = member.created_at if member.joined_at is None else member.joined_at
    return Moment(work.now, zone, local_time(began, zone).date())


def _counted(work: Work, member: MemberRow, rules: TierRules, since: int) -> int:
    currency = work.rules(member.market).currency
    return getattr(purchases.counted(work.transaction, member.id, since, currency), rules.counts)  # type: ignore[no-any-return]


def _standing(rules: TierRules, row: StandingRow) -> Standing:
    until = None if row.review_at is None else row.review_at - rules.grace_days * DAY
    return Standing(row.tier, row.tier_since, until)


def _place(work: Work, row: StandingRow, rules: TierRules, standing: Standing) -> None:
    review_at = tiers.reviewed_at(rules, standing)
    placed = row._replace(tier=standing.tier, tier_since=standing.since, review_at=review_at, noticed_at=None)
    standings.place(work.transaction, placed)
