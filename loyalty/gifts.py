"""Gifts of the house: points and coupons given once per key, and the milestones that points and purchases reach."""

from __future__ import annotations

from dataclasses import dataclass

from loyalty import couponing, milestones
from loyalty.modules import Milestone
from loyalty.points import lot_times
from loyalty.rules import MarketRules
from loyalty.values import Name, Points
from loyalty.wording import said
from loyalty.work import Work
from storage import ledger, occasions, standings
from storage.ledger import Earning
from storage.members import MemberRow

_MILESTONE = "milestone"


@dataclass(frozen=True, slots=True)
class Gift:
    """What to give. `key` makes it one gift; `kind` and `reference` say in the books why it was given."""

    key: str
    kind: str
    reference: str
    points: int = 0
    coupon: str | None = None
    """A kind of coupon of the member's market."""
    waits: bool = False
    """The points wait for the return window: the gift rests on a purchase."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was given, under a key used before the same as then; `coupon` is its title in the member's language."""

    points: int = 0
    coupon: str = ""


def give(work: Work, member: MemberRow, gift: Gift) -> Given:
    """Give the gift once per key. What the market does not have, or has no stock of, is left out."""
    rules = work.rules(member.market)
    points = gift.points if rules.has("points") else 0
    if points:
        before = standings.lifetime(work.transaction, member.id)
        _earn(work, member, gift, rules)
        if gift.kind != _MILESTONE:
            climb_points(work, member, before, standings.lifetime(work.transaction, member.id))
    return Given(points, _issue(work, member, gift, rules))


def climb_points(work: Work, member: MemberRow, before: int, after: int) -> None:
    """Give and tell what is reached by points that just came; the member's lifetime before, and as it is now."""
    if after > before and work.rules(member.market).milestones.points:
        now = _collected(work, member)
        _climb(work, member, "points", before=now - (after - before), after=now)


def climb_purchases(work: Work, member: MemberRow, before: int, after: int) -> None:
    """Give and tell what is reached between two numbers of purchases."""
    _climb(work, member, "purchases", before=before, after=after)


def _collected(work: Work, member: MemberRow) -> int:
    """All points that were ever earned, less those of milestones: these do not count towards another."""
    rules = work.rules(member.market)
    ladders: tuple[tuple[milestones.Counter, tuple[Milestone, ...]], ...] = (
        ("purchases", rules.milestones.purchases),
        ("points", rules.milestones.points),
    )
    keys = [milestones.occasion_key(member.id, counter, step.at) for counter, steps in ladders for step in steps]
    return standings.lifetime(work.transaction, member.id) - standings.given(work.transaction, keys)


def _climb(work: Work, member: MemberRow, counter: milestones.Counter, *, before: int, after: int) -> None:
    rules = work.rules(member.market)
    ladder = rules.milestones.purchases if counter == "purchases" else rules.milestones.points
    for step in milestones.crossed(before, after, ladder if rules.has("milestones") else ()):
        key = milestones.occasion_key(member.id, counter, step.at)
        if occasions.fired(work.transaction, [key]):
            continue  # somebody who was merged into this member has had it
        gift = Gift(key, _MILESTONE, f"{counter}:{step.at}", step.points, step.coupon, waits=True)
        given = give(work, member, gift)
        points, coupon = Points(given.points), Name(given.coupon)
        work.tell(key, "milestone", member.id, kind=counter, reached=step.at, points=points, coupon=coupon)


def _earn(work: Work, member: MemberRow, gift: Gift, rules: MarketRules) -> None:
    activates_at, expires_at = lot_times(work.now, rules)
    earning = Earning(
        key=gift.key,
        member_id=member.id,
        points=gift.points,
        kind=gift.kind,
        reference=gift.reference,
        activates_at=activates_at if gift.waits else work.now,
        expires_at=expires_at,
        actor=work.actor,
    )
    ledger.earn(work.transaction, earning, work.now)


def _issue(work: Work, member: MemberRow, gift: Gift, rules: MarketRules) -> str:
    """Issue the gift's coupon; its title, or nothing if there is none."""
    kind = rules.coupon(gift.coupon) if gift.coupon and rules.has("coupons") else None
    if kind is None or couponing.issue(work, member, kind.name, gift.key) is None:
        return ""
    return said(kind.title, member.locale)
