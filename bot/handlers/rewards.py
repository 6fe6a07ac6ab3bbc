"""Rewards: what there is and for whom, one reserved for points, its code, and one given back."""

from babel.lists import format_list

from bot.flows.model import Option, Outcome, Values
from bot.handlers import Context, answers
from bot.handlers._reading import day_of, last_day, member_row
from bot.message import Code, Day, Money, Name, Points
from loyalty import codes, rewarding, standing
from loyalty.modules import Reward
from loyalty.rewarding import Offer, Refused
from loyalty.wording import said
from loyalty.work import Work
from storage.redemptions import RedemptionRow

MOST_OFFERS = 20
"""Those that can be had come first."""
MOST_OPEN = 10
_CLOSED = {"gone": "gone", "tier": "tier", "early": "later", "not_yet": "later", "had": "had", "short": "short"}


@answers("some", "none", values=("rewards",))
def offer(context: Context) -> Outcome:
    """What can be had now as choices; `none` if there is no reward to speak of."""
    offers = _offers(context)
    options = (Option(_title(context, one.reward), one.reward.name) for one in offers if one.label == "ok")
    return Outcome("some" if offers else "none", {"rewards": tuple(options)})


@answers(
    "points",
    "both",
    "free",
    "short",
    "gone",
    "tier",
    "later",
    "had",
    "choose",
    "done",
    values=("line", "title", "price", "money", "missing", "tiers", "day"),
)
def next_line(context: Context) -> Outcome:
    """The next reward with its price, or why it cannot be had; then `choose` if any can."""
    line = int(context.value("line") or 0)
    offers = _offers(context)
    if line >= len(offers):
        return Outcome("choose" if any(one.label == "ok" for one in offers) else "done", {"line": line})
    found = offers[line]
    label = _price_of(found.reward) if found.label == "ok" else _CLOSED[found.label]
    return Outcome(label, {**_words(context, found), "line": line + 1})


@answers("pending", "none", values=("pending", "ready"))
def coming(context: Context) -> Outcome:
    """The points that are on their way, if they are enough for a reward that lacks some now."""
    position = context.member.position
    lacking = [one.missing for one in _offers(context) if one.label == "short"]
    if position.matures_at is None or not any(missing <= position.pending for missing in lacking):
        return Outcome("none")
    return Outcome("pending", {"pending": Points(position.pending), "ready": day_of(context, position.matures_at)})


@answers("told", "none", values=("about",))
def about(context: Context) -> Outcome:
    """What the programme says of the chosen reward."""
    reward = context.world.rules(context.member).reward(str(context.value("reward")))
    if reward is None or reward.about is None:
        return Outcome("none")
    return Outcome("told", {"about": Name(said(reward.about, context.member.locale))})


@answers("points", "both", "free", "short", "gone", "refused", values=("title", "price", "money", "missing"))
def price(context: Context) -> Outcome:
    """What the chosen reward costs now, or that it cannot be had any more."""
    wanted = str(context.value("reward"))
    found = next((one for one in _offers(context) if one.reward.name == wanted), None)
    if found is None:
        return Outcome("refused")
    label = _price_of(found.reward) if found.label == "ok" else _refusal(found.label)
    return Outcome(label, _words(context, found))


@answers("done", "short", "gone", "refused", values=("code", "scan", "until", "missing"), writes=True)
def redeem(context: Context) -> Outcome:
    """Reserve the chosen reward: its points are taken, and its code is good until it is fetched."""
    work, member = context.work(), member_row(context)
    key = f"chat:{context.event.channel}:{context.event.provider_id}"
    reserved = rewarding.reserve(work, member, str(context.value("reward")), key, tier=_tier(context, work))
    context.finish(work)
    if isinstance(reserved, Refused):
        return Outcome(_refusal(reserved.label), {"missing": Points(reserved.missing)})
    return Outcome("done", _code(context, reserved.code or "", reserved.expires_at))


