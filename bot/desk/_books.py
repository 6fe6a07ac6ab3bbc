"""What the member's card shows of the books: wallets, the last lines with their reasons, coupons and rewards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from babel.numbers import format_currency, format_decimal

from bot.desk._words import N_, Voice
from bot.texts import exponent
from loyalty.wording import said
from loyalty.work import Work
from storage import coupons, ledger, redemptions
from storage.coupons import OPEN
from storage.ledger import Line
from storage.members import MemberRow
from storage.people import POINTS_UNIT

LINES = 8
_KINDS: Mapping[str, str] = {
    "purchase": N_("purchase"),
    "referral": N_("a friend came"),
    "birthday": N_("birthday"),
    "occasion": N_("a special day"),
    "milestone": N_("milestone"),
    "return": N_("given back"),
    "goodwill": N_("goodwill"),
    "redeem": N_("redeemed"),
    "expire": N_("lapsed"),
    "forfeit": N_("given up"),
    "refund": N_("refund"),
    "merge": N_("merge of two members"),
    "cashback": N_("credit for a purchase"),
    "stamp": N_("stamp"),
}
_STAFF = "staff:"


@dataclass(frozen=True, slots=True)
class Wallet:
    """What the member holds of something, all of it as text in the reader's language."""

    title: str
    active: str
    pending: str
    owed: str
    expiring: str
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A line of the statement."""

    at: int
    amount: str
    kind: str
    about: str
    by: str


def wallets_of(work: Work, member: MemberRow, voice: Voice) -> tuple[Wallet, ...]:
    """Points, stamps and credit."""
    found = []
    for one in ledger.wallets(work.transaction, member.id, work.now):
        held = one.position
        found.append(
            Wallet(
                title=_title(work, member, one.unit, voice),
                active=_amount(held.active, one.unit, voice),
                pending=_amount(held.pending, one.unit, voice) if held.pending else "",
                owed=_amount(one.debt, one.unit, voice) if one.debt else "",
                expiring=_amount(held.expiring, one.unit, voice) if held.expiring else "",
                expires_at=held.expires_at,
            )
        )
    return tuple(found)


def _title(work: Work, member: MemberRow, unit: str, voice: Voice) -> str:
    if unit == POINTS_UNIT:
        return voice.say(N_("Points"))
    kind, _, name = unit.partition(":")
    if kind == "cash":
        return voice.say(N_("Credit"))
    card = work.rules(member.market).card(name)
    return said(card.title, voice.locale) if card is not None else name


def _amount(amount: int, unit: str, voice: Voice) -> str:
    kind, _, currency = unit.partition(":")
    if kind == "cash":
        return format_currency(amount / 10 ** exponent(currency), currency, locale=voice.locale)
    return format_decimal(amount, locale=voice.locale)


def lines_of(work: Work, member: MemberRow, voice: Voice, names: Mapping[int, str]) -> tuple[LedgerLine, ...]:
    """The newest lines of the points."""
    lines = ledger.statement(work.transaction, member.id, POINTS_UNIT, most=LINES)
    return tuple(_line(work, line, voice, names) for line in lines)


def _line(work: Work, line: Line, voice: Voice, names: Mapping[int, str]) -> LedgerLine:
    amount = format_decimal(line.amount, locale=voice.locale)
    return LedgerLine(
        at=line.effective_at,
        amount=f"+{amount}" if line.amount > 0 else amount,
        kind=voice.say(_KINDS[line.kind]) if line.kind in _KINDS else line.kind,
        about=_about(work, line, voice),
        by=_by(line.actor, names),
    )


def _about(work: Work, line: Line, voice: Voice) -> str:
    """The reason of goodwill in words, a reward's title; else the reference as it is."""
    if line.kind == "goodwill":
        titles = {one.name: one.title for one in work.programme.desk.goodwill.reasons}
        return said(titles[line.reference], voice.locale) if line.reference in titles else line.reference
    return "" if line.kind in ("merge", "expire", "forfeit") else line.reference


def _by(actor: str, names: Mapping[int, str]) -> str:
    number = actor.removeprefix(_STAFF)
    return names.get(int(number), "") if actor.startswith(_STAFF) and number.isdigit() else ""


def coupons_of(work: Work, member: MemberRow, voice: Voice) -> tuple[tuple[str, int], ...]:
    """Those that can still be used, the first to lapse first. Their codes are the member's alone."""
    found = []
    for row in coupons.of_member(work.transaction, member.id):
        if row.state in OPEN and row.expires_at > work.now:
            kind = work.rules(row.market).coupon(row.kind)
            found.append((said(kind.title, voice.locale) if kind is not None else row.kind, row.expires_at))
    return tuple(found)


def rewards_of(work: Work, member: MemberRow, voice: Voice) -> tuple[tuple[str, int], ...]:
    """What is reserved and not handed over yet."""
    found = []
    for row in redemptions.of_member(work.transaction, member.id):
        if row.state == "reserved" and row.expires_at > work.now:
            reward = work.rules(row.market).reward(row.name) if row.kind == "reward" else None
            found.append((said(reward.title, voice.locale) if reward is not None else row.name, row.expires_at))
    return tuple(found)
