"""What referrals bring: both sides are rewarded when the hold is over; what was given is taken back after a refund.

Every step is one conditional update, so that a step taken by two workers at the same time is taken once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from zoneinfo import ZoneInfo

from loyalty import gifts, referrals
from loyalty.gifts import Gift
from loyalty.values import Points
from loyalty.work import Work
from storage import counters, ledger, members
from storage import referrals as rows
from storage.ledger import ClawBack
from storage.members import MemberRow
from storage.referrals import ReferralRow

Side = Literal["friend", "referrer"]
NEWS: dict[Side, str] = {"friend": "referral_friend_reward", "referrer": "referral_reward"}
"""The flow that tells each side of its points."""
REFUNDED = "refunded"
"""The flag of a referral whose order was refunded in full."""


def settle(work: Work, most: int = 32) -> int:
    """Reward those whose hold is over and let the too old ones expire, up to so many; how many moved."""
    due = rows.due(work.transaction, work.now, most)
    lock(work, due)
    return sum(_settle(work, row) for row in due)


def _settle(work: Work, row: ReferralRow) -> bool:
    if row.state in ("pending", "review"):
        return rows.move(work.transaction, row, state="expired")
    return reward(work, row) is not None


def reward(work: Work, row: ReferralRow) -> str | None:
    """A qualified referral comes to its end; its new state, or None if somebody else was first.

    Over the month's cap the referral is rejected: the friend, who did nothing wrong, has their points all the same.
    """
    sides = _sides(work, row)
    if sides["friend"].id == sides["referrer"].id:
        moved = rows.move(work.transaction, row, state="rejected", flags=row.flagged("self"))
        return "rejected" if moved else None
    points = {side: _points(work, member, side) for side, member in sides.items()}
    cap = _cap(sides["referrer"], work.now)
    most = work.rules(sides["referrer"].market).referral.monthly_cap
    counted = points["referrer"] > 0 and counters.take(work.transaction, cap, most=most)
    state = "rewarded" if counted or not points["referrer"] else "rejected"
    if state == "rejected":
        points["referrer"] = 0
        moved = rows.move(work.transaction, row, state=state, flags=row.flagged("monthly_cap"))
    else:
        moved = rows.move(work.transaction, row, state=state, rewarded_at=work.now)
    if not moved:
        if counted:
            counters.put_back(work.transaction, cap)
        return None
    for side in _in_order(sides):
        if points[side]:
            _give(work, row, side=side, member=sides[side], points=points[side])
    return state


def _points(work: Work, member: MemberRow, side: Side) -> int:
    """What this side's market gives; nothing to those who were erased or whose market has no points or referrals."""
    rules = work.rules(member.market)
    if member.erased_at is not None or not (rules.has("referral") and rules.has("points")):
        return 0
    return rules.referral.friend if side == "friend" else rules.referral.referrer


def _give(work: Work, row: ReferralRow, *, side: Side, member: MemberRow, points: int) -> None:
    """Points that are active at once: the hold was their wait."""
    key = _key(row, side)
    work.tell(key, NEWS[side], member.id, points=Points(points))
    gifts.give(work, member, Gift(key, "referral", str(row.id), points))


def undo(work: Work, order_id: str) -> bool:
    """The order was refunded in full: what it qualified is rejected, and what was given is taken back, once.

    For good: an order that is paid again brings its friend to nobody.
    """
    found = rows.by_order(work.transaction, order_id)
    if found is None:
        return False
    lock(work, [found])
    row = rows.get(work.transaction, found.id)
    if row is None or REFUNDED in row.flags.split():
        return False
    if not rows.move(work.transaction, row, state="rejected", flags=row.flagged(REFUNDED)):
        return False
    sides = _sides(work, row)
    for side in _in_order(sides):
        if _take_back(work, row, side, sides[side]) and side == "referrer" and row.rewarded_at is not None:
            counters.put_back(work.transaction, _cap(sides[side], row.rewarded_at))
    return True


def _take_back(work: Work, row: ReferralRow, side: Side, member: MemberRow) -> bool:
    """Claw back what this side was given; False if it was given nothing."""
    given = rows.given(work.transaction, _key(row, side))
    if given is None:
        return False
    claw = ClawBack(
        key=f"{_key(row, side)}:undo",
        member_id=member.id,
        amount=given.points,
        sources=(given.transaction_id,),
        reference=str(row.id),
        may_owe=work.rules(member.market).negative and member.erased_at is None,
        actor=work.actor,
    )
    ledger.claw_back(work.transaction, claw, work.now)
    return True


def lock(work: Work, referred: Iterable[ReferralRow]) -> None:
    """Lock everybody concerned at once, in id order, with those who took over for them."""
    ids = {one for row in referred for one in (row.friend_id, row.referrer_id)}
    heirs = {heir.id for one in ids if (heir := members.current(work.transaction, one)) is not None}
    if ids:
        members.lock(work.transaction, *ids, *heirs)


def _sides(work: Work, row: ReferralRow) -> dict[Side, MemberRow]:
    """Both members, or whoever took over everything of theirs."""
    friend = members.current(work.transaction, row.friend_id)
    referrer = members.current(work.transaction, row.referrer_id)
    assert friend is not None and referrer is not None  # the table's foreign keys
    return {"friend": friend, "referrer": referrer}


def _in_order(sides: dict[Side, MemberRow]) -> list[Side]:
    """The sides in the order in which accounts are locked."""
    return sorted(sides, key=lambda side: sides[side].id)


def _key(row: ReferralRow, side: Side) -> str:
    return f"referral:{row.id}:{side}"


def _cap(referrer: MemberRow, at: int) -> str:
    """The counter of the referrer's rewarded friends in the month of an instant, on their calendar."""
    return f"referral:{referrer.id}:{referrals.month_key(at, ZoneInfo(referrer.zone))}"
