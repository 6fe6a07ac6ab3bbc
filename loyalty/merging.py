"""Two members who turn out to be one person: what a merge would do, the merge, and its undoing within thirty days.

Points move as they are, with their dates; nothing that is given once is given twice; of two consents the more
restrictive one holds. The member who goes keeps their row, so that old codes and cards lead to whoever took over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import orjson

from loyalty import _merging_cases as conversations
from loyalty import _merging_figures as figures
from loyalty import purchasing
from loyalty.work import LoyaltyError, Work
from storage import ledger, members, merges, occasions, people, profiles, standings
from storage.database import Transaction
from storage.ledger import Entry, Moving
from storage.members import MemberRow
from storage.merges import Between, MergeRow
from storage.people import POINTS_UNIT
from storage.profiles import Profile
from storage.standings import StandingRow

UNDO_WITHIN = 30 * 24 * 3600 * 1_000_000
"""Microseconds."""
SIMULATOR = "simulator"
_CONTRACT = "service"
"""A purpose that rests on the contract, not on consent: joining grants it and a merge takes nothing from it."""
_BIRTH = ("birth_month", "birth_day", "birth_year", "birth_edits", "birth_set_at")
_GIFTS = ("birthday:", "milestone:", "occasion:", "anniversary:")
"""How the keys begin of what a member gets once."""
_UNDECIDED = frozenset({"pending", "review", "qualified"})

Refusal = Literal["unknown", "same", "gone", "separate", "simulator", "not_joined"]
"""gone: erased, or merged already. simulator: a test member and a real one. not_joined: keep the other one."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge of these two would do; `refusal` says why it would not be made."""

    kept: int
    merged: int
    refusal: Refusal | None
    moves: dict[str, int]
    """How many addresses, purchases, coupons, redemptions and referrals go over."""
    wallets: dict[str, int]
    """What the kept member would have afterwards, active and pending, by unit."""
    purchases: int
    tier: str | None
    withdrawn: tuple[str, ...]
    """Consents of the kept member that would end."""


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge that was made."""

    id: int


class NoMerge(LoyaltyError):
    """There is no such merge, or it cannot be undone any more; the message says why."""


def elder(one: MemberRow, other: MemberRow) -> tuple[MemberRow, MemberRow]:
    """(kept, merged): who joined first is kept."""
    first, second = sorted((one, other), key=lambda row: (row.joined_at is None, row.joined_at or 0, row.id))
    return first, second


def separate(work: Work, one: int, other: int) -> bool:
    """These two are never to be merged; False if that was known."""
    return merges.separate(work.transaction, one, other, actor=work.actor, at=work.now)


def preview(work: Work, kept_id: int, merged_id: int) -> Preview:
    """What `merge` would do; nothing is changed."""
    transaction = work.transaction
    kept, merged = members.get(transaction, kept_id), members.get(transaction, merged_id)
    refusal = _refusal(transaction, kept, merged)
    if kept is None or merged is None:
        return Preview(kept_id, merged_id, refusal, {}, {}, 0, None, ())
    wallets: dict[str, int] = {}
    for wallet in (*ledger.wallets(transaction, kept_id, work.now), *ledger.wallets(transaction, merged_id, work.now)):
        held = wallet.position.active + wallet.position.pending
        wallets[wallet.unit] = wallets.get(wallet.unit, 0) + held
    one, other = standings.get(transaction, kept_id), standings.get(transaction, merged_id)
    return Preview(
        kept_id,
        merged_id,
        refusal,
        {what: len(ids) for what, ids in _movable(transaction, kept_id, merged_id).items()},
        wallets,
        one.purchases + other.purchases,
        _better(work, kept.market, one, other).tier,
        _withdrawn(transaction, kept, merged),
    )


def merge(work: Work, kept_id: int, merged_id: int) -> Merged | Refusal:
    """Give everything of one member to another; recorded so that it can be undone."""
    transaction = work.transaction
    rows = {row.id: row for row in members.lock(transaction, kept_id, merged_id)}
    kept, merged = rows.get(kept_id), rows.get(merged_id)
    refusal = _refusal(transaction, kept, merged)
    if refusal is not None or kept is None or merged is None:
        return refusal or "unknown"
    merge_id = transaction.ids.new()
    entry = Entry(f"merge:{merge_id}", "merge", str(merge_id), work.actor)
    data: dict[str, Any] = {"referrals": _judge_between(transaction, kept.id, merged.id)}
    data["moved"] = _movable(transaction, kept.id, merged.id)
    conversations.join(work, kept.id, merged.id)
    data["had"] = figures.had(work, merged)
    for what, ids in data["moved"].items():
        merges.move(transaction, what, ids, from_id=merged.id, to_id=kept.id)
    moved = ledger.transfer(transaction, merged.id, kept.id, entry, work.now)
    data["ledger"] = [[one.unit, list(one.lots), one.lifetime] for one in moved]
    data["referrals"] += figures.refuse_customer(work, kept, data["moved"]["friend"])
    data["firings"] = _copy_firings(work, kept.id, merged.id) + figures.know_milestones(work, kept, merged)
    data["standing"] = _add_standing(work, kept, merged)
    data["counters"] = figures.add_counters(work, kept, merged)
    withdrawn = _withdrawn(transaction, kept, merged)
    _withdraw(work, kept, withdrawn, f"merge:{merge_id}")
    data["profile"] = _join_profiles(transaction, kept, merged, withdrawn)
    text = orjson.dumps(data).decode()
    merges.add(transaction, MergeRow(merge_id, kept.id, merged.id, text, work.actor, work.now, None))
    figures.climb(work, kept.id, *(StandingRow(*data["standing"][one]).purchases for one in ("kept", "merged")))
    _credit_guest(work, kept.id)
    return Merged(merge_id)


def undo(work: Work, merge_id: int) -> MergeRow:
    """Part two members again, within thirty days. What was spent or earned since stays with the kept one."""
    transaction = work.transaction
    found = merges.get(transaction, merge_id)
    if found is None:
        raise NoMerge(f"there is no merge {merge_id}")
    rows = {row.id: row for row in members.lock(transaction, found.kept_id, found.merged_id)}
    kept, merged = rows[found.kept_id], rows[found.merged_id]
    _may_undo(work, found, kept, merged)
    data = orjson.loads(found.data)
    data["moved"]["case"] = conversations.done(work, data["moved"].get("case", []))
    for what, ids in data["moved"].items():
        merges.move(transaction, what, ids, from_id=kept.id, to_id=merged.id)
    lost = figures.lost(work, merged, data["had"])
    moved = [Moving(unit, tuple(lots), _left(unit, earned, lost["points"])) for unit, lots, earned in data["ledger"]]
    entry = Entry(f"unmerge:{merge_id}", "unmerge", str(merge_id), work.actor)
    ledger.transfer_back(transaction, kept.id, merged.id, moved, entry, now=work.now)
    for referral_id, state, flags in data["referrals"]:
        merges.judge(transaction, Between(referral_id, state, flags))
    _part_standing(transaction, kept.id, merged.id, data["standing"], lost["purchases"])
    figures.part_counters(work, data["counters"], lost["rewards"])
    merges.drop_firings(transaction, data["firings"])
    _part_profiles(transaction, kept.id, merged.id, data["profile"])
    _restrict(work, merged, kept.id, f"unmerge:{merge_id}")
    return found


def forget(work: Work, most: int) -> int:
    """Let go of what would undo merges that are too old for it, up to so many; how many."""
    return merges.forget(work.transaction, work.now - UNDO_WITHIN, most)


def _refusal(transaction: Transaction, kept: MemberRow | None, merged: MemberRow | None) -> Refusal | None:
    if kept is None or merged is None:
        return "unknown"
    if kept.id == merged.id:
        return "same"
    if any(one.erased_at is not None or one.merged_into is not None for one in (kept, merged)):
        return "gone"
    if merges.are_separate(transaction, kept.id, merged.id):
        return "separate"
    if len({_is_test(merges.channels(transaction, one.id)) for one in (kept, merged)}) > 1:
        return "simulator"
    return "not_joined" if kept.joined_at is None and merged.joined_at is not None else None


def _is_test(channels: set[str]) -> bool:
    return SIMULATOR in channels


def _may_undo(work: Work, found: MergeRow, kept: MemberRow, merged: MemberRow) -> None:
    if work.now - found.at > UNDO_WITHIN:
        raise NoMerge("a merge can be undone within 30 days")
    if kept.erased_at is not None or found.data == merges.NO_DATA:
        raise NoMerge("the member was erased: there is nothing to part")
    if kept.merged_into is not None:
        raise NoMerge("the kept member was merged into another one: undo that first")
    if merged.merged_into != kept.id or not merges.mark_undone(work.transaction, found.id, work.now):
        raise NoMerge("this merge was undone already")


def _movable(transaction: Transaction, kept: int, merged: int) -> dict[str, list[int]]:
    """The ids of what goes over. Nobody comes by two friends, and nobody by themselves."""
    between = {one.id for one in merges.referrals_between(transaction, kept, merged)}
    found = {what: merges.owned(transaction, what, merged) for what in merges.OWNED}
    found["referrer"] = [one for one in found["referrer"] if one not in between]
    if merges.owned(transaction, "friend", kept):
        found["friend"] = []
    found["friend"] = [one for one in found["friend"] if one not in between]
    return found


def _judge_between(transaction: Transaction, kept: int, merged: int) -> list[list[Any]]:
    """A referral of oneself comes to nothing; what was given for it already is flagged for staff."""
    between = merges.referrals_between(transaction, kept, merged)
    for one in between:
        state = "rejected" if one.state in _UNDECIDED else one.state
        merges.judge(transaction, Between(one.id, state, f"{one.flags} merged".strip()))
    return [list(one) for one in between]


def _add_standing(work: Work, kept: MemberRow, merged: MemberRow) -> dict[str, Any]:
    transaction = work.transaction
    one, other = standings.get(transaction, kept.id), standings.get(transaction, merged.id)
    better = _better(work, kept.market, one, other)
    _set_standing(transaction, one, one.purchases + other.purchases, better)
    _set_standing(transaction, other, 0, StandingRow(other.member_id))
    return {"kept": list(one), "merged": list(other), "after": better.tier}


def _credit_guest(work: Work, kept_id: int) -> None:
    """Orders that a phone which came over made as a guest's are the kept member's now."""
    row = members.get(work.transaction, kept_id)
    if row is not None:
        purchasing.credit_guest(work, row)


def _left(unit: str, lifetime: int, lost: int) -> int:
    """What the merged member earned in a lifetime, less what refunds of their orders took back since the merge."""
    return max(0, lifetime - lost) if unit == POINTS_UNIT else lifetime


def _part_standing(transaction: Transaction, kept: int, merged: int, data: dict[str, Any], lost: int) -> None:
    """Orders since the merge count for the kept member, and a tier that has changed since stays as it is.

    `lost`: how many of the merged member's orders were refunded since.
    """
    now, before, other = standings.get(transaction, kept), StandingRow(*data["kept"]), StandingRow(*data["merged"])
    tier = before if now.tier == data["after"] else now
    theirs = max(0, other.purchases - lost)
    _set_standing(transaction, now, max(0, now.purchases - theirs), tier)
    _set_standing(transaction, standings.get(transaction, merged), theirs, other)


def _set_standing(transaction: Transaction, old: StandingRow, purchases: int, tier: StandingRow) -> None:
    if purchases != old.purchases:
        standings.count(transaction, old.member_id, purchases - old.purchases)
    if tier[2:5] != old[2:5]:
        standings.place(transaction, tier._replace(member_id=old.member_id))


def _better(work: Work, market: str, one: StandingRow, other: StandingRow) -> StandingRow:
    """The standing with the higher tier; of two equal ones that which is looked at later."""
    tiers = work.rules(market).tiers
    ladder = [level.name for level in tiers.levels] if tiers is not None else []

    def rank(row: StandingRow) -> tuple[int, int]:
        return (ladder.index(row.tier) if row.tier in ladder else -1, row.review_at or 0)

    return other if rank(other) > rank(one) else one


def _copy_firings(work: Work, kept: int, merged: int) -> list[str]:
    """What the merged member had once (birthday, milestone, occasion) counts as had by the kept one."""
    copied = []
    for key, trigger, decision, _, channel, due_at, at in occasions.firings(work.transaction, merged):
        own = ":".join(str(kept) if part == str(merged) else part for part in key.split(":"))
        if own == key or decision == "later" or not key.startswith(_GIFTS):
            continue
        row = {"key": own, "trigger": trigger, "member_id": kept, "decision": decision, "reason": "merged"}
        if occasions.add_firing(work.transaction, {**row, "channel": channel, "due_at": due_at, "at": at}):
            copied.append(own)
    return copied


def _granted(transaction: Transaction, member_id: int) -> dict[str, bool]:
    """Per purpose whether the last consent event grants it."""
    return {row[0]: row[1] != "withdraw" for row in people.consents(transaction, member_id)}


def _withdrawn(transaction: Transaction, kept: MemberRow, merged: MemberRow) -> tuple[str, ...]:
    """What the kept member had granted and the merged one had not; who never joined was never asked."""
    theirs = _granted(transaction, merged.id) | ({"marketing": True} if merged.marketing else {})
    unasked = merged.joined_at is None
    mine = _granted(transaction, kept.id) | {"marketing": bool(kept.marketing)}
    wanted = sorted(purpose for purpose, granted in mine.items() if granted and purpose != _CONTRACT)
    return tuple(purpose for purpose in wanted if not theirs.get(purpose, unasked))


def _withdraw(work: Work, member: MemberRow, purposes: tuple[str, ...], evidence: str) -> None:
    shared = {"channel": "system", "action": "withdraw", "basis": "consent", "text_version": None}
    people.add_consents(
        work.transaction,
        [
            {
                "id": work.transaction.ids.new(),
                "member_id": member.id,
                "purpose": purpose,
                **shared,
                "locale": member.locale,
                "source": "merge",
                "evidence": evidence,
                "at": work.now,
            }
            for purpose in purposes
        ],
    )


def _restrict(work: Work, merged: MemberRow, kept_id: int, evidence: str) -> None:
    """After parting, the member who comes back has no consent that the other one does not have."""
    theirs, mine = _granted(work.transaction, kept_id), _granted(work.transaction, merged.id)
    ended = sorted(name for name, granted in mine.items() if granted and name != _CONTRACT and not theirs.get(name))
    _withdraw(work, merged, tuple(ended), evidence)
    profile = profiles.get(work.transaction, merged.id)
    both = profile.marketing and profiles.get(work.transaction, kept_id).marketing and "marketing" not in ended
    email = None if "email" in ended else profile.email
    profiles.save(work.transaction, merged.id, profile._replace(marketing=int(bool(both)), email=email))


def _join_profiles(
    transaction: Transaction, kept: MemberRow, merged: MemberRow, withdrawn: tuple[str, ...]
) -> dict[str, list[Any]]:
    """The kept member's own data, and the other's where there are none.

    A phone is one row's at a time; one that the kept member does not take stays, and leads to them.
    """
    mine, theirs = profiles.get(transaction, kept.id), profiles.get(transaction, merged.id)
    after = mine._replace(name=mine.name or theirs.name, phone=mine.phone or theirs.phone)
    if mine.birth_month is None and theirs.birth_month is not None:
        after = after._replace(**{name: getattr(theirs, name) for name in _BIRTH})
    if "marketing" in withdrawn:
        after = after._replace(marketing=0)
    if "email" in withdrawn:
        after = after._replace(email=None)
    phone = None if after.phone == theirs.phone else theirs.phone
    profiles.save(transaction, merged.id, theirs._replace(phone=phone, merged_into=kept.id, marketing=after.marketing))
    profiles.save(transaction, kept.id, after)
    return {"kept": list(mine), "merged": list(theirs), "after": list(after)}


def _part_profiles(transaction: Transaction, kept: int, merged: int, data: dict[str, list[Any]]) -> None:
    """Each has their own data again; what the kept member changed since the merge stays."""
    before, after, theirs = Profile(*data["kept"]), Profile(*data["after"]), Profile(*data["merged"])
    now = profiles.get(transaction, kept)
    same = {name for name in Profile._fields if getattr(now, name) == getattr(after, name)}
    whole = {"name", "phone", *_BIRTH} if same.issuperset(_BIRTH) else {"name", "phone"}
    restored = {name: getattr(before, name) for name in same & whole}
    profiles.save(transaction, kept, now._replace(**restored))
    free = theirs.phone is not None and members.has_phone(transaction, theirs.phone) in (None, merged)
    profiles.save(transaction, merged, theirs._replace(phone=theirs.phone if free else None, merged_into=None))
