"""The last lines of the member's books: what came, what went, and why."""

from bot.flows.model import Outcome
from bot.handlers import Context, answers
from bot.handlers._reading import day_of
from bot.message import Money, Points
from storage import ledger, redemptions, standings
from storage.ledger import Line
from storage.people import POINTS_UNIT

MOST_LINES = 10
_REASONS = ("purchase", "cashback", "referral", "birthday", "occasion", "milestone", "return", "refund", "expire")


@answers("some", "empty", "unbooked")
def look(context: Context) -> Outcome:
    """Whether there is anything in the books; `unbooked` where nothing is and a purchase brought or brings nothing."""
    if _lines(context):
        return Outcome("some")
    bought = standings.get(context.transaction, context.member.id).purchases
    return Outcome("empty" if _units(context) and not bought else "unbooked")


@answers(*_REASONS, "reward", "payment", "other", "done", values=("line", "amount", "day"))
def next_line(context: Context) -> Outcome:
    """The next line, the newest first; what was taken is negative."""
    index = int(context.value("line") or 0)
    lines = _lines(context)
    if index >= len(lines):
        return Outcome("done", {"line": index})
    unit, line = lines[index]
    amount = Points(line.amount) if unit == POINTS_UNIT else Money(line.amount, unit.partition(":")[2])
    values = {"line": index + 1, "amount": amount, "day": day_of(context, line.effective_at)}
    return Outcome(_spent_on(context, line) if line.kind == "redeem" else _reason(line), values)


def _reason(line: Line) -> str:
    return line.kind if line.kind in _REASONS else "other"


def _spent_on(context: Context, line: Line) -> str:
    """A reward, or a payment at the till."""
    rows = redemptions.of_member(context.transaction, context.member.id)
    kinds = {row.transaction_id: row.kind for row in rows}
    found = kinds.get(line.transaction_id, "other")
    return found if found in ("reward", "payment") else "other"


def _lines(context: Context) -> list[tuple[str, Line]]:
    """(unit, line) of points and credit together, as far as the market has them."""
    found = [(unit, line) for unit in _units(context) for line in _statement(context, unit) if line.amount]
    return sorted(found, key=lambda one: -one[1].transaction_id)[:MOST_LINES]


def _units(context: Context) -> list[str]:
    rules = context.world.rules(context.member)
    points = [POINTS_UNIT] if rules.has("points") else []
    return points + ([ledger.cash_unit(rules.currency)] if rules.has("cashback") else [])


def _statement(context: Context, unit: str) -> list[Line]:
    return ledger.statement(context.transaction, context.member.id, unit, most=MOST_LINES)
