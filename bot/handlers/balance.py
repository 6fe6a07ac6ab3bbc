"""What a member has, what is coming, what lapses next, and where it all came from."""

from collections.abc import Iterator
from datetime import date

from bot.flows.model import Outcome, Values
from bot.handlers import Context, answers
from bot.handlers._reading import day_of, last_day
from bot.message import Day, Money, Points
from storage import ledger
from storage.ledger import LotRow
from storage.people import POINTS_UNIT

MOST_LOTS = 8
"""Lots shown one by one; what the others hold is summed up."""
MOST_DAYS = 20
"""Days named in a reminder; what lapses after them is on its last line."""
_ORIGINS = ("purchase", "referral", "birthday", "occasion", "milestone", "return")


@answers("some", "coming", "empty", "owed", "elsewhere", values=("points", "owed"))
def look(context: Context) -> Outcome:
    """The points that can be used now: `coming` when all of them still wait, `elsewhere` in a market without points."""
    position = context.member.position
    values = {"points": Points(max(position.active, 0)), "owed": Points(max(-position.active, 0))}
    if not context.world.rules(context.member).has("points"):
        return Outcome("elsewhere", values)
    if position.active:
        return Outcome("some" if position.active > 0 else "owed", values)
    return Outcome("coming" if position.pending else "empty", values)


@answers("pending", "none", values=("pending", "ready"))
def coming(context: Context) -> Outcome:
    """Points that wait for the return window to end."""
    position = context.member.position
    if not position.pending or position.matures_at is None:
        return Outcome("none")
    return Outcome("pending", {"pending": Points(position.pending), "ready": day_of(context, position.matures_at)})


@answers("soon", "none", values=("expiring", "until"))
def lapsing(context: Context) -> Outcome:
    """The points that lapse next."""
    position = context.member.position
    if not position.expiring or position.expires_at is None:
        return Outcome("none")
    return Outcome("soon", {"expiring": Points(position.expiring), "until": last_day(context, position.expires_at)})


@answers(*_ORIGINS, "other", "rest", "done", values=("lot", "amount", "day", "rest"))
def next_lot(context: Context) -> Outcome:
    """The next line of the statement: one lot, named by where it came from; at the end what the others hold."""
    index = int(context.value("lot") or 0)
    lots = _lots(context)
    if index == MOST_LOTS and len(lots) > MOST_LOTS:
        rest = sum(lot.remaining for lot in lots[MOST_LOTS:])
        return Outcome("rest", {"lot": index + 1, "rest": Points(rest)})
    if index >= min(len(lots), MOST_LOTS):
        return Outcome("done", {"lot": index})
    lot = lots[index]
    label = lot.kind if lot.kind in _ORIGINS else "other"
    return Outcome(label, {"lot": index + 1, "amount": Points(lot.remaining), "day": day_of(context, lot.effective_at)})


@answers("until", "always", values=("until",))
def life(context: Context) -> Outcome:
    """The last day of the lot just shown; said once for lots that lapse together, under the last of them."""
    place = int(context.value("lot") or 1)
    days = [_until(context, lot) for lot in _lots(context)[:MOST_LOTS][place - 1 : place + 1]]
    if not days or days[0] is None or days[0] in days[1:]:
        return Outcome("always")
    return Outcome("until", {"until": days[0]})


@answers("owed", "none", values=("owed",))
def debt(context: Context) -> Outcome:
    """What a refund took back beyond what there was."""
    wallets = ledger.wallets(context.transaction, context.member.id, context.now)
    owed = sum(wallet.debt for wallet in wallets if wallet.unit == POINTS_UNIT)
    return Outcome("owed" if owed else "none", {"owed": Points(owed)})


@answers("some", "none", values=("worth", "money", "least"))
def worth(context: Context) -> Outcome:
    """What points pay at the till, and from how many on; `none` where they do not."""
    rules = context.world.rules(context.member)
    redeem = rules.redeem
    if not (rules.has("points") and redeem.money and redeem.share):
        return Outcome("none")
    money = Money(redeem.money, rules.currency)
    return Outcome("some", {"worth": Points(redeem.points), "money": money, "least": Points(redeem.minimum)})


@answers("one", "some", "none", values=("points", "until"))
def due(context: Context) -> Outcome:
    """What lapses by the day `until`: on `one` day, which is answered, or on `some`."""
    days = dict(_due(context))
    if not days:
        return Outcome("none")
    values: Values = {"points": Points(sum(days.values())), "until": Day.of(max(days))}
    return Outcome("one" if len(days) == 1 else "some", values)


@answers("day", "done", values=("line", "amount", "day"))
def next_due(context: Context) -> Outcome:
    """The next day on which points lapse; the last line holds all that is left."""
    index = int(context.value("line") or 0)
    days = sorted(dict(_due(context)).items())
    if index >= min(len(days), MOST_DAYS):
        return Outcome("done", {"line": index})
    named = days[index : index + 1] if index + 1 < MOST_DAYS else days[index:]
    amount = Points(sum(points for _, points in named))
    return Outcome("day", {"line": index + 1, "amount": amount, "day": Day.of(named[-1][0])})


def _lots(context: Context) -> list[LotRow]:
    """The open lots that have not lapsed, the first to lapse first."""
    lots = ledger.lots_of(context.transaction, context.member.id)
    return [lot for lot in lots if lot.expires_at is None or lot.expires_at > context.now]


def _until(context: Context, lot: LotRow) -> Day | None:
    return None if lot.expires_at is None else last_day(context, lot.expires_at)


def _due(context: Context) -> Iterator[tuple[date, int]]:
    """The member's day and what lapses after it, of every lot due by `until`."""
    until = _date(context.values["until"])
    totals: dict[date, int] = {}
    for lot in _lots(context):
        if lot.expires_at is not None and (day := _date(last_day(context, lot.expires_at))) <= until:
            totals[day] = totals.get(day, 0) + lot.remaining
    yield from totals.items()


def _date(day: object) -> date:
    if not isinstance(day, Day) or day.year is None:
        raise TypeError("a reminder needs a day with its year")
    return date(day.year, day.month, day.day)
