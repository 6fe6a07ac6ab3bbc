"""What a birthday or a day of the programme's calendar brings a member, whether or not anybody may tell them of it.

The gift belongs to the programme, the greeting is marketing: where no greeting may go out, the gift is given without.
"""

from __future__ import annotations

from dataclasses import dataclass

from loyalty import gifts
from loyalty.gifts import Gift
from loyalty.modules import BirthdayRules, Occasion
from loyalty.wording import said
from loyalty.work import Work
from storage import members
from storage.members import MemberRow

FLOWS = ("birthday", "occasion")
"""The flows that bring a gift by themselves."""


@dataclass(frozen=True, slots=True)
class Celebration:
    """What was given, in the member's language; empty words where there is nothing."""

    points: int = 0
    coupon: str = ""
    gesture: str = ""
    title: str = ""


def birthday(work: Work, member: MemberRow, key: str) -> Celebration:
    """Give the birthday's gift, once per key."""
    return _give(work, member, key, work.rules(member.market).birthday, "birthday")


def occasion(work: Work, member: MemberRow, key: str, name: str) -> Celebration | None:
    """Give the gift of a day in the market's calendar, once per key; None if the calendar has it no more."""
    calendar = work.rules(member.market).occasions
    found = next((one for one in calendar if one.name == name), None)
    return None if found is None else _give(work, member, key, found, "occasion")


def without_words(work: Work, flow: str, member_id: int, key: str, *, name: str = "") -> None:
    """No greeting may go out for this occasion: give its gift all the same."""
    member = members.get(work.transaction, member_id)
    if member is None or not member.is_active:
        return
    if flow == "birthday":
        birthday(work, member, key)
    elif flow == "occasion":
        occasion(work, member, key, name)


def _give(work: Work, member: MemberRow, key: str, rules: BirthdayRules | Occasion, kind: str) -> Celebration:
    given = gifts.give(work, member, Gift(key, kind, key, rules.points, rules.coupon))
    gesture = said(rules.gesture, member.locale) if rules.gesture is not None else ""
    title = said(rules.title, member.locale) if isinstance(rules, Occasion) else ""
    return Celebration(given.points, given.coupon, gesture, title)
