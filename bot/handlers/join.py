"""Joining the programme: terms accepted, a code and a card of one's own, a friend's code, what was bought before."""

import secrets

from bot.flows.model import Outcome, Values
from bot.handlers import Context, answers
from bot.handlers._reading import member_row
from bot.message import Code, Link, Name, Points
from loyalty import purchasing, referring
from loyalty.carding import give_card
from loyalty.codes import new_code
from storage import ledger
from storage.members import MemberRow


@answers("new", "already", values=("brand", "terms"))
def status(context: Context) -> Outcome:
    """Whether the member has joined already."""
    programme = context.world.programme
    values: Values = {"brand": Name(programme.name), "terms": Code(programme.terms.version)}
    return Outcome("already" if context.member.joined_at is not None else "new", values)


@answers("linked", "none", values=("link",))
def terms(context: Context) -> Outcome:
    """Where the terms can be read, if the programme says so."""
    url = context.world.programme.terms.url
    return Outcome("linked", {"link": Link(url)}) if url else Outcome("none")


@answers("points", "other")
def welcome(context: Context) -> Outcome:
    """Whether the member's market has points to promise."""
    return Outcome("points" if context.world.rules(context.member).has("points") else "other")


@answers("done", "invited", "review", "refused", "self", writes=True)
def enrol(context: Context) -> Outcome:
    """Join with the current terms; a friend's code given on the way counts if it may."""
    member = context.member
    is_new = member.joined_at is None
    if is_new:
        context.change(
            joined_at=context.now,
            terms_version=context.world.programme.terms.version,
            referral_code=member.referral_code or new_code(secrets.randbits(64)),
        )
        context.consent("service", "grant", basis="contract")
    work = context.work()
    give_card(work, member.id)
    given = str(context.value("code") or "")
    if not given:
        return Outcome("done")
    return Outcome(referring.attribute(work, _row(context), given) if is_new else "refused")


@answers("some", "none", values=("earlier",), writes=True)
def earlier(context: Context) -> Outcome:
    """Credit what was bought before joining with the same, verified phone; said here, so no notice follows."""
    work = context.work()
    before = _points(context)
    purchasing.credit_guest(work, _row(context))
    gained = _points(context) - before
    if gained > 0:
        work.news = [one for one in work.news if one.flow != "purchase_notice"]
    context.finish(work)
    return Outcome("some" if gained > 0 else "none", {"earlier": Points(gained)})


def _row(context: Context) -> MemberRow:
    """The member as use cases want them, with what this turn changed and the batch has yet to write."""
    return member_row(context)._replace(phone=context.member.phone, market=context.member.market)


def _points(context: Context) -> int:
    position = ledger.position_of(context.transaction, context.member.id, context.now)
    return position.active + position.pending
