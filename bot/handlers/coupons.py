"""The member's open coupons: what each brings, from what amount on, until when, and its code."""

from bot.flows.model import Option, Outcome, Values
from bot.handlers import Context, answers
from bot.handlers._reading import last_day
from bot.message import Code, Money, Name
from loyalty import codes, couponing
from loyalty.modules import Coupon
from loyalty.wording import said
from storage.coupons import OPEN, CouponRow

MOST_COUPONS = 10
"""Those that lapse first; a list on WhatsApp holds no more."""


@answers("one", "some", "none", values=("coupons", "chosen"))
def look(context: Context) -> Outcome:
    """The coupons that can still be used; a single one counts as chosen."""
    found = _open(context)
    if not found:
        return Outcome("none")
    locale = context.member.locale
    options = tuple(Option(said(kind.title, locale), str(row.id)) for row, kind in found)
    return Outcome("one" if len(found) == 1 else "some", {"coupons": options, "chosen": options[0].value})


@answers("plain", "minimum", "one", "done", values=("shown", "coupon", "minimum", "until", "code"))
def next_line(context: Context) -> Outcome:
    """The next coupon, with the least order it is good for where it has one; a single one is shown at once: `one`."""
    shown = int(context.value("shown") or 0)
    found = _open(context)
    if shown >= len(found):
        return Outcome("one" if len(found) == 1 else "done", {"shown": shown})
    row, kind = found[shown]
    money = Money(kind.min_order, context.world.programme.market(row.market).currency)
    values = {**_words(context, row, kind), "shown": shown + 1, "minimum": money}
    return Outcome("minimum" if kind.min_order else "plain", values)


@answers("shown", "gone", values=("coupon", "until", "code", "scan"))
def show(context: Context) -> Outcome:
    """The chosen coupon's code; `gone` if it was used or has lapsed in the meantime."""
    chosen = str(context.value("chosen"))
    for row, kind in _open(context):
        if str(row.id) == chosen:
            code = couponing.code_of(context.work(), row)
            return Outcome("shown", {**_words(context, row, kind), "scan": code})
    return Outcome("gone")


def _words(context: Context, row: CouponRow, kind: Coupon) -> Values:
    return {
        "coupon": Name(said(kind.title, context.member.locale)),
        "until": last_day(context, row.expires_at),
        "code": Code(codes.grouped(couponing.code_of(context.work(), row))),
    }


def _open(context: Context) -> list[tuple[CouponRow, Coupon]]:
    """The open coupons with their kinds, the first to lapse first."""
    rows = couponing.of_member(context.work(), context.member.id)
    usable = [row for row in rows if row.state in OPEN and row.expires_at > context.now]
    kinds = ((row, context.world.programme.market(row.market).coupon(row.kind)) for row in usable)
    return [(row, kind) for row, kind in kinds if kind is not None][:MOST_COUPONS]
