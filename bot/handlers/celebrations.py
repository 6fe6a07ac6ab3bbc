"""Gifts and words for the programme's own occasions: birthday, holidays, milestones, and the levels."""

from bot.flows.model import Outcome, Values
from bot.handlers import Context, answers
from bot.handlers._reading import member_row
from bot.message import Name, Points
from loyalty import gifts
from loyalty.gifts import Gift, Given
from loyalty.modules import BirthdayRules, Occasion
from loyalty.wording import said


@answers("gift", "greeting", values=("points", "brand", "coupon", "gesture"), writes=True)
def birthday(context: Context) -> Outcome:
    """Wish a happy birthday, with the market's gift once per occasion."""
    return _celebrate(context, context.world.rules(context.member).birthday, "birthday")


@answers("gift", "greeting", "over", values=("points", "brand", "coupon", "gesture", "title"), writes=True)
def occasion(context: Context) -> Outcome:
    """Greet on a day of the programme's calendar, by its `name`, with its gift once; `over`: it is there no more."""
    occasions = context.world.rules(context.member).occasions
    found = next((one for one in occasions if one.name == context.value("name")), None)
    if found is None:
        return Outcome("over", {**_empty(context), "title": Name("")})
    done = _celebrate(context, found, "occasion")
    return Outcome(done.label, {**done.values, "title": Name(said(found.title, context.member.locale))})


@answers("purchases", "points", values=("reached", "brand"))
def milestone(context: Context) -> Outcome:
    """Name the milestone that was reached."""
    values: Values = {"reached": int(context.value("reached") or 0), "brand": _brand(context)}
    return Outcome(str(context.value("kind")), values)


@answers("gift", "none", values=("points",))
def milestone_gift(context: Context) -> Outcome:
    """The milestone's points; they were booked with what reached it."""
    points = int(context.value("points") or 0)
    return Outcome("gift" if points else "none", {"points": Points(points)})


@answers("some", "none", values=("coupon",))
def coupon(context: Context) -> Outcome:
    """The coupon that came with it."""
    return _words(context, "coupon")


@answers("some", "none", values=("gesture",))
def gesture(context: Context) -> Outcome:
    """The personal gesture that waits for the member."""
    return _words(context, "gesture")


@answers("points", "spend", "purchases")
def tier_notice(context: Context) -> Outcome:
    """What is missing to keep the level, in what the market counts."""
    return Outcome(str(context.value("kind")))


@answers("some", "none", values=("lower",))
def lower_tier(context: Context) -> Outcome:
    """The level that the member would have then."""
    return _words(context, "lower")


def _celebrate(context: Context, rules: BirthdayRules | Occasion, kind: str) -> Outcome:
    key = str(context.value("occasion"))
    work = context.work()
    given = gifts.give(work, member_row(context), Gift(key, kind, key, rules.points, rules.coupon))
    context.finish(work)
    values = {**_empty(context), **_values(given)}
    if rules.gesture is not None:
        values["gesture"] = Name(said(rules.gesture, context.member.locale))
    return Outcome("gift" if given.points else "greeting", values)


def _values(given: Given) -> Values:
    return {"points": Points(given.points), "coupon": Name(given.coupon)}


def _empty(context: Context) -> Values:
    return {"points": Points(0), "brand": _brand(context), "coupon": Name(""), "gesture": Name("")}


def _words(context: Context, name: str) -> Outcome:
    words = str(context.value(name) or "")
    return Outcome("some" if words else "none", {name: Name(words)})


def _brand(context: Context) -> Name:
    return Name(context.world.programme.name)
