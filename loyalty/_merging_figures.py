"""What a merge and its undoing make of counts: orders, rewards each may have so often, friends a month, milestones."""

from typing import Any
from zoneinfo import ZoneInfo

from loyalty import gifts, milestones, referrals
from loyalty.modules import Milestone
from loyalty.settling import member_name
from loyalty.work import Work
from storage import counters, members, merges, occasions, purchases, redemptions, standings
from storage.members import MemberRow
from storage.merges import Between
from storage.referrals import of_friend

_NO_LIMIT = 2**62
_UNDECIDED = frozenset({"pending", "review", "qualified"})


def had(work: Work, member: MemberRow) -> dict[str, Any]:
    """What the member's own orders and rewards come to now: compared at the undoing with what is left of them."""
    orders = purchases.counted(work.transaction, member.id, 0, work.rules(member.market).currency)
    return {"points": orders.points, "purchases": orders.purchases, "rewards": _rewards(work, member.id)}


def lost(work: Work, member: MemberRow, before: dict[str, Any]) -> dict[str, Any]:
    """How much less than at the merge the member's orders and rewards come to, now that they are theirs again."""
    now = had(work, member)
    gone = {name: number - now["rewards"].get(name, 0) for name, number in before["rewards"].items()}
    return {name: before[name] - now[name] for name in ("points", "purchases")} | {"rewards": gone}


def add_counters(work: Work, kept: MemberRow, merged: MemberRow) -> list[list[Any]]:
    """What the merged member had of limited things counts for the kept one: (their name, amount, its own)."""
    names = {
        member_name(kept.market, reward.name, merged.id): member_name(kept.market, reward.name, kept.id)
        for reward in work.rules(kept.market).rewards
    }
    names[_month(merged, work.now)] = _month(kept, work.now)
    added: list[list[Any]] = []
    for theirs, mine in names.items():
        if taken := counters.taken(work.transaction, theirs):
            counters.take(work.transaction, mine, most=_NO_LIMIT, amount=taken)
            added.append([mine, taken, theirs])
    return added


def part_counters(work: Work, added: list[list[Any]], gone: dict[str, int]) -> None:
    """Each counts their own again; what came back since the merge of the merged member's is theirs to have again."""
    for mine, taken, theirs in added:
        back = min(taken, gone.get(theirs.split(":")[2], 0)) if theirs.startswith("reward:") else 0
        counters.put_back(work.transaction, mine, taken - back)
        counters.put_back(work.transaction, theirs, back)


def refuse_customer(work: Work, kept: MemberRow, moved: list[int]) -> list[list[Any]]:
    """Who has bought before is nobody's new friend, by whichever membership they came; what was said before."""
    if not moved or not standings.get(work.transaction, kept.id).purchases:
        return []
    row = of_friend(work.transaction, kept.id)
    if row is None or row.id not in moved or row.state not in _UNDECIDED:
        return []
    merges.judge(work.transaction, Between(row.id, "rejected", row.flagged("already_customer")))
    return [[row.id, row.state, row.flags]]


def know_milestones(work: Work, kept: MemberRow, merged: MemberRow) -> list[str]:
    """What the merged member reached is not given again; the keys of what was written down for it."""
    rules = work.rules(kept.market).milestones
    count = standings.get(work.transaction, merged.id).purchases
    ladders: tuple[tuple[milestones.Counter, tuple[Milestone, ...]], ...]
    ladders = (("purchases", rules.purchases), ("points", rules.points))
    noted = []
    for counter, at in ((counter, step.at) for counter, steps in ladders for step in steps):
        theirs = milestones.occasion_key(merged.id, counter, at)
        key = milestones.occasion_key(kept.id, counter, at)
        passed = counter == "purchases" and at <= count
        if (passed or standings.given(work.transaction, [theirs])) and _note(work, kept.id, key):
            noted.append(key)
    return noted


def climb(work: Work, kept_id: int, one: int, other: int) -> None:
    """A milestone of purchases that neither had reached alone and both together have is given now."""
    row = members.get(work.transaction, kept_id)
    if row is not None and row.is_active:
        gifts.climb_purchases(work, row, max(one, other), one + other)


def _note(work: Work, kept_id: int, key: str) -> bool:
    row = {"key": key, "trigger": "milestone", "member_id": kept_id, "decision": "no", "reason": "merged"}
    return occasions.add_firing(work.transaction, {**row, "channel": None, "due_at": work.now, "at": work.now})


def _rewards(work: Work, member_id: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in redemptions.of_member(work.transaction, member_id):
        if row.kind == "reward" and row.state != "released":
            found[row.name] = found.get(row.name, 0) + 1
    return found


def _month(referrer: MemberRow, at: int) -> str:
    return f"referral:{referrer.id}:{referrals.month_key(at, ZoneInfo(referrer.zone))}"
