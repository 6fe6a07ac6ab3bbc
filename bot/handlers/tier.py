"""The member's level: since when, what it brings, how long it lasts, and the way to the next one."""

from bot.flows.model import Outcome
from bot.handlers import Context, answers
from bot.handlers._reading import day_of, last_day, member_row
from bot.message import Money, Name, Points, Value
from loyalty import standing, tiers
from loyalty.modules import Tier
from loyalty.points import DAY
from loyalty.standing import Way
from loyalty.wording import said
from storage import standings


@answers("since", "level", "none", values=("tier", "since"))
def look(context: Context) -> Outcome:
    """The level, and since when where it was reached; `none` also in a market without levels."""
    way = _way(context)
    if way is None or way.tier is None:
        return Outcome("none")
    tier = Name(said(way.tier.title, context.member.locale))
    since = standings.get(context.transaction, context.member.id).tier_since
    if since is None or not way.tier.at:
        return Outcome("level", {"tier": tier})
    return Outcome("since", {"tier": tier, "since": day_of(context, since)})


@answers("some", "none", values=("tier",))
def name(context: Context) -> Outcome:
    """The level's name alone, for the balance."""
    rules = context.world.rules(context.member)
    if rules.tiers is None or not rules.has("tiers"):
        return Outcome("none")
    tier = tiers.level(rules.tiers, context.member.tier) or tiers.level_for(rules.tiers, 0)
    return Outcome("none") if tier is None else Outcome("some", {"tier": Name(said(tier.title, context.member.locale))})


@answers("benefit", "done", values=("shown", "benefit"))
def next_benefit(context: Context) -> Outcome:
    """The next thing that the level brings."""
    way = _way(context)
    return _benefit(context, way.tier if way is not None else None)


@answers("benefit", "done", values=("shown", "benefit"))
def next_brought(context: Context) -> Outcome:
    """The next thing that the level named in `level` brings, whatever the member's level is by now."""
    rules = context.world.rules(context.member).tiers
    return _benefit(context, tiers.level(rules, str(context.value("level"))) if rules is not None else None)


def _benefit(context: Context, tier: Tier | None) -> Outcome:
    shown = int(context.value("shown") or 0)
    benefits = tier.benefits if tier is not None else ()
    if shown >= len(benefits):
        return Outcome("done", {"shown": shown})
    benefit = Name(said(benefits[shown], context.member.locale))
    return Outcome("benefit", {"shown": shown + 1, "benefit": benefit})


@answers("until", "always", values=("until",))
def validity(context: Context) -> Outcome:
    """Until when the level is the member's, the grace days not counted; the one that everybody has is theirs always."""
    way, rules = _way(context), context.world.rules(context.member).tiers
    if way is None or way.tier is None or not way.tier.at or way.review_at is None or rules is None:
        return Outcome("always")
    return Outcome("until", {"until": last_day(context, way.review_at - rules.grace_days * DAY)})


@answers("points", "spend", "purchases", "highest", values=("next", "missing"))
def following(context: Context) -> Outcome:
    """The level that comes next and what is missing to it, in what the market counts."""
    way, rules = _way(context), context.world.rules(context.member)
    if way is None or way.next is None or rules.tiers is None:
        return Outcome("highest")
    amounts: dict[str, Value] = {
        "points": Points(way.missing),
        "spend": Money(way.missing, rules.currency),
        "purchases": way.missing,
    }
    counts = rules.tiers.counts
    following = Name(said(way.next.title, context.member.locale))
    return Outcome(counts, {"next": following, "missing": amounts[counts]})


def _way(context: Context) -> Way | None:
    return standing.way(context.work(), member_row(context))
