"""What a member has, what is coming, what lapses next, and where it all came from."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.flows.model import Outcome
from bot.handlers import Context, answers
from bot.message import Day, Points
from storage import ledger

MOST_LOTS = 8
"""Lots shown in one answer; older small ones are summed up by the balance itself."""


@answers("some", "coming", "empty", values=("points",))
def look(context: Context) -> Outcome:
    """The points that can be used now; `coming` when all of them still wait."""
    position = context.member.position
    label = "some" if position.active else "coming" if position.pending else "empty"
    return Outcome(label, {"points": Points(position.active)})


@answers("pending", "none", values=("pending", "ready"))
def coming(context: Context) -> Outcome:
    """Points that wait for the return window to end."""
    position = context.member.position
    if not position.pending or position.matures_at is None:
        return Outcome("none")
    return Outcome("pending", {"pending": Points(position.pending), "ready": _day(context, position.matures_at)})


@answers("soon", "none", values=("expiring", "until"))
def lapsing(context: Context) -> Outcome:
    """The points that lapse next."""
    position = context.member.position
    if not position.expiring or position.expires_at is None:
        return Outcome("none")
    return Outcome("soon", {"expiring": Points(position.expiring), "until": _day(context, position.expires_at)})


@answers("purchase", "referral", "birthday", "milestone", "other", "done", values=("lot", "amount", "day"))
def next_lot(context: Context) -> Outcome:
    """The next line of the statement: one lot, named by where it came from."""
    index = int(context.value("lot") or 0)
    lots = [lot for lot in ledger.lots_of(context.transaction, context.member.id) if _counts(lot, context.now)]
    if index >= min(len(lots), MOST_LOTS):
        return Outcome("done", {"lot": index})
    lot = lots[index]
    label = lot.kind if lot.kind in ("purchase", "referral", "birthday", "milestone") else "other"
    return Outcome(label, {"lot": index + 1, "amount": Points(lot.remaining), "day": _day(context, lot.effective_at)})


def _counts(lot: ledger.LotRow, now: int) -> bool:
    return lot.expires_at is None or lot.expires_at > now


def _day(context: Context, instant: int) -> Day:
    zone = ZoneInfo(context.member.zone)
    return Day.of(datetime.fromtimestamp(instant / 1_000_000, UTC).astimezone(zone).date())
