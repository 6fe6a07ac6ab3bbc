"""Gifts and words for the programme's own occasions: birthday, holidays, milestones, and the levels."""

from bot.flows.model import Outcome, Values
from bot.handlers import Context, answers
from bot.handlers._reading import member_row
from bot.message import Name, Points
from loyalty import celebrating
from loyalty.celebrating import Celebration


@answers("known", "unknown", values=("member",))
def name(context: Context) -> Outcome:
    """What the member is called in greetings, with the market's honorific."""
    called = context.member.name
    honorific = context.world.profile(context.member).honorific
    written = honorific.replace("{name}", called) if called else ""
    return Outcome("known" if called else "unknown", {"member": Name(written)})


@answers("gift", "greeting", values=("points", "brand", "coupon", "gesture"), writes=True)
def birthday(context: Context) -> Outcome:
    """Wish a happy birthday, with the market's gift once per occasion."""
    work = context.work()
    found = celebrating.birthday(work, member_row(context), str(context.value("occasion")))
    context.finish(work)
    return Outcome("gift" if found.points else "greeting", _values(context, found))


@answers("gift", "greeting", "over", values=("points", "brand", "coupon", "gesture", "title"), writes=True)
def occasion(context: Context) -> Outcome:
    """Greet on a day of the programme's calendar, by its `name`, with its gift once; `over`: it is there no more."""
    work = context.work()
    key, name = str(context.value("occasion")), str(context.value("name"))
    found = celebrating.occasion(work, member_row(context), key, name)
    context.finish(work)
    label = "over" if found is None else "gift" if found.points else "greeting"
    found = found or Celebration()
    return Outcome(label, {**_values(context, found), "title": Name(found.title)})


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


def _values(context: Context, found: Celebration) -> Values:
    words = {"brand": _brand(context), "coupon": Name(found.coupon), "gesture": Name(found.gesture)}
    return {"points": Points(found.points), **words}


def _words(context: Context, name: str) -> Outcome:
    words = str(context.value(name) or "")
    return Outcome("some" if words else "none", {name: Name(words)})


def _brand(context: Context) -> Name:
    return Name(context.world.programme.name)