@answers("one", "some", "none", values=("open", "chosen"))
def mine(context: Context) -> Outcome:
    """The rewards that wait to be fetched; a single one counts as chosen."""
    rows = _open(context)
    if not rows:
        return Outcome("none")
    options = tuple(Option(_title_of(context, row), str(row.id)) for row in rows)
    return Outcome("one" if len(rows) == 1 else "some", {"open": options, "chosen": options[0].value})


@answers("reward", "one", "done", values=("line", "title", "until", "code", "scan"))
def next_open(context: Context) -> Outcome:
    """The next reward that waits, with its code; a single one needs no choosing: `one`."""
    line = int(context.value("line") or 0)
    rows = _open(context)
    if line >= len(rows):
        return Outcome("one" if len(rows) == 1 else "done", {"line": line})
    return Outcome("reward", {**_waiting(context, rows[line]), "line": line + 1})


@answers("shown", "over", values=("title", "until", "code", "scan"))
def show(context: Context) -> Outcome:
    """The code of the chosen reward; `over` if it was fetched or given back in the meantime."""
    row = _chosen(context)
    return Outcome("over") if row is None else Outcome("shown", _waiting(context, row))


@answers("points", "free", "over", values=("points", "title"), writes=True)
def give_back(context: Context) -> Outcome:
    """The chosen reward is not wanted after all: its points come back."""
    row = _chosen(context)
    if row is None:
        return Outcome("over")
    work = context.work()
    settled = rewarding.release(work, row.id, work.actor, row.name)
    context.finish(work)
    if settled.label != "released":
        return Outcome("over")
    values: Values = {"points": Points(row.amount), "title": Name(_title_of(context, row))}
    return Outcome("points" if row.amount else "free", values)


def _offers(context: Context) -> list[Offer]:
    """What the member's market has, without what is over: first what can be had."""
    work = context.work()
    found = rewarding.catalogue(work, member_row(context), _tier(context, work))
    shown = [one for one in found if one.label != "over"]
    return sorted(shown, key=lambda one: one.label != "ok")[:MOST_OFFERS]


def _tier(context: Context, work: Work) -> str | None:
    tier = standing.tier_of(work, member_row(context))
    return None if tier is None else tier.name


def _price_of(reward: Reward) -> str:
    if not reward.points:
        return "free"
    return "both" if reward.money else "points"


def _refusal(label: str) -> str:
    return label if label in ("short", "gone") else "refused"


def _words(context: Context, found: Offer) -> Values:
    rules, locale = context.world.rules(context.member), context.member.locale
    reward = found.reward
    tiers = rules.tiers.levels if rules.tiers is not None else ()
    named = [said(tier.title, locale) for tier in tiers if tier.name in reward.tiers]
    values: Values = {
        "title": Name(_title(context, reward)),
        "price": Points(reward.points),
        "money": Money(reward.money, rules.currency),
        "missing": Points(found.missing),
        "tiers": Name(format_list(named, style="or", locale=locale)),
    }
    opens = reward.early.until if found.label == "early" and reward.early is not None else reward.first
    return values if opens is None else {**values, "day": Day.of(opens)}


def _title(context: Context, reward: Reward) -> str:
    return said(reward.title, context.member.locale)


def _open(context: Context) -> list[RedemptionRow]:
    rows = rewarding.of_member(context.work(), context.member.id)
    return [row for row in rows if row.state == "reserved" and row.expires_at > context.now][:MOST_OPEN]


def _chosen(context: Context) -> RedemptionRow | None:
    chosen = str(context.value("chosen"))
    return next((row for row in _open(context) if str(row.id) == chosen), None)


def _waiting(context: Context, row: RedemptionRow) -> Values:
    code = rewarding.code_of(context.work(), row)
    return {"title": Name(_title_of(context, row)), **_code(context, code, row.expires_at)}


def _code(context: Context, code: str, expires_at: int) -> Values:
    """The code as it is read out and as it is scanned, and the last day it is good for."""
    return {"code": Code(codes.grouped(code)), "scan": code, "until": last_day(context, expires_at)}


def _title_of(context: Context, row: RedemptionRow) -> str:
    reward = context.world.programme.market(row.market).reward(row.name)
    return row.name if reward is None else _title(context, reward)
